"""A mirrored folder to play with: a user who writes in it, and a hook that strikes at crash points."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR

import pytest

from syncd.core.model import Fingerprint
from syncd.local.place import Partial
from syncd.local.root import Root
from syncd.local.scan import stat

MARKER = "b0a7"


class Killed(BaseException):
    """The process was killed: no handler of ours may swallow it."""


class Folder:
    """A Root whose crash points can be counted, and used to do something at one of them."""

    def __init__(self, path: Path) -> None:
        self.passed: list[str] = []
        self.strikes: dict[str, Callable[[], object]] = {}
        self.struck: list[str] = []
        self.kill_at: int | None = None
        self.root = Root(path, self._at)
        self.root.create(MARKER)
        self.root.check(MARKER)
        self.passed.clear()

    def _at(self, point: str) -> None:
        self.passed.append(point)
        if self.kill_at is not None and len(self.passed) > self.kill_at:
            raise Killed(point)
        strike = self.strikes.pop(point, None)
        if strike is not None:
            self.struck.append(point)
            strike()

    @property
    def path(self) -> Path:
        return self.root.path

    def write(self, path: str, content: bytes) -> Fingerprint:
        """What a user does; answers what the disk then says."""
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).write_bytes(content)
        return self.look(path)

    def save_over(self, path: str, content: bytes) -> None:
        """An editor's save: a new file, renamed over the old one."""
        draft = self.path / "draft of an editor"
        draft.write_bytes(content)
        draft.replace(self.path / path)

    def look(self, path: str) -> Fingerprint:
        found = stat(self.root, path)
        assert found is not None
        return found

    def read(self, path: str) -> bytes:
        return (self.path / path).read_bytes()

    def receive(self, content: bytes, key: str = "key") -> Path:
        return Partial(self.root, key).receive([content], 0, reserve=0).path

    def visible(self) -> dict[str, bytes]:
        """The user's files, by path."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and not file.is_symlink() and ".syncd" not in file.parts
        }

    def kept(self) -> set[bytes]:
        """Every content that is somewhere: visible, in the trash, or in the stage."""
        files = (Path(top) / name for top, _, names in os.walk(self.path) for name in names)
        return {file.read_bytes() for file in files if file.is_file()}

    def trashed(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.root.trash.rglob("*")) if file.is_file()]

    def staged(self) -> list[str]:
        return sorted(file.name for file in self.root.stage.iterdir())


def failing_fsync(monkeypatch: pytest.MonkeyPatch, directories: bool) -> None:
    """From now on no fsync of a directory comes to its end, or none of a file."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if S_ISDIR(os.fstat(descriptor).st_mode) is directories:
            raise OSError(errno.EIO, "broken")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
