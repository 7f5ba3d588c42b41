"""The stacks of v1's items that a drain did not tell, asked for one by one.

Law: an item's folder comes from the entry of its leaf. A leaf with no entry in this drain is asked for if it was never
listed before, or if the drain is an epoch, which replaces everything that was told before, or if the drain tells that
it is gone: where leaves are not listed, that is said of an empty stack that became this item's leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from syncd.core.errors import NotThere
from syncd.core.model import Folder, FolderGone, Item, ItemGone
from syncd.remotes.faces import Drained, Page, Problem, Reset, Told


def with_leaves(told: Iterator[Told], known: Callable[[int], bool], look: Callable[[int], Folder]) -> Iterator[Told]:
    """What a drain tells and, right before its end, the missing stacks (`listed` false)."""
    drained = _Drain()
    for each in told:
        match each:
            case Page(entries):
                for entry in entries:
                    drained.note(entry)
            case Reset():
                drained = _Drain()
            case Drained(epoch=epoch):
                yield from _asked(drained.missing(known, epoch=epoch), look, partial(drained.tells, known))
            case _:
                assert_never(each)
        yield each


@dataclass(slots=True)
class _Drain:
    """What a drain told: the leaf of each item, and which stacks are listed, and which no longer."""

    needed: dict[int, int] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    unlisted: set[int] = field(default_factory=set)

    def note(self, entry: object) -> None:
        """Takes in an entry; a later one of an id replaces an earlier one."""
        match entry:
            case Item(id=itemid, folder=int(leaf)):
                self.needed[itemid] = leaf
            case ItemGone(itemid):
                self.needed.pop(itemid, None)
            case Folder(id=folder):
                self.listed.add(folder)
                self.unlisted.discard(folder)
            case FolderGone(folder):
                self.listed.discard(folder)
                self.unlisted.add(folder)
            case _:
                pass

    def tells(self, known: Callable[[int], bool], folder: int) -> bool:
        """Whether the stack is listed: in this drain, or known from before."""
        return folder in self.listed or (folder not in self.unlisted and known(folder))

    def missing(self, known: Callable[[int], bool], *, epoch: bool) -> list[tuple[int, int]]:
        """The items whose leaf is to be asked for, with it."""
        told = self.listed.__contains__ if epoch else partial(self.tells, known)
        return [(itemid, leaf) for itemid, leaf in self.needed.items() if not told(leaf)]


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
