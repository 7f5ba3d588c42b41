"""What a power loss takes: names that no fsync of their directory made durable, bytes that no fsync of their file did.

The model: names are journaled in their order, and an fsync of every directory that a change concerns makes it and all
before it durable; of the rest any last part may be gone. Bytes are durable up to where they were synced; what was
written since is gone, zeros, or there. An fsync that failed never comes good (the kernel forgets what it could not
write). Commits of the database are durable, as `synchronous=FULL` says. What the adversary does is durable at once,
and so is everything before it. Nothing is recorded in a simulation without power losses.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

Name = tuple[int, Any]
"""A directory's descriptor and a name in it."""


_SPOILT = ("gone", "zeros", "there", "first", "some")


def power_loss(draw: Random) -> dict[str, Any]:
    """Any power loss, as a step: see `Power.lose`."""
    return {"do": "power-loss", "keep": draw.choice((0, 0, 1, 3, 99)), "data": draw.choice(_SPOILT)}


@dataclass(slots=True)
class _Change:
    """One change of names: the directories that are still to be synced for it, how to undo it, and what to drop once
    it is durable."""

    waits: set[str]
    undo: Callable[[], None]
    kept: Path | None = None


class Power:
    """What one machine's process did on its disk since it was last durable."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        self._number = 0
        self._changes: list[_Change] = []
        self._durable: dict[int, int] = {}
        """How many bytes of a file (by its real inode) are durable, where not all are."""
        self._doomed: set[int] = set()
        aside.mkdir(parents=True)

    # --- bytes

    def created(self, name: Any, flags: int, mode: int, directory: int | None) -> int:
        """Opens a file that may have to be made."""
        path = _path(directory, name)
        fresh = not os.path.lexists(path)
        descriptor = os.open(name, flags, mode, dir_fd=directory)
        if fresh:
            inode = os.fstat(descriptor).st_ino
            self._durable[inode] = 0
            self._log((path,), lambda: _remove(path, inode))
        elif flags & os.O_TRUNC:
            self._durable[os.fstat(descriptor).st_ino] = 0
        return descriptor

    def written(self, descriptor: int) -> None:
        """Bytes are about to be written."""
        status = os.fstat(descriptor)
        self._durable[status.st_ino] = min(self._durable.get(status.st_ino, status.st_size), status.st_size)

    def synced(self, descriptor: int) -> None:
        """A file or directory was synced."""
        status = os.fstat(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            if status.st_ino not in self._doomed:
                self._durable.pop(status.st_ino, None)
            return
        path = _path(descriptor)
        for change in self._changes:
            change.waits.discard(path)
        durable = max((n for n, change in enumerate(self._changes, 1) if not change.waits), default=0)
        self._settle(durable)

    def doomed(self, descriptor: int) -> None:
        """An fsync of this file failed."""
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_ino in self._durable:
            self._doomed.add(status.st_ino)

    # --- names

    def made(self, directory: int, name: Any) -> None:
        """A directory was made."""
        path = _path(directory, name)
        self._log((path,), lambda: _unmake(path))

    def removed(self, directory: int, name: Any) -> None:
        """A directory was removed."""
        path = _path(directory, name)
        self._log((path,), lambda: _make(path))

    def unlinks(self, directory: int, name: Any) -> None:
        """A name is about to be unlinked; the file is kept until that is durable."""
        path = _path(directory, name)
        self._number += 1
        kept = self._aside / str(self._number)
        kept.hardlink_to(path)
        self._log((path,), lambda: _bring_back(kept, path), kept)

    def renamed(self, source: Name, target: Name, *, exchanged: bool) -> None:
        """A name was changed, or two were exchanged."""
        one, other = _path(*source), _path(*target)
        inode = os.lstat(other).st_ino
        self._log((one, other), lambda: _rename_back(one, other, inode, exchanged=exchanged))

    def _log(self, paths: tuple[str, ...], undo: Callable[[], None], kept: Path | None = None) -> None:
        self._changes.append(_Change({os.path.dirname(path) for path in paths}, undo, kept))  # noqa: PTH120 - hot

    def _settle(self, count: int) -> None:
        for change in self._changes[:count]:
            if change.kept is not None:
                change.kept.unlink(missing_ok=True)
        del self._changes[:count]

    # --- what others do

    def settle(self) -> None:
        """Everything so far is durable: somebody else changed the disk after it."""
        self._settle(len(self._changes))

    def lose(self, home: Path, keep: int, data: str) -> int:
        """The power goes: all changes of names but the first `keep` are undone, and unsynced bytes below `home` are
        `gone`, `zeros`, `there`, or zeros in the `first` half of the files, or in every second one (`some`). Answers
        how much was lost."""
        lost = self._changes[keep:]
        for change in reversed(lost):
            with suppress(FileNotFoundError, NotADirectoryError):
                change.undo()
        spoilt = self._spoil(home, data) if data != "there" else 0
        self.settle()
        self._durable.clear()
        self._doomed.clear()
        return len(lost) + spoilt

    def _spoil(self, home: Path, data: str) -> int:
        found = {status.st_ino: path for path, status in _regular(home) if status.st_size > self._durable_of(status)}
        order = [inode for inode in self._durable if inode in found]
        if data == "first":  # what was written later may have reached the disk before
            order = order[: (len(order) + 1) // 2]
        elif data == "some":
            order = order[::2]
        for inode in order:
            content = found[inode].read_bytes()
            kept = content[: self._durable[inode]]
            found[inode].write_bytes(kept if data == "gone" else kept.ljust(len(content), b"\0"))
            self._number += 1
            os.utime(found[inode], ns=(0, self._number))  # the oracle knows files by their times
        return len(order)

    def _durable_of(self, status: os.stat_result) -> int:
        return self._durable.get(status.st_ino, status.st_size)


def _regular(home: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for above, _, names in os.walk(home):
        for name in names:
            status = os.lstat(f"{above}/{name}")
            if stat.S_ISREG(status.st_mode):
                yield Path(above, name), status


def _path(directory: int | None, name: Any = b"") -> str:
    above = os.readlink(f"/proc/self/fd/{directory}") if directory is not None else ""  # noqa: PTH115 - hot
    return f"{above}/{os.fsdecode(name)}" if name else above


def _remove(path: str, inode: int) -> None:
    if os.lstat(path).st_ino == inode:
        Path(path).unlink()


def _unmake(path: str) -> None:
    with suppress(OSError):  # something of the adversary's is in it
        Path(path).rmdir()


def _make(path: str) -> None:
    with suppress(FileExistsError):
        Path(path).mkdir()


def _bring_back(kept: Path, path: str) -> None:
    if not os.path.lexists(path):
        kept.rename(path)


def _rename_back(one: str, other: str, inode: int, *, exchanged: bool) -> None:
    if os.lstat(other).st_ino != inode:
        return
    if not exchanged:
        if not os.path.lexists(one):
            Path(other).rename(one)
        return
    between = f"{one}.between"
    Path(one).rename(between)
    Path(other).rename(one)
    Path(between).rename(other)
