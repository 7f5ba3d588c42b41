"""The names of files in `.syncd/stage`, and what becomes of those that a crash left there.

Law: a name tells whose bytes a file holds. Ours may be deleted, the user's never: they go to the trash (I1).

    <key>.part             ours: bytes received from the remote, perhaps not all yet
    <key>.mark             ours: how much of it is known to be good, and the hash of that
    <key>.copy             ours: a private copy of a user's file
    <inode>-<key>.swap     ours as long as it has this inode; after the exchange with a user's file it is the user's

A key is chosen by the engine, from `A-Z a-z 0-9 _ -`, at most 100 letters. It should name the item and its version,
since what was received under a key is continued under the same key.
"""

from __future__ import annotations

import os
import re
import stat as mode
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from syncd.core.model import Fingerprint, LocalFile
from syncd.local import kernel
from syncd.local.failures import failures
from syncd.local.kernel import Spot
from syncd.local.root import STAGE, Root
from syncd.local.trash import throw_staged

PART = "part"
MARK = "mark"
COPY = "copy"
SWAP = "swap"
KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NAME = re.compile(rf"(?:(?P<inode>\d+)-(?=[^.]*\.swap$))?(?P<key>{KEY.pattern})\.(?P<kind>part|mark|copy|swap)")


@dataclass(frozen=True, slots=True)
class Staged:
    """A whole file in the stage: its path, its size in bytes, the SHA-256 (hex) of exactly these bytes, and what stays
    when it is placed: inode, device, and time of birth (Unix nanoseconds) where the disk tells one."""

    path: Path
    size: int
    sha256: str
    identity: tuple[int, int, int | None]

    def at(self, path: str, fingerprint: Fingerprint) -> LocalFile:
        """The file that it became by being placed."""
        return LocalFile(path, fingerprint, self.sha256, self.identity[2])


def name_of(key: str, kind: str, inode: int | None = None) -> bytes:
    """The name in the stage. ValueError for a key that breaks the rules: that is a bug of the caller."""
    if not KEY.fullmatch(key):
        raise ValueError(f"no stage key: {key!r}")
    return (f"{key}.{kind}" if inode is None else f"{inode}-{key}.{kind}").encode()


def key_of(staged: Path) -> tuple[str, str]:
    """(key, kind) of a file of the stage. ValueError for any other path."""
    found = _NAME.fullmatch(staged.name)
    if found is None or staged.parent.name != STAGE:
        raise ValueError(f"no file of the stage: {staged}")
    return found["key"], found["kind"]


def discard(root: Root, staged: Path) -> None:
    """Deletes a received or copied file of the stage that is no longer needed. May be repeated.

    ValueError for one that is the user's (see the names above).
    """
    _, kind = key_of(staged)
    if kind not in (PART, COPY):
        raise ValueError(f"not ours to delete: {staged.name}")
    with root.inner(STAGE) as stage, failures(None):
        spot = Spot(stage, staged.name.encode())
        root.at("discard.begin")
        if spot.lstat() is not None:
            spot.unlink()
        root.at("discard.done")


def clear_stage(root: Root, keep: Collection[str]) -> tuple[str, ...]:
    """Removes what earlier runs left in the stage, but for what was received under the keys in `keep`. May be repeated.

    Answers the paths within the trash of what went there.
    """
    with root.inner(STAGE) as stage:
        with failures(None):
            names = sorted(kernel.names_in(stage))
        root.at("clear.begin")
        cleared = [clear(root, Spot(stage, os.fsencode(name))) for name in names if not _is_kept(name, keep)]
    return tuple(trashed for trashed in cleared if trashed is not None)


def clear(root: Root, spot: Spot) -> str | None:
    """Removes what is at this spot of the stage; answers its path within the trash, if it went there. May be repeated.

    Nothing of the user's is deleted: it goes to the trash, and so does what we do not know. Directories are left alone.
    """
    name = os.fsdecode(spot.name)
    with failures(None):
        status = spot.lstat()
        if status is None or mode.S_ISDIR(status.st_mode):
            return None
        if _is_ours(_NAME.fullmatch(name), status):
            spot.unlink()
            root.at("clear.removed")
            return None
    return _rescue(root, name, status)


def _is_kept(name: str, keep: Collection[str]) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and found["kind"] in (PART, MARK) and found["key"] in keep


def _is_ours(found: re.Match[str] | None, status: os.stat_result) -> bool:
    if found is None:
        return False
    return found["kind"] != SWAP or found["inode"] == str(status.st_ino)


def _rescue(root: Root, name: str, status: os.stat_result) -> str:
    """To the trash with a user's file of the stage; its own name there is unknown, so it keeps the stage's."""
    return throw_staged(root, root.stage / name, name, f"left-over-{status.st_ino}", ours=False)
