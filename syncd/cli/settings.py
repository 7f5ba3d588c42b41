"""From the command line to settings, a mirror, and a path in a mirror.

Law: what a person named and is not there is a usage error that names what is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from syncd.cli.options import Invocation
from syncd.config import MirrorSettings, Settings, load
from syncd.remotes.kinds import KINDS


def settings(invoked: Invocation, environ: Mapping[str, str] = os.environ) -> Settings:
    """The configuration; ConfigError with every mistake."""
    return load(invoked.config, environ, kinds=KINDS)


def one_mirror(found: Settings, name: str | None) -> MirrorSettings:
    """The mirror of that name, or the only one."""
    mirrors = found.require_mirrors()
    names = ", ".join(mirror.name for mirror in mirrors)
    if name is None:
        if len(mirrors) > 1:
            raise typer.BadParameter(f"several mirrors are configured; name one of: {names}")
        return mirrors[0]
    mirror = found.mirror(name)
    if mirror is None:
        raise typer.BadParameter(f"there is no mirror {name!r}; there is: {names}")
    return mirror


def chosen(found: Settings, name: str | None) -> Sequence[MirrorSettings]:
    """The mirror of that name, or all of them."""
    return found.require_mirrors() if name is None else (one_mirror(found, name),)


def place_of(found: Settings, path: str) -> tuple[MirrorSettings, str]:
    """The mirror whose folder contains the path, and the path below that folder; "" is the folder itself."""
    mirrors = found.require_mirrors()
    for candidate in _readings(path):
        for mirror in mirrors:
            for folder in (mirror.folder, Path(os.path.realpath(mirror.folder))):
                if candidate.is_relative_to(folder):
                    below = candidate.relative_to(folder).as_posix()
                    return mirror, "" if below == "." else below
    folders = ", ".join(f"{mirror.folder} ({mirror.name})" for mirror in mirrors)
    raise typer.BadParameter(f"{path!r} is in no mirror; the mirrored folders are: {folders}")


def directory_of(found: Settings, folder: str | None) -> tuple[MirrorSettings, str]:
    """As `place_of`, for a directory: none is the whole of the only mirror, and one that is below no mirror from here
    may be meant from the mirrored folder."""
    if folder is None:
        return one_mirror(found, None), ""
    try:
        return place_of(found, folder)
    except typer.BadParameter:
        if len(found.mirrors) != 1 or Path(folder).is_absolute() or ".." in Path(folder).parts:
            raise
        return found.mirrors[0], Path(folder).as_posix().removeprefix(".")


def _readings(path: str) -> list[Path]:
    """What the path may mean: with the links on the way to it followed, then as it is written. A link that it ends in
    is not followed: that one is what is asked about."""
    readings = []
    for here in (Path.cwd(), Path(os.environ.get("PWD") or ".").absolute()):
        whole = Path(os.path.join(here, path))  # noqa: PTH118 - pathlib would drop a last `.`
        last = whole.name
        followed = os.path.realpath(whole) if last in ("", ".", "..") else f"{os.path.realpath(whole.parent)}/{last}"
        readings += [Path(followed), Path(os.path.normpath(whole))]
    return readings
