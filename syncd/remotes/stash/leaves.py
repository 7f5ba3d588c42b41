"""The stacks of v1's items that a drain did not tell, asked for one by one.

Law: an item's folder comes from the entry of its leaf. A leaf with no entry in this drain is asked for if it was never
listed before, or if the drain is an epoch, which replaces everything that was told before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from syncd.core.errors import NotThere
from syncd.core.model import Folder, FolderGone, Item, ItemGone
from syncd.remotes.faces import Drained, Page, Problem, Reset, Told


def with_leaves(told: Iterator[Told], known: Callable[[int], bool], look: Callable[[int], Folder]) -> Iterator[Told]:
    """What a drain tells and, right before its end, the missing stacks (`listed` false)."""
    needed: dict[int, int] = {}
    listed: set[int] = set()
    for each in told:
        match each:
            case Page(entries):
                for entry in entries:
                    _note(entry, needed, listed)
            case Reset():
                needed, listed = {}, set()
            case Drained(epoch=epoch):
                missing = [
                    (itemid, leaf)
                    for itemid, leaf in needed.items()
                    if leaf not in listed and (epoch or not known(leaf))
                ]
                yield from _asked(missing, look, lambda folder: folder in listed or known(folder))  # noqa: B023
            case _:
                assert_never(each)
        yield each


def _note(entry: object, needed: dict[int, int], listed: set[int]) -> None:
    match entry:
        case Item(id=itemid, folder=int(leaf)):
            needed[itemid] = leaf
        case ItemGone(itemid):
            needed.pop(itemid, None)
        case Folder(id=folder):
            listed.add(folder)
        case FolderGone(folder):
            listed.discard(folder)
        case _:
            pass


def _asked(
    missing: list[tuple[int, int]], look: Callable[[int], Folder], is_told: Callable[[int], bool]
) -> Iterator[Page]:
    """The missing leaves, and whatever of their parents is not told either."""
    asked: set[int] = set()
    for itemid, leaf in missing:
        wanted: int | None = leaf
        while wanted is not None and wanted not in asked and (wanted == leaf or not is_told(wanted)):
            asked.add(wanted)
            try:
                folder = look(wanted)
            except NotThere:
                words = "The server names a stack for this item that is not there; the next look tells more."
                yield Page((), (Problem(itemid, words),))
                break
            yield Page((folder,))
            wanted = folder.parent
