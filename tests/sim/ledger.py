"""What the oracle knows of contents: every version that ever was, and whether anybody may still expect it.

A version is *owed* from the moment somebody made it until somebody who saw it overwrote or deleted the last one of it
that he could see. Nothing that the engine does ends what is owed.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection

from tests.sim.account import picture

_SIZES = (12, 12, 12, 40, 700)


def content_of(label: str) -> bytes:
    """The bytes that a tape calls `label`: `v7` a text, `p7` a picture, `p7'` as a server writes it anew, `empty` none.
    Sizes are often equal."""
    if label == "empty":
        return b""
    if label.endswith("'"):
        return content_of(label[:-1]) + b"~"
    body = label.encode().ljust(_SIZES[int(label[1:]) % len(_SIZES)], b".")
    return picture(body) if label.startswith("p") else body


def digest(content: bytes) -> str:
    """What contents are known by."""
    return hashlib.sha256(content).hexdigest()


class Ledger:
    """The contents of one simulation, and what the adversary did with them."""

    def __init__(self) -> None:
        self.events = 0
        self.ever: dict[str, str] = {}
        self.owed: set[str] = set()
        self.made: Counter[str] = Counter()
        self.copies: Counter[str] = Counter()
        self.removed: dict[str, set[str]] = defaultdict(set)
        self.going: dict[str, set[str]] = defaultdict(set)
        """Copies that go by a person's word, and their items with them, whatever they hold by then."""
        self.deleted: set[int] = set()
        self.restorers: dict[int, set[str]] = defaultdict(set)
        """On which machines a person rejected the deletion of an item's file."""
        self.published: dict[int, int] = {}
        self.edited: dict[int, int] = {}
        self.spare = 0
        self.acted = 0
        """When anybody but the engine last did something at the website."""
        self.remade: set[str] = set()
        """Agreed versions made again after somebody elsewhere, who saw them, had overwritten them."""
        self.anew: dict[int, set[str]] = defaultdict(set)
        """Which machines submitted an item's file anew, as it moved to where only a submission leads."""
        self.moved: dict[str, int] = {}
        """The items of such files, by what these held."""

    def makes(self, label: str, content: bytes) -> str:
        """Somebody made this version (once more)."""
        key = digest(content)
        self.ever.setdefault(key, label)
        if content:
            self.owed.add(key)
        self.made[key] += 1
        self.copies[key] = max(0, self.copies[key]) + 1
        return key

    def unmakes(self, where: str, key: str, left: Collection[str]) -> None:
        """Somebody who saw it overwrote or deleted it; `left` is what else can be seen there."""
        self.removed[where].add(key)
        self.copies[key] -= 1
        if key not in left or self.copies[key] <= 0:
            self.owed.discard(key)

    def submits(self, where: str, key: str, supersedes: int | None) -> None:
        """W30: two machines submit the same file, and it is two items. "Renames and moves do not read again"
        (guarantees.md, section 1, Limit), and no reading could tell the other machine's submission from anybody's.
        Where another file came to the old path it is a new one: "a path that stays while its inode changes is an edit"
        (interface.md)."""
        itemid = self.moved.get(key) if supersedes is None else supersedes
        if itemid is not None:
            self.made[key] += where not in self.anew[itemid] and len(self.anew[itemid]) > 0
            self.anew[itemid].add(where)
            self.moved[key] = itemid

    def tick(self) -> int:
        """The number of the next event."""
        self.events += 1
        return self.events
