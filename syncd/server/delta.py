"""The delta: net differences since a cursor, page by page, as one view sees them.

Law: nothing changed costs nothing; k changes cost about k; only a full listing costs in proportion to the stash.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from syncd.server.changes import page_cursor, seal, unseal
from syncd.server.model import Entry, ItemEntry, Page, StackEntry, View

if TYPE_CHECKING:
    from syncd.server.stash import Stash

_KEPT = 4
_Key = tuple[View, int | None, int]


class Listing:
    """What is to be told since a revision, in order; the last few are kept, so that a further page costs its length."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, list[int]] = OrderedDict()

    def page(self, stash: Stash, view: View, cursor: str | None, offset: int, limit: int) -> Page:
        """One page of what changed since `cursor`; see `Stash.delta`."""
        since, reset = _start(stash, view, cursor)
        told = self._told(stash, view, since)
        end = offset + limit
        has_more = end < len(told)
        current = seal(stash.key, stash.revision)
        if has_more and stash.choices.cursor_changes_across_pages:
            current = page_cursor(stash.key, stash.revision, offset)
        return Page(
            cursor=current,
            has_more=has_more,
            next_offset=end if has_more else None,
            reset=reset and (offset == 0 or stash.choices.reset_on_every_page),
            entries=tuple(_entry(stash, view, changed) for changed in told[offset:end]),
        )

    def _told(self, stash: Stash, view: View, since: int | None) -> list[int]:
        if since == stash.revision:
            return []
        key = (view, since, stash.revision)
        if key not in self._kept:
            self._kept[key] = _differences(stash, view, since)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


def _start(stash: Stash, view: View, cursor: str | None) -> tuple[int | None, bool]:
    """The revision to start from (None: from nothing), and whether that is a reset."""
    if not cursor:
        return None, False
    since = unseal(stash.key, cursor)
    most = stash.choices.reset_after_changes
    if since is None or since > stash.revision:
        return None, True
    if most is not None and since < stash.revision and len(stash.logs[view].since(since)) > most:
        return None, True
    return since, False


def _differences(stash: Stash, view: View, since: int | None) -> list[int]:
    log = stash.logs[view]
    ghosts = stash.choices.ghosts_listed
    if since is None:
        told = [changed for changed in log.since(0) if log.is_present(changed)]
    else:
        told = [
            changed
            for changed in log.since(since)
            if log.is_present(changed) or log.was_present(changed, since) or (ghosts and changed in log.toggles)
        ]
    told.sort(key=lambda changed: _rank(stash, changed), reverse=not stash.choices.parents_first)
    return told


def _rank(stash: Stash, changed: int) -> int:
    """Parents before children, stacks before items; what is gone comes first."""
    if changed in stash.tree.items:
        return 1 << 32
    return 1 + stash.tree.depth(changed) if changed in stash.tree.stacks else 0


def _entry(stash: Stash, view: View, changed: int) -> Entry:
    tree = stash.tree
    present = stash.logs[view].is_present(changed)
    if changed in tree.deleted or (changed in tree.items and not present):
        return ItemEntry(changed, None, None)
    if changed not in tree.items:
        return StackEntry(changed, tree.stacks[changed] if present else None)
    item = tree.items[changed]
    folder = stash.folder_of(item)
    return ItemEntry(changed, item, item.stack if view is View.V1 or folder is None else folder.id)
