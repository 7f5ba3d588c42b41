"""Places in the folder, and what is there or could be."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def visible(folder: Path) -> Iterator[Path]:
    """Every regular file in the folder that is the user's; no link is followed."""
    top = str(folder)
    for above, directories, names in os.walk(top):
        if above == top and ".syncd" in directories:
            directories.remove(".syncd")
        for name in names:
            if stat.S_ISREG(os.lstat(path := f"{above}/{name}").st_mode):
                yield Path(path)


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
