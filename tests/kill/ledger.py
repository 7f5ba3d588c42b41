"""Remembers every version of content that was ever written on either side, and which of them may be gone by now.

Law: a version may be gone only if the artist replaced or deleted the very file or item that held it. The one exception
is the limit of guarantees.md, section 1: what the artist changes between syncd's read of an item and the arrival of
its replacement or deletion counts as seen; such versions are counted apart.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

READS = {"item", "metadata", "media"}


@dataclass(frozen=True)
class Written:
    """Where a version was written, in words, and in the how-manieth step."""

    where: str
    step: int


class Ledger:
    """The versions of one mirror. All is by the SHA-256 of the bytes, which are never the same twice."""

    def __init__(self) -> None:
        self.versions: dict[str, Written] = {}
        self.excused: set[str] = set()
        self._gone: set[str] = set()
        self._step = 0
        self._edits: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._read: dict[int, int] = {}

    def wrote(self, content: bytes, where: str, itemid: int | None = None) -> None:
        """The artist wrote this; `itemid` if it was on the server."""
        self._step += 1
        self.versions[digest(content)] = Written(where, self._step)
        if itemid is not None:
            self._edits[itemid].append((self._step, digest(content)))

    def let_go(self, content: bytes) -> None:
        """The artist replaced or deleted what held this."""
        self._gone.add(digest(content))

    def seen(self, itemid: int) -> int:
        """The step of syncd's last read of an item, to be asked when a request of its own is received."""
        return self._read.get(itemid, 0)

    def read(self, itemid: int) -> None:
        """syncd's read of an item is being answered."""
        self._read[itemid] = self._step

    def overwrites(self, itemid: int, seen: int) -> None:
        """syncd's replacement or deletion of an item is arriving; it had last read it at the step `seen`."""
        self.excused |= {version for step, version in self._edits[itemid] if step > seen}

    def knows(self, content: bytes) -> bool:
        """Whether this is one whole version that was written."""
        return digest(content) in self.versions

    def lost(self, present: Iterable[bytes]) -> list[str]:
        """The versions that should be among those present, and are not."""
        there = {digest(content) for content in present}
        return [
            f"{version[:12]} written {written.where} in step {written.step}"
            for version, written in self.versions.items()
            if version not in there and version not in self._gone and version not in self.excused
        ]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
