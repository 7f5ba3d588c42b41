"""A private copy of a user's file, so that the bytes sent are the bytes hashed (I9, W6).

Law: the copy holds one version: the file had the expected fingerprint before and after the copying.
"""

from __future__ import annotations

import hashlib
import os

from syncd.core.model import Fingerprint
from syncd.local import kernel
from syncd.local.birth import birth_at
from syncd.local.failures import failures
from syncd.local.kernel import Spot, Unable
from syncd.local.root import STAGE, Root
from syncd.local.scan import chunks_of, opened
from syncd.local.stage import COPY, Staged, name_of


def snapshot(root: Root, path: str, expected: Fingerprint, key: str) -> Staged:
    """Copies the file into the stage (sharing its blocks where the file system can) and hashes the copy.

    FileChanged if it is not, or does not stay, the expected version; DiskFailed if there is no room. May be repeated,
    and replaces the earlier copy of this key. Not durable: after a crash it is made again.
    """
    name = name_of(key, COPY)
    with root.inner(STAGE) as stage, opened(root, path, expected) as source:
        spot = Spot(stage, name)
        with failures(path):
            root.at("snapshot.begin")
            copy = fresh(spot)
            try:
                root.at("snapshot.made")
                size, sha256 = _copy(source, copy)
                root.at("snapshot.copied")
                status = os.fstat(copy)
                born_ns = birth_at(spot, status.st_ino)
            finally:
                os.close(copy)
    return Staged(root.stage / name.decode(), size, sha256, (status.st_ino, status.st_dev, born_ns))


def fresh(spot: Spot) -> int:
    """A descriptor of a new, empty file, for reading and writing. An older one of that name is unlinked and never
    truncated, as it may be another name of a file that was already placed (see `rename_new`)."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    try:
        return spot.open(flags)
    except FileExistsError:
        spot.unlink()
        return spot.open(flags)


def _copy(source: int, copy: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    try:
        kernel.clone(source, copy)
    except Unable:
        for chunk in chunks_of(source):
            write_all(copy, chunk)
            digest.update(chunk)
            size += len(chunk)
    else:
        for chunk in chunks_of(copy):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def write_all(descriptor: int, chunk: bytes) -> None:
    """Writes every byte; os.write may take only some."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
