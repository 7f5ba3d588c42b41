"""A file that is being received: it survives a crash or a lost connection, and goes on where it can be trusted.

Law: what is continued is proven. Beside `<key>.part` stands a mark, "<length> <SHA-256 of that many bytes>"; only bytes
that still have that hash are kept. So neither a crash nor a power loss (I14: unsynced data may be gone, or zeros) can
bring invented bytes into a file. A little file that is placed at once needs no mark: it is sooner received again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat as mode
from collections.abc import Iterable

from syncd.core.errors import DiskFailed, SyncdError
from syncd.local.birth import birth_at
from syncd.local.failures import ADVICE, failures
from syncd.local.kernel import Spot
from syncd.local.place.snapshot import fresh, write_all
from syncd.local.root import STAGE, Root
from syncd.local.scan import chunks_of, fingerprint_of
from syncd.local.stage import MARK, PART, Staged, name_of

MARK_EVERY = 16 << 20
LITTLE = 1 << 20
"""Bytes that are sooner received again than marked."""


def free_bytes(root: Root) -> int:
    """How many bytes of the folder's disk this user may still write."""
    with root.top() as top, failures(None):
        status = os.fstatvfs(top)
    return status.f_bavail * status.f_frsize


class Partial:
    """One file being received, by key. For one thread at a time."""

    def __init__(self, root: Root, key: str) -> None:
        """Looks at what is already there; reads it once if there is a mark."""
        self._root = root
        self._names = name_of(key, PART), name_of(key, MARK)
        with root.inner(STAGE) as stage, failures(None):
            self.size, self._digest = self._trusted(stage)
        self._unmarked = 0

    size: int
    """How many bytes are here and can be continued; 0 for none."""

    def _spots(self, stage: int) -> tuple[Spot, Spot]:
        return Spot(stage, self._names[0]), Spot(stage, self._names[1])

    def _trusted(self, stage: int) -> tuple[int, hashlib._Hash]:
        part, mark = self._spots(stage)
        length, wanted = _read_mark(mark)
        status = part.lstat()
        if length and status is not None and mode.S_ISREG(status.st_mode) and status.st_nlink == 1:
            descriptor = part.open(os.O_RDONLY)
            try:
                digest = _hash_first(descriptor, length)
            finally:
                os.close(descriptor)
            if digest is not None and digest.hexdigest() == wanted:
                return length, digest
        return 0, hashlib.sha256()

    def receive(self, chunks: Iterable[bytes], start: int, *, reserve: int, keep: bool = True) -> Staged:
        """Keeps the first `start` bytes (at most `size`), appends `chunks`, and answers the whole file. It is not
        durable yet: `place` and the trash make it so before it has another name, and what a crash leaves proves itself.

        DiskFailed when less than `reserve` bytes would stay free on the disk. Whatever fails, also in `chunks`, what
        came so far is kept and marked, so that a new Partial of this key can continue. With `keep` the whole file is
        marked too, so that it can be found again; else only where it is large.
        """
        if not 0 <= start <= self.size:
            raise ValueError(f"cannot continue at {start}: {self.size} bytes are here")
        with self._root.inner(STAGE) as stage, failures(None):
            part, mark = self._spots(stage)
            self._root.at("receive.begin")
            descriptor = self._open_at(part, start)
            try:
                self._root.at("receive.truncated")
                try:
                    self._append(descriptor, mark, chunks, reserve)
                except (SyncdError, OSError):
                    self._write_mark(mark)
                    raise
                whole = fingerprint_of(os.fstat(descriptor))
            finally:
                os.close(descriptor)
            if keep or self.size >= LITTLE:
                self._write_mark(mark)
            self._root.at("receive.ended")
            born_ns = birth_at(part, whole.inode)
        path = self._root.stage / self._names[0].decode()
        return Staged(path, self.size, self._digest.hexdigest(), (whole.inode, whole.device, born_ns))

    def _open_at(self, part: Spot, start: int) -> int:
        if start == 0:
            self.size, self._digest = 0, hashlib.sha256()
            return fresh(part)
        descriptor = part.open(os.O_RDWR)
        if start < self.size:
            digest = _hash_first(descriptor, start)
            assert digest is not None
            self.size, self._digest = start, digest
        os.ftruncate(descriptor, start)
        os.lseek(descriptor, start, os.SEEK_SET)
        return descriptor

    def _append(self, descriptor: int, mark: Spot, chunks: Iterable[bytes], reserve: int) -> None:
        for chunk in chunks:
            _ensure_space(descriptor, len(chunk) + reserve)  # each time: several files may come at once
            write_all(descriptor, chunk)
            self._digest.update(chunk)
            self.size += len(chunk)
            self._root.at("receive.chunk")
            self._unmarked += len(chunk)
            if self._unmarked >= MARK_EVERY:
                self._write_mark(mark)

    def _write_mark(self, mark: Spot) -> None:
        """Not synced and not atomic, as it proves itself: a torn mark matches nothing."""
        self._unmarked = 0
        descriptor = mark.open(os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            write_all(descriptor, f"{self.size} {self._digest.hexdigest()}".encode())
        finally:
            os.close(descriptor)
        self._root.at("receive.marked")

    def discard(self) -> None:
        """Removes what was received. May be repeated."""
        with self._root.inner(STAGE) as stage, failures(None):
            self._root.at("discard.begin")
            for spot in self._spots(stage):
                if spot.lstat() is not None:
                    spot.unlink()
            self._root.at("discard.done")
        self.size, self._digest = 0, hashlib.sha256()


def _ensure_space(descriptor: int, needed: int) -> None:
    status = os.fstatvfs(descriptor)
    free = status.f_bavail * status.f_frsize
    if free < needed:
        words, remedy = ADVICE[errno.ENOSPC]
        raise DiskFailed(f"{words}: only {free >> 20} MiB are free, and min_free_mib is to stay free", remedy=remedy)


def _read_mark(mark: Spot) -> tuple[int, str]:
    """(length, hash) of a mark; (0, "") if there is none, or it is torn."""
    try:
        length, _, digest = mark.read(100).decode(errors="replace").partition(" ")
    except FileNotFoundError:
        return 0, ""
    return (int(length), digest) if length.isascii() and length.isdigit() and len(length) < 19 else (0, "")


def _hash_first(descriptor: int, length: int) -> hashlib._Hash | None:
    """The hash of the first `length` bytes of an open file, None if it has fewer."""
    digest = hashlib.sha256()
    for chunk in chunks_of(descriptor):
        digest.update(chunk[:length])
        length -= min(length, len(chunk))
        if length == 0:
            return digest
    return None
