"""`os` for `syncd.local`: the real calls, with a seam before each, and everything told to the power."""

from __future__ import annotations

import os
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tests.sim.faults import DISK_ERRORS

if TYPE_CHECKING:
    from tests.sim.disk import Disk, Told


class _Names(list[os.DirEntry[str]]):
    """What a listing told."""

    def __enter__(self) -> _Names:
        return self

    def __exit__(self, *_: object) -> None:
        return


class Calls(ModuleType):
    """`os` for `syncd.local`."""

    def __init__(self, disk: Disk) -> None:
        super().__init__("os")
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        value = getattr(os, name)
        self.__dict__[name] = value
        return value

    def stat(self, *args: Any, **kwargs: Any) -> Told:
        return self._disk.told(os.stat(*args, **kwargs))

    def fstat(self, descriptor: int) -> Told:
        return self._disk.told(os.fstat(descriptor))

    def scandir(self, directory: int) -> _Names:
        with os.scandir(directory) as entries:
            names = _Names(entries)
        failing(self._disk.seam("disk.listed"))
        return names

    def open(self, name: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        self._disk.passes("disk.open")
        if not flags & os.O_CREAT or self._disk.power is None:
            return self._disk.opened(os.open(name, flags, mode, dir_fd=dir_fd))
        return self._disk.opened(self._disk.power.created(name, flags, mode, dir_fd))

    def close(self, descriptor: int) -> None:
        self._disk.closed(descriptor)
        os.close(descriptor)

    def read(self, descriptor: int, length: int) -> bytes:
        failing(self._disk.seam("disk.read"))
        return os.read(descriptor, length)

    def write(self, descriptor: int, content: Any) -> int:
        failing(self._disk.seam("disk.write"))
        if self._disk.power is not None:
            self._disk.power.written(descriptor)
        return os.write(descriptor, content)

    def fsync(self, descriptor: int) -> None:
        power = self._disk.power
        try:
            failing(self._disk.seam("disk.fsync"))
        except OSError:
            if power is not None:
                power.doomed(descriptor)
            raise
        if power is not None:
            power.synced(descriptor)

    def mkdir(self, name: Any, mode: int = 0o777, *, dir_fd: int) -> None:
        failing(self._disk.seam("disk.mkdir"))
        os.mkdir(name, mode, dir_fd=dir_fd)
        if self._disk.power is not None:
            self._disk.power.made(dir_fd, name)

    def unlink(self, name: Any, *, dir_fd: int) -> None:
        self._disk.passes("disk.unlink")
        inode = os.stat(name, dir_fd=dir_fd, follow_symlinks=False).st_ino
        if self._disk.power is not None:
            self._disk.power.unlinks(dir_fd, name)
        os.unlink(name, dir_fd=dir_fd)
        self._disk.freed(inode)

    def rmdir(self, name: Any, *, dir_fd: int) -> None:
        inode = os.stat(name, dir_fd=dir_fd, follow_symlinks=False).st_ino
        os.rmdir(name, dir_fd=dir_fd)
        if self._disk.power is not None:
            self._disk.power.removed(dir_fd, name)
        self._disk.freed(inode)


def failing(fault: str | None) -> None:
    """Raises the OSError of this fault, if it is one."""
    if fault is not None:
        code = DISK_ERRORS[fault]
        raise OSError(code, os.strerror(code))
