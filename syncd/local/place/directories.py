"""Directories of the user's: made, moved, and removed when there is nothing in them.

Law: only an empty directory is ever removed, by the kernel's own judgement (rmdir), and none is replaced.
"""

from __future__ import annotations

import errno
import os
import stat as mode

from syncd.core.errors import FileChanged
from syncd.core.model import LocalDirectory
from syncd.local import kernel
from syncd.local.descent import components
from syncd.local.failures import failures
from syncd.local.kernel import Unable
from syncd.local.relocate import check_arrival, sync
from syncd.local.root import Root

KEPT = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY})
"""What rmdir says of a directory that has something in it, or on it."""


def make_directories(root: Root, path: str) -> LocalDirectory:
    """Makes the directory and those above it, durably. May be repeated.

    FileChanged if something that is no directory stands in the way.
    """
    names = [name.decode() for name in components(path)]
    for depth in range(1, len(names) + 1):
        _make(root, "/".join(names[:depth]))
    with root.directory(path) as descriptor:
        status = os.fstat(descriptor)
    return LocalDirectory(path, status.st_ino, status.st_dev)


def _make(root: Root, path: str) -> None:
    with root.spot(path) as spot, failures(path):
        status = spot.lstat()
        if status is not None and mode.S_ISDIR(status.st_mode):
            return
        root.at("make-directory.begin")
        os.mkdir(spot.name, dir_fd=spot.directory)
        root.at("make-directory.made")
        sync(spot.directory)
        root.at("make-directory.synced")


def remove_directory(root: Root, path: str) -> bool:
    """Removes a directory if nothing at all is in it; False if something is. May be repeated: True if it is gone.

    FileChanged if it is no directory (any more).
    """
    with root.spot(path) as spot, failures(path):
        root.at("remove-directory.begin")
        try:
            os.rmdir(spot.name, dir_fd=spot.directory)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno in KEPT:
                return False
            raise
        root.at("remove-directory.removed")
        sync(spot.directory)
        root.at("remove-directory.synced")
        return True


def move_directory(root: Root, source: str, target: str) -> LocalDirectory:
    """Renames or moves a directory with all that is in it; the parent of `target` must exist.

    FileChanged if `source` is no directory (any more), `target` is taken, or the one above it was renamed just then, so
    that what is in it would seem to have gone (I3); DiskFailed into itself. Not repeatable.
    """
    with root.spot(source) as one, root.spot(target) as other, failures(source):
        status = one.lstat()
        if status is None or not mode.S_ISDIR(status.st_mode):
            raise FileChanged(f"{source!r} is no directory (any more)", path=source)
        root.at("move-directory.checked")
        try:
            kernel.renameat2(one, other, kernel.NOREPLACE)
        except Unable:
            if other.lstat() is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            kernel.rename(one, other)  # replaces, at worst, an empty directory of this moment
        root.at("move-directory.renamed")
        check_arrival(root, target, (one, other), source)
        sync(other.directory, one.directory)
        root.at("move-directory.synced")
    return LocalDirectory(target, status.st_ino, status.st_dev)
