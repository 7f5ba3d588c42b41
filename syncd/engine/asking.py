"""Asks for items one by one, outside of any plan.

Law: where the remote refuses to tell of an item, that is this item's failure: nothing is concluded of it, it is asked
for again in its time, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from syncd.core.errors import ItemFailed
from syncd.core.model import Item, Withdrawn
from syncd.engine.failing import fails, works
from syncd.engine.mirror import Mirror

ASKED = "asked:"
"""Begins the subject of a failure to tell what became of an item."""


def ask(mirror: Mirror, ids: Iterable[int]) -> dict[int, Item | Withdrawn]:
    """What became of each of these items, but for those that the remote does not tell of now. Any other error than an
    item's own is raised."""
    due = [itemid for itemid in ids if not _is_put_off(mirror, itemid)]

    def read(itemid: int) -> Item | Withdrawn | ItemFailed:
        try:
            return mirror.remote.read(itemid)
        except ItemFailed as error:
            return error

    told: dict[int, Item | Withdrawn] = {}
    for itemid, found in zip(due, mirror.pool.map(read, due), strict=True):
        if isinstance(found, ItemFailed):
            agreed = mirror.store.agreed.item(itemid)
            fails(mirror, f"{ASKED}{itemid}", "look", found, path=agreed.path if agreed else None)
        else:
            works(mirror, f"{ASKED}{itemid}")
            told[itemid] = found
    return told


def _is_put_off(mirror: Mirror, itemid: int) -> bool:
    failure = mirror.store.failures.get(f"{ASKED}{itemid}")
    return failure is not None and failure.is_put_off(mirror.clock.now())
