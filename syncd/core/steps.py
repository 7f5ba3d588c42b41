"""What a step of one item can be, and what the steps of one plan share.

Law: at most one step an item. What is no action says why: it waits, is left alone, or asks a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.actions import ItemAction
from syncd.core.model import Agreed, Item
from syncd.core.places import Places
from syncd.core.sending import Targets
from syncd.core.state import State, World
from syncd.core.verdicts import There


@dataclass(frozen=True, slots=True)
class Waiting:
    """This cannot go on yet."""

    path: str
    itemid: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Left:
    """This is left alone; `reason` is the word that `status` counts it by."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """This wants a person's word first. An answer binds to `subject`."""

    kind: str
    subject: str
    step: ItemAction
    reason: str


Step = ItemAction | Waiting | Left | Asked

LIVE = frozenset({There.SAME, There.LOOK, There.CHANGED, There.UNSEEN})


@dataclass(frozen=True, slots=True)
class Scene:
    """What the steps of one plan share: the world, and who was given which path and target."""

    world: World
    places: Places
    targets: Targets


def label(state: State) -> str:
    """The path that people know the item by; for one that never was here, its title."""
    if state.local:
        return state.local.path
    if state.agreed:
        return state.agreed.path
    return state.remote.item.title if state.remote else ""


def item_of(state: State) -> Item:
    """The item as last told, or what we know of our own that has not been told yet."""
    if state.remote:
        return state.remote.item
    assert state.agreed
    return Item(state.agreed.id, state.agreed.title, None, state.agreed.version, state.agreed.extension)


def itemid_of(state: State) -> int | None:
    """The item's id, if it has one yet."""
    return state.agreed.id if state.agreed else state.remote.item.id if state.remote else None


def subject(side: str, agreed: Agreed) -> str:
    """What an answer about this deletion binds to: the item, the side, and the bytes."""
    return f"{side}:{agreed.id}:{agreed.sha256[:16]}"
