"""How v1's stacks are made to look like folders: a new one put in its place, an item taken out of one.

Law: nothing of another folder's is ever moved along. v1 moves stacks, not items, so before a stack is moved it is
known to hold nothing but the item in question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from syncd.core.model import Folder, Make
from syncd.remotes.stash.base import applied
from syncd.remotes.stash.v1_wire import is_automatic


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it is now, and how many stacks or items it holds."""

    folder: Folder
    size: int


class Move(Protocol):
    """Moves a stack under another, or to the root; answers the stack that it is in now."""

    def __call__(self, stack: int, parent: int | None, /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Stacks:
    """The three requests that it takes."""

    look: Callable[[int], Stack]
    move: Move
    rename: Callable[[int, str], None]

    def settle(self, made: Make, answered: int, leaf: int) -> int:
        """Puts the stack that a submission made in its place, and gives it: the user's folder of the new item.

        `answered` is the stack that the submission named, which may be the item's own `leaf`.
        """
        stack = self.look(answered)
        if is_automatic(stack.folder.title) and stack.folder.parent is not None:
            stack = self.look(stack.folder.parent)
        if made.parent is None or stack.folder.parent == made.parent:
            return stack.folder.id
        if stack.size > 1 or stack.folder.parent is not None:
            # The server put the item into another stack of that title, which must stay where it is: the item's own
            # leaf, under the new parent and with the title, is a folder of its own.
            self.move(leaf, made.parent)
            self.rename(leaf, made.title)
            return leaf
        self.move(stack.folder.id, made.parent)
        return stack.folder.id

    def take_out(self, itemid: int, leaf: int, parent: int | None) -> int | None:
        """Moves an item to a folder, or the root; gives the folder.

        A leaf with a title of its own is the user's folder, which holds nothing else: it becomes the item's wrapper.
        """
        if parent == leaf:
            return leaf
        stack = self.look(leaf)
        landed = parent if stack.folder.parent == parent else self.move(leaf, parent)
        if not is_automatic(stack.folder.title):
            with applied(itemid):
                self.rename(leaf, f"Sta.sh Uploads {itemid}")
        return landed
