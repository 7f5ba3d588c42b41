"""Pure states for tests: deterministic ids, short ways to fill them, and a client's copy that follows deltas."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from syncd.server.choices import Choices
from syncd.server.model import Blob, Entry, Item, ItemEntry, Place, Stack, Submission, View, is_automatic
from syncd.server.stash import Stash


def new_stash(seed: int = 0, **choices: Any) -> Stash:
    """An empty stash with seeded ids."""
    drawn = random.Random(seed)
    return Stash(lambda: drawn.randrange(1, 2**53), b"key %d" % seed, Choices(**choices))


def blob(key: str = "0" * 64, size: int = 10, filename: str = "fox.png") -> Blob:
    """A file by reference."""
    return Blob(key, size, "image/png", filename, 40, 30)


def add(stash: Stash, title: str = "Fox", place: Place | None = None, size: int = 10) -> Item:
    """A new item."""
    return stash.submit(Submission(title=title, place=place, blob=blob(size=size)), 1000).item


def leaf(stash: Stash, item: Item) -> Stack:
    """The leaf that an item stands in now."""
    stackid = stash.item(item.id).stack
    assert stackid is not None
    return stash.stack(stackid)


def drain(stash: Stash, view: View, cursor: str | None = None, limit: int = 100) -> tuple[str, bool, list[Entry]]:
    """All pages since a cursor: the last page's cursor, the first one's reset, every entry."""
    page = stash.delta(view, cursor, 0, limit)
    reset, entries = page.reset, list(page.entries)
    while page.next_offset is not None:
        page = stash.delta(view, cursor, page.next_offset, limit)
        entries += page.entries
    return page.cursor, reset, entries


@dataclass
class Copy:
    """What a client knows that has applied every delta so far."""

    view: View
    cursor: str | None = None
    known: dict[int, Any] = field(default_factory=dict)

    def follow(self, stash: Stash, limit: int = 7) -> Copy:
        """The copy after the differences since its cursor."""
        cursor, reset, entries = drain(stash, self.view, self.cursor, limit)
        known = {} if reset else dict(self.known)
        for entry in entries:
            told = self._told(stash, entry)
            if told is None:
                known.pop(entry.id, None)
            else:
                known[entry.id] = told
        return Copy(self.view, cursor, known)

    def _told(self, stash: Stash, entry: Entry) -> Any:
        """What this view shows of an entry, in comparable form."""
        flat = self.view is View.DRAFT
        if isinstance(entry, ItemEntry):
            item = entry.item
            return item and (replace(item, stack=0) if flat else item, entry.container)
        stack = entry.stack
        if stack is None:
            return None
        if flat:
            return (stack.title, stack.description, len(stash.folder_items(stack.id)))
        return (stack, stash.size(stack.id))


def check(stash: Stash, *, emptied_may_be_automatic: bool = False) -> None:
    """The laws of the tree: one item a leaf, no mix, children by position, no empty automatic stack, space adds up."""
    tree = stash.tree
    for item in tree.items.values():
        assert item.stack is None or tree.stacks[item.stack].item == item.id
    for stack in tree.stacks.values():
        children = tree.children[stack.id]
        assert stack.id in tree.children[stack.parent]
        assert stack.item is None or (not children and tree.items[stack.item].stack == stack.id)
        assert _positions(stash, children) == sorted(_positions(stash, children))
        if not emptied_may_be_automatic and is_automatic(stack.title):
            assert stack.item is not None or children
    assert stash.used_space == sum(item.size for item in tree.items.values() if item.stack is not None)


def _positions(stash: Stash, children: Iterable[int]) -> list[int]:
    return [stash.tree.stacks[child].position for child in children]
