"""The few system calls that Python does not offer: renameat2, FICLONE, and who writes to a file.

Law: each says plainly when the kernel or the file system cannot do it (`Unable`), and the caller
takes another way.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
from dataclasses import dataclass

NOREPLACE = 1
EXCHANGE = 2
FICLONE = 0x40049409
UNABLE = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV})

_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


class Unable(Exception):
    """Kernel or file system do not offer this call; nothing was done."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in an open directory: what every change works on, so that no path is resolved twice."""

    directory: int
    name: bytes

    def lstat(self) -> os.stat_result | None:
        """What is there, without following a link; None if nothing is. Raises OSError."""
        try:
            return os.stat(self.name, dir_fd=self.directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, flags: int, mode: int = 0o666) -> int:
        """A descriptor of it; never follows a link, never waits for the other end of a FIFO."""
        safe = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        return os.open(self.name, flags | safe, mode, dir_fd=self.directory)

    def read(self, limit: int) -> bytes:
        """Its first `limit` bytes."""
        descriptor = self.open(os.O_RDONLY)
        try:
            content = b""
            while len(content) < limit and (chunk := os.read(descriptor, limit - len(content))):
                content += chunk
            return content
        finally:
            os.close(descriptor)

    def unlink(self) -> None:
        """Removes the name."""
        os.unlink(self.name, dir_fd=self.directory)


def names_in(directory: int) -> list[str]:
    """All names in an open directory, in no order; bytes that are not UTF-8 as surrogates. Raises OSError if they
    cannot all be read."""
    with os.scandir(directory) as entries:
        return [entry.name for entry in entries]


def renameat2(source: Spot, target: Spot, flags: int) -> None:
    """renameat2(2). Raises Unable where it does not exist, OSError otherwise."""
    if _renameat2 is None:
        raise Unable("no renameat2 in this C library")
    if _renameat2(source.directory, source.name, target.directory, target.name, flags) == 0:
        return
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        raise Unable(os.strerror(code))
    raise OSError(code, os.strerror(code), os.fsdecode(target.name))


def rename(source: Spot, target: Spot) -> None:
    """rename(2): replaces whatever is at `target`."""
    os.rename(source.name, target.name, src_dir_fd=source.directory, dst_dir_fd=target.directory)


def exchange(one: Spot, other: Spot) -> None:
    """Swaps two names atomically. Raises Unable, or FileNotFoundError if either is missing."""
    renameat2(one, other, EXCHANGE)


def clone(source: int, target: int) -> None:
    """Makes the open file `target` share all blocks of `source` (copy on write). Raises Unable."""
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError as error:
        if error.errno in UNABLE or error.errno in (errno.EPERM, errno.EACCES, errno.EISDIR, errno.ETXTBSY):
            raise Unable(str(error)) from error
        raise


def is_written(descriptor: int) -> bool:
    """Whether some program has this file (open here for reading only) open for writing.

    Asks for a read lease and gives it back at once; where leases cannot be had, the answer is False. A breaking open
    in between signals SIGURG, which is ignored by default (the default of leases, SIGIO, would end the process).
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
