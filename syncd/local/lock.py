"""A lock that goes with the process, and says who holds it (flock(2))."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncd.core.errors import Busy

LONGEST = 32


@contextmanager
def locked(path: Path, held: str) -> Iterator[None]:
    """Holds the lock file at the path, which is made if need be, while the body runs; it then holds our process id.

    Raises Busy with the words `held` and the holder's process id if another process, or another thread, has it;
    OSError if there can be no such file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{held}{_holder(descriptor)}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """` (process 1234, syncd)`, or nothing where the holder did not say, or is of another machine or container."""
    told = os.pread(descriptor, LONGEST, 0).strip()
    if not told.isdigit():
        return ""
    try:
        name = Path(f"/proc/{int(told)}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f" (process {int(told)})"
    return f" (process {int(told)}, {name})"
