"""What the operating system's errors mean to a user; the one place where an OSError becomes an error of core.

Law: no OSError leaves this room. What says that the file is not what it was becomes FileChanged, all else DiskFailed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from syncd.core.errors import AGAIN, DiskFailed, FileChanged, ItemFailed

CHANGED = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ESTALE}
)
"""The path is not what it was: gone, occupied, or of another type."""

ADVICE: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", f"Free space on the disk of the mirrored folder; {AGAIN}"),
    errno.EDQUOT: ("your disk quota is used up", f"Free space, or have the quota raised; {AGAIN}"),
    errno.EROFS: ("the disk is mounted read-only", f"Mount it writable (check the disk first); {AGAIN}"),
    errno.EACCES: ("permission denied", f"Give your user access to it (chmod, chown); {AGAIN}"),
    errno.EPERM: ("the system does not permit it", f"Look for an immutable flag (lsattr) or another owner; {AGAIN}"),
    errno.EIO: ("the disk reports an input/output error", f"Check the disk and its cable (dmesg, smartctl); {AGAIN}"),
    errno.EMFILE: ("too many files are open in syncd", f"Raise the limit (ulimit -n, LimitNOFILE); {AGAIN}"),
    errno.ENFILE: ("too many files are open in the system", f"Close programs, or raise fs.file-max; {AGAIN}"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "Give it a shorter name."),
    errno.EXDEV: ("it is on another file system", "Keep other file systems out of the mirrored folder."),
    errno.EBUSY: ("it is in use by the system", f"Unmount what is mounted there; {AGAIN}"),
    errno.EFBIG: ("the file is too large for this disk", "Use a disk whose file system takes files of that size."),
    errno.EINVAL: ("the disk does not take this name", "Give it a name that this file system allows."),
}


def from_os(error: OSError, path: str | None) -> ItemFailed:
    """The error of core that says what `error` means for `path` (relative to the mirrored folder)."""
    what = f"{path!r}: " if path else ""
    code = error.errno or 0
    if code in CHANGED:
        return FileChanged(f"{what}it is not what it was a moment ago ({os.strerror(code)})", path=path)
    words, remedy = ADVICE.get(code, (os.strerror(code) if code else str(error), DiskFailed.remedy))
    return DiskFailed(f"{what}{words}", remedy=remedy, path=path)


@contextmanager
def failures(path: str | None) -> Iterator[None]:
    """Within it, an OSError is raised as FileChanged or DiskFailed about `path`."""
    try:
        yield
    except OSError as error:
        raise from_os(error, path) from error
