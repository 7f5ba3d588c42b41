"""Reads an item once more right before it is replaced or deleted: the wire has no conditional write.

Law: what is thrown away on the remote is exactly what we know the bytes of. Where the remote tells nothing stable of
an item's content, its bytes are received and hashed again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from syncd.core.model import Agreed, Item, Withdrawn
from syncd.engine.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Reading:
    """What one item is now; `sha256` of its bytes, where its version says nothing of them."""

    found: Item | Withdrawn
    sha256: str | None = None

    def is_still(self, version: str | None, sha256: str) -> bool:
        """Whether it is the version of which we know these bytes."""
        if not isinstance(self.found, Item):
            return False
        if self.found.version is None:
            return self.sha256 == sha256
        return self.found.version == version

    def is_as_agreed(self, agreed: Agreed, told: Item) -> bool:
        """Whether it is the version agreed on, or the one that was told and found to have the agreed bytes."""
        return self.is_still(agreed.version, agreed.sha256) or self.is_still(told.version, agreed.sha256)


def read_again(mirror: Mirror, itemid: int) -> Reading:
    """Runs on a thread of the pool: what the item is now, asked afresh."""
    found = mirror.remote.read(itemid)
    if not isinstance(found, Item) or found.version is not None or not mirror.remote.abilities.fetch:
        return Reading(found)
    digest = hashlib.sha256()
    with mirror.remote.open(itemid, None) as content:
        for chunk in content.chunks:
            digest.update(chunk)
    return Reading(found, digest.hexdigest())
