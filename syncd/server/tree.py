"""The stacks of one Sta.sh and the items in them: adding, placing, renaming, pruning.

Law: every change passes through here, and leaves in `touched` which ids which view saw changing; a stack holds either
one item or stacks; an automatic stack that becomes empty goes, a named one stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from syncd.server.choices import Choices
from syncd.server.model import ROOT, Item, Stack, View, is_automatic


class Tree:
    """Items and stacks by id. `ids` gives candidate ids; those already in use are drawn again."""

    def __init__(self, ids: Callable[[], int], choices: Choices) -> None:
        self.items: dict[int, Item] = {}
        self.stacks: dict[int, Stack] = {}
        self.children: dict[int, dict[int, None]] = {ROOT: {}}
        self.touched: dict[View, dict[int, None]] = {view: {} for view in View}
        self.deleted: set[int] = set()
        self.uploads = 0
        self._titles: dict[str, dict[int, None]] = {}
        self._used: set[int] = set()
        self._ids = ids
        self._choices = choices

    def copy(self) -> Tree:
        """An independent copy, but for the source of ids, which is shared."""
        other = Tree(self._ids, self._choices)
        other.items = dict(self.items)
        other.stacks = dict(self.stacks)
        other.children = {parent: dict(children) for parent, children in self.children.items()}
        other.deleted = set(self.deleted)
        other.uploads = self.uploads
        other._titles = {title: dict(stacks) for title, stacks in self._titles.items()}
        other._used = set(self._used)
        return other

    # -- looking

    def titled(self, title: str) -> Iterator[Stack]:
        """The stacks of exactly this title, which is not empty; the smallest id first."""
        return (self.stacks[stackid] for stackid in sorted(self._titles.get(title, ())))

    def is_listed(self, view: View, asked: int) -> bool:
        """Whether a view's delta tells of this id."""
        item, stack = self.items.get(asked), self.stacks.get(asked)
        if item is not None:
            return item.stack is not None
        if stack is None:
            return False
        return stack.is_folder if view is View.DRAFT else self._choices.leaves_listed or stack.item is None

    def depth(self, stackid: int) -> int:
        """How many stacks contain this one."""
        depth = 0
        while (stackid := self.stacks[stackid].parent) != ROOT:
            depth += 1
        return depth

    def contains(self, outer: int, inner: int) -> bool:
        """Whether `inner` is `outer`, or in it at any depth."""
        while inner not in (outer, ROOT):
            inner = self.stacks[inner].parent
        return inner == outer

    # -- changing

    def new_id(self) -> int:
        """An id that nothing in this stash ever had."""
        while (drawn := self._ids()) in self._used or drawn == ROOT:
            pass
        self._used.add(drawn)
        return drawn

    def reserve(self, used: int) -> None:
        """Never draw this id again."""
        self._used.add(used)

    def upload_title(self) -> str:
        """The next title of an automatic stack: `Sta.sh Uploads N` with an unused N."""
        while True:
            self.uploads += 1
            title = f"Sta.sh Uploads {self.uploads}"
            if title not in self._titles:
                return title

    def add_stack(self, parent: int, title: str) -> int:
        """A new empty stack, last in its parent. Gives its id."""
        stackid = self.new_id()
        self.insert(Stack(id=stackid, parent=parent, title=title, position=self._next_position(parent)))
        self._touch(stackid, parent)
        return stackid

    def insert(self, stack: Stack) -> None:
        """Take a stack in as it is, without a change to tell; siblings in the order of their positions."""
        self.stacks[stack.id] = stack
        self.children.setdefault(stack.id, {})
        self.children.setdefault(stack.parent, {})[stack.id] = None
        if stack.title:
            self._titles.setdefault(stack.title, {})[stack.id] = None
        self._used.add(stack.id)

    def put(self, item: Item) -> None:
        """Set an item as it is now; its leaf, if it has one, holds it."""
        self.items[item.id] = item
        self._touch(item.id)
        if item.stack is not None and self.stacks[item.stack].item != item.id:
            self.stacks[item.stack] = replace(self.stacks[item.stack], item=item.id)
            self._touch(item.stack)

    def open(self, stackid: int) -> int | None:
        """Let a stack hold stacks: its item, if it has one, gets a new leaf in it. Gives that leaf's id."""
        stack = self.stacks[stackid]
        itemid = stack.item
        if itemid is None:
            return None
        self.stacks[stackid] = replace(stack, item=None)
        self._touch(stackid, stack.parent)
        leaf = self.add_stack(stackid, "")
        self.put(replace(self.items[itemid], stack=leaf))
        return leaf

    def place(self, stackid: int, parent: int) -> None:
        """Move a stack, with all it holds, to the end of another; what it leaves empty is pruned."""
        stack = self.stacks[stackid]
        del self.children[stack.parent][stackid]
        self.stacks[stackid] = replace(stack, parent=parent, position=self._next_position(parent))
        self.children[parent][stackid] = None
        self._touch(stackid, parent)
        self._touch_moved_item(stack.item)
        self._prune(stack.parent)

    def retitle(self, stackid: int, title: str) -> None:
        """Give a stack another title; none of its own changes nothing."""
        stack = self.stacks[stackid]
        if stack.title == title:
            return
        self._forget_title(stack)
        self.stacks[stackid] = replace(stack, title=title)
        if title:
            self._titles.setdefault(title, {})[stackid] = None
        self._touch(stackid)
        refolded = stack.is_folder != self.stacks[stackid].is_folder
        if refolded or not self._choices.leaves_listed:  # of a leaf that is not listed only its item tells
            self._touch_moved_item(stack.item)
        if refolded:
            self._touch(stack.parent)

    def describe(self, stackid: int, description: str | None) -> None:
        """Give a stack another description."""
        if self.stacks[stackid].description != description:
            self.stacks[stackid] = replace(self.stacks[stackid], description=description)
            self._touch(stackid)

    def reorder(self, stackid: int, position: int) -> None:
        """Put a stack at this index among its siblings, which are counted anew."""
        siblings = self.children[self.stacks[stackid].parent]
        order = [sibling for sibling in siblings if sibling != stackid]
        order.insert(position, stackid)
        siblings.clear()
        for index, sibling in enumerate(order):
            siblings[sibling] = None
            if self.stacks[sibling].position != index:
                self.stacks[sibling] = replace(self.stacks[sibling], position=index)
                self.touched[View.V1][sibling] = None

    def vacate(self, leaf: int) -> None:
        """Take the item out of its leaf; the leaf goes if it is automatic."""
        self.stacks[leaf] = replace(self.stacks[leaf], item=None)
        self._touch(leaf)
        self._prune(leaf)

    def forget(self, itemid: int) -> None:
        """Delete an item that no leaf holds any more."""
        del self.items[itemid]
        self.deleted.add(itemid)
        self._touch(itemid)

    # -- within

    def _prune(self, stackid: int) -> None:
        self._touch(stackid)
        while stackid != ROOT:
            stack = self.stacks[stackid]
            if stack.item is not None or self.children[stackid] or not is_automatic(stack.title):
                return
            self._forget_title(stack)
            del self.stacks[stackid], self.children[stackid], self.children[stack.parent][stackid]
            self._touch(stackid, stack.parent)
            stackid = stack.parent

    def _next_position(self, parent: int) -> int:
        last = next(reversed(self.children[parent]), None)
        return 0 if last is None else self.stacks[last].position + 1

    def _forget_title(self, stack: Stack) -> None:
        if stack.title:
            del self._titles[stack.title][stack.id]
            if not self._titles[stack.title]:
                del self._titles[stack.title]

    def _touch_moved_item(self, itemid: int | None) -> None:
        if itemid is not None:
            self.touched[View.DRAFT][itemid] = None
            if self._choices.moved_item_listed or not self._choices.leaves_listed:
                self.touched[View.V1][itemid] = None

    def _touch(self, *changed: int) -> None:
        for seen in self.touched.values():
            seen.update(dict.fromkeys(changed))
            seen.pop(ROOT, None)
