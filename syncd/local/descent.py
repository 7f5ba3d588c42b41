"""From the mirrored folder down: a path is its names, and each directory along it is opened by itself.

Law: no symbolic link is followed, no other file system entered, nothing above the folder or inside `.syncd` reached
(I11).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from syncd.core.errors import DiskFailed
from syncd.local.failures import from_os

INNER = ".syncd"
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def components(path: str) -> list[bytes]:
    """The names along a relative path; [] for "". DiskFailed for anything that could lead outside or into `.syncd`."""
    if path == "":
        return []
    names = path.split("/")
    if "\0" in path or any(name in ("", ".", "..") for name in names) or names[0] == INNER:
        raise DiskFailed(f"{path!r} is not a path of the mirrored folder", remedy="Give it another name.", path=path)
    try:
        return [name.encode() for name in names]
    except UnicodeEncodeError as error:
        raise DiskFailed(f"{path!r} is not valid UTF-8", remedy="Give it another name.", path=path) from error


def split(path: str) -> tuple[str, str]:
    """(parent, name) of a relative path; the parent of a name at the top is ""."""
    parent, _, name = path.rpartition("/")
    return parent, name


def descend(top: int, names: list[bytes], path: str) -> int:
    """A descriptor of the directory to which these names lead from the open directory `top`; itself for no names."""
    device, current = os.fstat(top).st_dev, top
    try:
        for name in names:
            below = os.open(name, DIRECTORY, dir_fd=current)
            if current != top:
                os.close(current)
            current = below
            if os.fstat(current).st_dev != device:
                raise DiskFailed(
                    f"{path!r} is on another file system",
                    remedy="Keep other file systems out of the mirrored folder.",
                    path=path,
                )
    except BaseException as error:
        if current != top:
            os.close(current)
        if isinstance(error, OSError):
            raise from_os(error, path) from error
        raise
    return current


def leads_to(folder: Path, path: str, directory: int) -> bool:
    """Whether this path below the folder still is that of the open directory: it, or one above it, may have been
    renamed since it was opened. Opens nothing; what cannot be looked at does not lead there."""
    itself, spot = os.fstat(directory), os.fsencode(folder)
    found = itself  # the folder itself, whatever it is called by now
    try:
        for name in components(path):
            spot += b"/" + name
            found = os.stat(spot, follow_symlinks=False)  # noqa: PTH116 - as all of this is bytes
            if not stat.S_ISDIR(found.st_mode):
                return False  # a link may lead there, and is not followed (I11)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (itself.st_dev, itself.st_ino)
