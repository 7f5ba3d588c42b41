"""Places in the folder, and what is there or could be."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path


def entries_below(folder: str, but: Collection[str] = ()) -> list[os.DirEntry[str]]:
    """All entries below a folder, a directory before what is in it; no link is followed. Of what is directly in the
    folder, directories of the names in `but` are left out. Nothing, if there is no folder."""
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            found += [entry for entry in entries if entry.name not in but or not entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return found
    for entry in found:  # the list grows meanwhile
        if entry.is_dir(follow_symlinks=False):
            with os.scandir(entry.path) as entries:
                found += entries
    return found


def names_in(folder: Path) -> list[str]:
    """The path, from the folder on, of every regular file in it that is the user's; no link is followed."""
    top = str(folder)
    entries = entries_below(top, (".syncd",))
    return [entry.path[len(top) + 1 :] for entry in entries if entry.is_file(follow_symlinks=False)]


def visible(folder: Path) -> list[Path]:
    """Every regular file in the folder that is the user's; no link is followed."""
    return [folder / name for name in names_in(folder)]


def may_be_written(spot: Path) -> bool:
    """Whether a file can be written there: what is there is one, or nothing."""
    return not os.path.lexists(spot) or stat.S_ISREG(spot.lstat().st_mode)


def is_ignored(name: str) -> bool:
    """Whether a file of that name is not mirrored."""
    return name.endswith(".tmp") or not is_utf8(name)


def is_utf8(name: str) -> bool:
    """Whether the name of a file is UTF-8 on the disk."""
    return not any("\udc80" <= letter <= "\udcff" for letter in name)


def is_below_a_file(folder: Path, spot: Path) -> bool:
    """Whether something on the way to a place is no directory of the folder's."""
    above = os.path.dirname(spot)  # noqa: PTH120 - many times a step, and pathlib is slow
    while len(above) > len(str(folder)):
        if os.path.lexists(above) and (os.path.islink(above) or not os.path.isdir(above)):  # noqa: PTH112, PTH114
            return True
        above = os.path.dirname(above)  # noqa: PTH120
    return False
