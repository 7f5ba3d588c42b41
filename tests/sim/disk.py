"""The disk as the engine sees it: real files in memory, whose times and inodes are the simulation's own.

How time passes for files: the kernel's stamps know nothing of the virtual clock, so `syncd.local` is given an `os` of
ours (the lowest seam it has). A file's mtime, ctime and time of birth are what the virtual clock said when somebody of
the simulation changed it (`changed`), or when the engine's own file was first looked at. Two changes in one moment of
the virtual clock leave the same times, as on a disk with coarse ones; but no two files with one inode have one time of
birth, as no file system makes, frees and makes an inode in one nanosecond. A listing sees that its directory changed
whenever the adversary acted while it ran.

Inodes are small numbers in the order of first sight; one that was freed is given to the next new file, as ext4 does.
What the engine has open is not freed before it is closed (unlink(2)).
Every listing, read, write, fsync and mkdir is a seam: the adversary may act there, and the call may fail. Opening,
renaming and unlinking are seams only where the simulation has faults for them (`rare`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import syncd.local.birth
import syncd.local.place
import syncd.local.trash
from syncd.local import kernel
from tests.sim.calls import Calls, failing
from tests.sim.clock import VirtualClock
from tests.sim.power import Power


class Told(NamedTuple):
    """What `syncd.local` asks of a stat call's answer."""

    st_mode: int
    st_ino: int
    st_dev: int
    st_nlink: int
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int


@dataclass(slots=True)
class Stamp:
    """What the simulation says of one real inode."""

    inode: int
    mtime_ns: int
    ctime_ns: int
    born_ns: int


class Disk:
    """Times and inodes of all files of one simulation."""

    def __init__(self, clock: VirtualClock, seam: Callable[[str], str | None], *, reuse: bool, births: bool) -> None:
        self._clock = clock
        self.seam = seam
        self._reuse = reuse
        self.births = births
        self._stamps: dict[int, Stamp] = {}
        self._free: list[int] = []
        self._open: dict[int, int] = {}
        self._nameless: set[int] = set()
        self._next = 10
        self._births = 0
        self.touched = 0
        self.rare: frozenset[str] | None = None
        """The seams of `faults.RARE` that are asked of; None for all."""
        self.power: Power | None = None

    def passes(self, seam: str) -> None:
        """A system call that seldom fails."""
        if self.rare is None or seam in self.rare:
            failing(self.seam(seam))

    def stamp(self, inode: int) -> Stamp:
        """What is said of this real inode."""
        found = self._stamps.get(inode)
        if found is None:
            now = self.now_ns()
            if self._reuse and self._free:
                number = self._free.pop()
            else:
                self._next += 1
                number = self._next
            self._births += 1
            found = self._stamps[inode] = Stamp(number, now, now, now + self._births)
        return found

    def changed(self, path: str | os.PathLike[str], *, mtime: float | None = None, content: bool = True) -> None:
        """The adversary has just changed what is at `path`; `mtime` is set back as by `cp -p` (Unix seconds)."""
        self.touched += 1
        found = self.stamp(os.lstat(path).st_ino)
        found.ctime_ns = self.now_ns()
        if content:
            found.mtime_ns = found.ctime_ns if mtime is None else int(mtime * 1e9)

    def freed(self, inode: int) -> None:
        """No name has this inode any more."""
        self.touched += 1
        if inode in self._open.values():
            self._nameless.add(inode)
        else:
            self._forget(inode)

    def opened(self, descriptor: int) -> int:
        """The engine has this open from now on."""
        self._open[descriptor] = os.fstat(descriptor).st_ino
        return descriptor

    def closed(self, descriptor: int) -> None:
        """And now no longer."""
        inode = self._open.pop(descriptor, None)
        if inode in self._nameless and inode not in self._open.values():
            self._nameless.discard(inode)
            self._forget(inode)

    def _forget(self, inode: int) -> None:
        found = self._stamps.pop(inode, None)
        if found is not None:
            self._free.append(found.inode)

    def now_ns(self) -> int:
        """The wall clock, as files take it."""
        return int(self._clock.now() * 1e9)

    def told(self, status: os.stat_result) -> Told:
        """The answer of a stat call in our words."""
        stamp = self._stamps.get(status.st_ino) or self.stamp(status.st_ino)
        mode = status.st_mode
        if mode & 0o170000 == 0o040000:
            mtime = ctime = self.touched
        else:
            mtime, ctime = stamp.mtime_ns, stamp.ctime_ns
        return Told(mode, stamp.inode, status.st_dev, status.st_nlink, status.st_size, mtime, ctime)


def _statx(disk: Disk) -> Callable[..., int]:
    """statx(2), as far as `birth` asks it."""

    def statx(directory: int, name: bytes, _flags: int, mask: int, buffer: Any) -> int:
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError:
            return -1
        stamp = disk.stamp(status.st_ino)
        born = stamp.born_ns
        struct.pack_into("=I", buffer, 0, mask if disk.births else 0)
        struct.pack_into("=Q", buffer, 32, stamp.inode)
        struct.pack_into("=qI", buffer, 80, born // 10**9, born % 10**9)
        return 0

    return statx


def _renameat2(disk: Disk, real: Callable[..., int]) -> Callable[..., int]:
    """renameat2(2), which moves the ctime of what it renames."""

    def renameat2(source: int, one: bytes, target: int, other: bytes, flags: int) -> int:
        try:
            disk.passes("disk.rename")
        except OSError as error:
            ctypes.set_errno(error.errno or errno.EIO)
            return -1
        result = real(source, one, target, other, flags)
        if result == 0 and disk.power is not None:
            disk.power.renamed((source, one), (target, other), exchanged=flags == kernel.EXCHANGE)
        for directory, name in ((source, one), (target, other)) if result == 0 else ():
            with suppress(FileNotFoundError):
                inode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino
                disk.stamp(inode).ctime_ns = disk.now_ns()
        return result

    return renameat2


@cache
def _modules() -> list[ModuleType]:
    """Those of `syncd.local`; all are there once a machine can be made."""
    return [module for name, module in list(sys.modules.items()) if name.startswith("syncd.local.")]


@contextmanager
def installed(disk: Disk) -> Iterator[None]:
    """`syncd.local` works on this disk while it lasts."""
    ours = Calls(disk)
    modules = [module for module in _modules() if getattr(module, "os", None) is os]
    statx, rename = syncd.local.birth._statx, kernel._renameat2
    assert rename is not None, "the simulator needs renameat2(2)"
    for module in modules:
        module.os = ours  # type: ignore[attr-defined]
    syncd.local.birth._statx = _statx(disk)
    kernel._renameat2 = _renameat2(disk, rename)
    try:
        yield
    finally:
        syncd.local.birth._statx, kernel._renameat2 = statx, rename
        for module in modules:
            module.os = os  # type: ignore[attr-defined]
