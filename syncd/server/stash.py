"""One user's Sta.sh as a pure state: what may be done to it, and what it says.

Law: no clock, disk, socket or random source; time and ids come in as arguments. A method either changes the state as
one new revision, or raises a StashError and changes nothing; a change that makes no difference is no revision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from syncd.server import placement, submission
from syncd.server.changes import ChangeLog
from syncd.server.choices import DEFAULTS, Choices
from syncd.server.delta import Listing
from syncd.server.errors import (
    AlreadyPublished,
    DuplicateTitle,
    InvalidRequest,
    InvalidTarget,
    UnknownItem,
    UnknownStack,
)
from syncd.server.model import ROOT, InStack, Item, Moved, NamedFolder, Page, Stack, Submission, Submitted, View
from syncd.server.tree import Tree


class Stash:
    """The stash of one user.

    `ids` gives candidate ids, positive and below 2**53; `key` (1 to 64 bytes) makes the cursors of this stash its own.
    `revision` counts the changes. `tree.items` and `tree.stacks` may be read by anyone, changed by nobody else.
    """

    def __init__(self, ids: Callable[[], int], key: bytes = b"syncd", choices: Choices = DEFAULTS) -> None:
        self.choices = choices
        self.key = key
        self.revision = 0
        self.used_space = 0
        self.tree = Tree(ids, choices)
        self.logs = {view: ChangeLog() for view in View}
        self._listings = Listing()

    def copy(self) -> Stash:
        """An independent copy (the source of ids is shared); cheap, since all values are frozen."""
        other = Stash(lambda: 0, self.key, self.choices)
        other.revision, other.used_space = self.revision, self.used_space
        other.tree = self.tree.copy()
        other.logs = {view: log.copy() for view, log in self.logs.items()}
        return other

    # -- looking

    def item(self, itemid: int) -> Item:
        """The item of this id, a published one too. Raises UnknownItem."""
        try:
            return self.tree.items[itemid]
        except KeyError:
            raise UnknownItem(itemid) from None

    def stack(self, stackid: int) -> Stack:
        """The stack of this id. Raises UnknownStack."""
        try:
            return self.tree.stacks[stackid]
        except KeyError:
            raise UnknownStack(stackid) from None

    def folder(self, folderid: int) -> Stack:
        """The stack of this id if the drafts see it as a folder. Raises UnknownStack."""
        if not (stack := self.stack(folderid)).is_folder:
            raise UnknownStack(folderid)
        return stack

    def folder_of(self, item: Item) -> Stack | None:
        """The folder that the drafts see an item in; None once it is published."""
        if item.stack is None:
            return None
        leaf = self.tree.stacks[item.stack]
        return leaf if leaf.is_folder else self.tree.stacks[leaf.parent]

    def contents(self, stackid: int, offset: int = 0, limit: int | None = None) -> tuple[Stack | Item, ...]:
        """What a stack holds, by position: stacks, or its one item; `stackid` 0 is the root. Raises UnknownStack."""
        itemid = self.stack(stackid).item if stackid != ROOT else None
        held: Iterable[Stack | Item] = (self.tree.stacks[child] for child in self.tree.children[stackid])
        if itemid is not None:
            held = (self.tree.items[itemid],)
        return tuple(islice(held, offset, None if limit is None else offset + limit))

    def folder_items(self, folderid: int) -> tuple[Item, ...]:
        """The items that the drafts see in a folder. Raises UnknownStack."""
        folder = self.folder(folderid)
        leaves = (self.tree.stacks[child] for child in self.tree.children[folderid])
        held = (folder.item, *(leaf.item for leaf in leaves if not leaf.is_folder))
        return tuple(self.tree.items[itemid] for itemid in held if itemid is not None)

    def size(self, stackid: int) -> int:
        """How many stacks, or items, a stack holds."""
        return len(self.tree.children[stackid]) or int(self.tree.stacks[stackid].item is not None)

    def space(self) -> tuple[int, int]:
        """Available and total bytes."""
        return max(0, self.choices.total_space - self.used_space), self.choices.total_space

    def delta(self, view: View, cursor: str | None = None, offset: int = 0, limit: int = 100) -> Page:
        """The net differences since `cursor`, or everything without one; `offset` is the last page's `next_offset`.

        An invalid cursor is no error: everything, with `reset`. Each page is of the state as it is now.
        """
        return self._listings.page(self, view, cursor, offset, limit)

    # -- changing

    def submit(self, sent: Submission, now: int) -> Submitted:
        """Add an item, or change the one that `sent.itemid` names; `now` is in Unix seconds.

        Raises UnknownItem, UnknownStack, InvalidRequest (a new one without content), TooLarge, QuotaExceeded.
        Not to be repeated: each new submission is a new item.
        """
        old = None if sent.itemid is None else self.item(sent.itemid)
        new = submission.applied(old, sent, now, self.choices)
        submission.check_room(new.size, old.size if old else 0, self.used_space, self.choices)
        if old is None:
            placement.check(self.tree, sent.place)
            new = replace(new, stack=placement.new_leaf(self.tree, sent.place, self.choices), id=self.tree.new_id())
        if sent.blob is not None:
            new = replace(new, version=self.tree.new_id())
        if new != old:
            self.tree.put(new)
            self.used_space += 0 if new.stack is None else new.size - (old.size if old else 0)
            self._commit()
        return Submitted(new, self._answered(new))

    def delete(self, itemid: int) -> None:
        """Delete an item. Raises UnknownItem, for a published one too."""
        item = self._stashed(itemid)
        self._take_out(item)
        self.tree.forget(itemid)
        self._commit()

    def publish(self, itemid: int) -> Item:
        """Let an item leave for the gallery: it is gone from the stash, but can still be read and changed by its id.

        Raises UnknownItem, AlreadyPublished.
        """
        item = self.item(itemid)
        if item.stack is None:
            raise AlreadyPublished(itemid)
        self._take_out(item)
        self.tree.put(replace(item, stack=None))
        self._commit()
        return self.tree.items[itemid]

    def move_stack(self, stackid: int, targetid: int = ROOT) -> Moved:
        """v1: move a stack, with all it holds, into another or to the root. Raises UnknownStack, InvalidTarget."""
        stack = self.stack(stackid)
        if targetid != ROOT and self.tree.contains(stackid, self.stack(targetid).id):
            raise InvalidTarget(targetid)
        made = None
        if stack.parent != targetid:
            made = self.tree.open(targetid) if targetid != ROOT else None
            self.tree.place(stackid, targetid)
            if targetid == ROOT and not stack.title:
                self.tree.retitle(stackid, self.tree.upload_title())
            self._commit()
        changes = (self.tree.stacks[stackid], *(() if made is None else (self.tree.stacks[made],)))
        return Moved(self.tree.stacks.get(targetid), changes)

    def move_item(self, itemid: int, place: InStack | NamedFolder) -> Stack:
        """The drafts: move an item to a folder, made at the root if there is none of that title. Gives the folder.

        Raises UnknownItem, UnknownStack.
        """
        item = self._stashed(itemid)
        if isinstance(place, InStack):
            self.folder(place.stackid)
        placement.move_item(self.tree, item, self.folder_of(item), place)
        self._commit()
        moved_to = self.folder_of(self.tree.items[itemid])
        assert moved_to is not None
        return moved_to

    def rename(self, stackid: int, title: str) -> Stack:
        """Give a stack (drafts: a folder) another title. Raises UnknownStack, DuplicateTitle."""
        stack = self.stack(stackid)
        if title and title != stack.title and any(other.parent == stack.parent for other in self.tree.titled(title)):
            raise DuplicateTitle(title)
        self.tree.retitle(stackid, title)
        self._commit()
        return self.tree.stacks[stackid]

    def describe(self, stackid: int, description: str | None) -> Stack:
        """Give a stack another description; None takes it away. Raises UnknownStack."""
        self.stack(stackid)
        self.tree.describe(stackid, description)
        self._commit()
        return self.tree.stacks[stackid]

    def position(self, stackid: int, position: int) -> None:
        """Put a stack at this index among its siblings. Raises UnknownStack, InvalidRequest."""
        self.stack(stackid)
        if position < 0:
            raise InvalidRequest({"position": "position must not be negative"})
        self.tree.reorder(stackid, position)
        self._commit()

    # -- saving

    def ids_changed_since(self, revision: int) -> set[int]:
        """Every id that any view saw changing after `revision`: what a store has to write."""
        return {changed for log in self.logs.values() for changed in log.since(revision)}

    def restore_item(self, item: Item) -> None:
        """Take in a saved item as it is; its stack and its log entries are restored beside it."""
        self.tree.items[item.id] = item
        self.tree.reserve(item.version)
        self.used_space += 0 if item.stack is None else item.size

    # -- within

    def _stashed(self, itemid: int) -> Item:
        if (item := self.item(itemid)).stack is None:
            raise UnknownItem(itemid)
        return item

    def _take_out(self, item: Item) -> None:
        assert item.stack is not None
        self.used_space -= item.size
        self.tree.vacate(item.stack)

    def _answered(self, item: Item) -> Stack | None:
        if item.stack is not None and self.choices.submit_answers_leaf:
            return self.tree.stacks[item.stack]
        return self.folder_of(item)

    def _commit(self) -> None:
        """Make what was touched one revision, in the log of each view that saw it; by id, as a store gives it back."""
        if not any(self.tree.touched.values()):
            return
        self.revision += 1
        for view, touched in self.tree.touched.items():
            for changed in sorted(touched):
                self.logs[view].record(self.revision, changed, present=self.tree.is_listed(view, changed))
            touched.clear()
