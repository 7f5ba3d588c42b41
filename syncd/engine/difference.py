"""What `verify` can find: one difference between disk, store and remote, by kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Every kind of difference. *Here* is the disk, *there* the remote; *unseen* is what the store does not know."""

    NEW_HERE = "new-here"
    UNSEEN_HERE = "unseen-here"
    MISSING_HERE = "missing-here"
    MOVED_HERE = "moved-here"
    CHANGED_HERE = "changed-here"
    UNREADABLE = "unreadable"
    NEW_THERE = "new-there"
    UNSEEN_THERE = "unseen-there"
    MISSING_THERE = "missing-there"
    MOVED_THERE = "moved-there"
    RENAMED_THERE = "renamed-there"
    CHANGED_THERE = "changed-there"
    WITHOUT_ITEM = "without-item"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: its kind, the path or title, the item if there is one, and one plain sentence."""

    kind: Kind
    path: str
    itemid: int | None
    message: str
