"""Moves a file from one name to another that must be free: the one way by which files of the user's change place.

Law: never replaces anything; the file is checked right before the rename and once more after it, and if it was
another one after all, it is put back.
"""

from __future__ import annotations

import errno
import os
import stat as mode
from contextlib import suppress
from dataclasses import replace

from syncd.core.errors import FileChanged
from syncd.core.model import Fingerprint
from syncd.local import kernel
from syncd.local.descent import leads_to, split
from syncd.local.failures import failures
from syncd.local.kernel import Spot, Unable
from syncd.local.root import Root
from syncd.local.scan import fingerprint_of

NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


def rename_new(source: Spot, target: Spot) -> None:
    """Renames without replacing; FileExistsError if something is at `target`.

    Where the file system has no RENAME_NOREPLACE: link and unlink (a crash in between leaves both names, of one
    file); where it has no links either: a look and a rename.
    """
    try:
        kernel.renameat2(source, target, kernel.NOREPLACE)
    except Unable:
        _rename_new_otherwise(source, target)


def _rename_new_otherwise(source: Spot, target: Spot) -> None:
    status = source.lstat()
    try:
        if status is not None and mode.S_ISREG(status.st_mode):
            os.link(
                source.name,
                target.name,
                src_dir_fd=source.directory,
                dst_dir_fd=target.directory,
                follow_symlinks=False,
            )
            source.unlink()
            return
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    if target.lstat() is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    kernel.rename(source, target)


def file_at(spot: Spot) -> Fingerprint | None:
    """The fingerprint of the regular file at a spot; None for nothing, or anything else. Raises OSError."""
    status = spot.lstat()
    return fingerprint_of(status) if status is not None and mode.S_ISREG(status.st_mode) else None


def same_but_ctime(one: Fingerprint | None, other: Fingerprint) -> bool:
    """Whether it is the same file, apart from the ctime, which a rename changes."""
    return one is not None and replace(one, ctime_ns=other.ctime_ns) == other


def relocate(root: Root, step: str, names: tuple[Spot, Spot], expected: Fingerprint, path: str) -> Fingerprint:
    """Moves the file from the first spot to the second, durably; answers its new fingerprint.

    FileChanged (about `path`) if it is not the expected file, or if the new name is taken. Crash points:
    `<step>.checked`, `.renamed`, `.synced`. Not repeatable: afterwards there is nothing at the first spot.
    """
    source, target = names
    with failures(path):
        if file_at(source) != expected:
            raise FileChanged(f"{path!r} changed since it was looked at", path=path)
        root.at(f"{step}.checked")
        rename_new(source, target)
        root.at(f"{step}.renamed")
        moved = file_at(target)
        if moved is None or not same_but_ctime(moved, expected):
            put_back(target, source)
            raise FileChanged(f"{path!r} changed in the last moment", path=path)
        sync(target.directory, source.directory)
        root.at(f"{step}.synced")
        return moved


def check_arrival(root: Root, target: str, names: tuple[Spot, Spot], path: str) -> None:
    """FileChanged (about `path`) if the directory of `target` was renamed as something was moved there from the first
    spot, which is put back: it would be elsewhere than is recorded, and seem to have gone from there (I3)."""
    source, moved = names
    with failures(path):
        if not leads_to(root.path, split(target)[0], moved.directory):
            put_back(moved, source)
            raise FileChanged(f"the directory of {target!r} was moved in the last moment", path=path)


def put_back(source: Spot, target: Spot) -> None:
    """Undoes a rename, unless there is something at the old name again: then both stay where they are."""
    try:
        rename_new(source, target)
    except (FileExistsError, FileNotFoundError):
        return


def sync_staged(staged: Spot, descriptor: int) -> None:
    """Makes the bytes of a file of ours in the stage durable. If that fails, it is thrown away, to be received or
    copied again: what could not be written the kernel forgets, and the next fsync would say that all is well
    (fsync(2), NOTES; https://wiki.postgresql.org/wiki/Fsync_Errors)."""
    try:
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            staged.unlink()
        raise


def sync(*descriptors: int) -> None:
    """Makes files or directories durable. An error means: not written."""
    for descriptor in descriptors:
        os.fsync(descriptor)
