"""The folder of blobs: each file once, named by the sha256 of its bytes.

Law: a blob is whole and on the disk before anything names it (temporary name, fsync, rename, fsync of the folder).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """Bytes on the disk under a temporary name; `key` is the name they will have."""

    path: Path
    key: str
    size: int


class Blobs:
    """Blobs in `folder`, which is made if need be. Temporary files of an earlier run are removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob("*.tmp"):
            left_over.unlink()

    def path(self, key: str) -> Path:
        """Where the blob of this key is, or would be."""
        return self.folder / key

    def stage(self, source: BinaryIO) -> Staged:
        """Copy a stream to the disk, hashing on the way; never more than one chunk of it in memory."""
        path = self.folder / f"{uuid4().hex}.tmp"
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        return Staged(path, digest.hexdigest(), size)

    def keep(self, staged: Staged) -> None:
        """Give staged bytes their name, durably."""
        staged.path.replace(self.path(staged.key))
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self, staged: Staged) -> None:
        """Drop staged bytes that nobody wanted; those already kept stay."""
        staged.path.unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """Drop a blob that nothing names any more."""
        self.path(key).unlink(missing_ok=True)

    def sweep(self, named: Iterable[str]) -> None:
        """Drop every blob but those named: what a crash between keeping and naming left."""
        for orphan in {entry.name for entry in os.scandir(self.folder)}.difference(named):
            self.remove(orphan)
