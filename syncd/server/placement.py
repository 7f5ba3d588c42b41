"""Where an item goes: the leaf a submission gets, and the way of an item between the folders that the drafts see.

Law: an item's wrapper is its own automatic leaf, so that v1 can move the item by moving the leaf; only where
`Choices.named_leaf` says so does a named stack hold an item itself.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.server.choices import Choices
from syncd.server.errors import UnknownStack
from syncd.server.model import ROOT, InStack, Item, NamedFolder, Place, Stack, is_automatic
from syncd.server.tree import Tree


def folder_titled(tree: Tree, title: str) -> Stack | None:
    """The folder that the drafts mean by this title: of several the one with the smallest id."""
    return next((stack for stack in tree.titled(title) if stack.is_folder), None)


def check(tree: Tree, place: Place | None) -> None:
    """Raise UnknownStack for a place that is not there."""
    if isinstance(place, InStack) and place.stackid not in tree.stacks:
        raise UnknownStack(place.stackid)


def new_leaf(tree: Tree, place: Place | None, choices: Choices) -> int:
    """The empty leaf for a new item, made with whatever stacks it takes. Gives its id."""
    if place is None:
        return tree.add_stack(ROOT, tree.upload_title())
    if isinstance(place, InStack):
        return _leaf_in(tree, place.stackid, choices)
    if isinstance(place, NamedFolder):
        found = folder_titled(tree, place.title)
    else:
        roots = (stack for stack in tree.titled(place.title) if stack.parent == ROOT)
        found = next(roots, None) if choices.stack_name_appends else None
    if found is not None:
        return _leaf_in(tree, found.id, choices)
    stackid = tree.add_stack(ROOT, place.title)
    return stackid if is_automatic(place.title) or choices.named_leaf else tree.add_stack(stackid, "")


def move_item(tree: Tree, item: Item, folder: Stack | None, place: InStack | NamedFolder) -> None:
    """Move an item that stands in `folder` to another one, made if there is none of that title."""
    if isinstance(place, InStack):
        target: Stack | None = tree.stacks[place.stackid]
    else:
        target = folder_titled(tree, place.title)
    if target is not None and target != folder:
        _move_into(tree, item, target.id)
    elif target is None and isinstance(place, NamedFolder):
        _move_to_new_folder(tree, item, place.title)


def _move_into(tree: Tree, item: Item, folderid: int) -> None:
    """Move an item that is not there yet into a folder."""
    assert item.stack is not None
    tree.open(folderid)
    leaf = tree.stacks[item.stack]
    if is_automatic(leaf.title):
        tree.place(leaf.id, folderid)
    else:
        _move_to_leaf(tree, item, tree.add_stack(folderid, ""))


def _move_to_new_folder(tree: Tree, item: Item, title: str) -> None:
    """Move an item into a new folder at the root; one with an automatic title is just the item's own leaf."""
    assert item.stack is not None
    leaf = tree.stacks[item.stack]
    if not is_automatic(title):
        _move_into(tree, item, tree.add_stack(ROOT, title))
    elif is_automatic(leaf.title):
        if leaf.parent != ROOT:
            tree.place(leaf.id, ROOT)
        tree.retitle(leaf.id, title)
    else:
        _move_to_leaf(tree, item, tree.add_stack(ROOT, title))


def _leaf_in(tree: Tree, stackid: int, choices: Choices) -> int:
    stack = tree.stacks[stackid]
    if choices.named_leaf and stack.item is None and not tree.children[stackid]:
        return stackid
    tree.open(stackid)
    return tree.add_stack(stackid, "")


def _move_to_leaf(tree: Tree, item: Item, leaf: int) -> None:
    assert item.stack is not None
    tree.vacate(item.stack)
    tree.put(replace(item, stack=leaf))
