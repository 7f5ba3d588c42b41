"""What should happen to one item's content, all told: the tables, and what a person answered.

Law: a published item is never changed, moved or deleted; a deletion that a person rejected is undone on the side that
deleted. What was only taken for ours (W25) is proven by its content before it is replaced or deleted. No agreement
outlives its file's path: where another item's file is there now, what would only be left alone is forgotten. A person
whose file may have been other bytes than the agreed ones, as these were being placed, has not deleted the agreed ones.
"""

from __future__ import annotations

from syncd.core.model import Agreed, Direction
from syncd.core.state import Answer, State, World
from syncd.core.steps import subject
from syncd.core.verdicts import Here, There, Verdict, verdict


def judge(state: State, world: World) -> Verdict:
    """What follows for the item."""
    if state.unmet:
        return Verdict.FETCH if state.remote else Verdict.WAIT
    what = verdict(world.direction, state.here, state.there, agreed=state.agreed is not None)
    if not state.agreed:
        return what
    if state.agreed.released:
        return _released(state, what, world)
    if what in {Verdict.SEND, Verdict.DELETE_ITEM} and state.is_taken_for_ours:
        if state.remote and world.abilities.fetch:
            return Verdict.FETCH
        return Verdict.WAIT if world.abilities.list and not state.remote else what
    what = _as_answered(state, state.agreed, what, world)
    is_taken = state.here is Here.GONE and world.bytes_at(state.agreed.path) is not None
    return Verdict.FORGET if what is Verdict.LEAVE and is_taken else what


def _released(state: State, what: Verdict, world: World) -> Verdict:
    """One that is told as live again is mirrored again; that its file went in the meantime was no deletion."""
    if state.there not in {There.SAME, There.LOOK, There.CHANGED}:
        return what if what is Verdict.FORGET else Verdict.RELEASE
    if what is Verdict.DELETE_ITEM:
        return Verdict.LEAVE if world.direction is Direction.PUSH else Verdict.TAKE
    return what


def _as_answered(state: State, agreed: Agreed, what: Verdict, world: World) -> Verdict:
    """A rejected deletion, and one of what may have been other bytes, is undone on the side that deleted; one that the
    remote cannot carry out is left alone."""
    if what is Verdict.DELETE_ITEM:
        is_others = world.placing(agreed.id) not in {None, agreed.sha256}
        if is_others or world.answers.get(subject("remote", agreed)) is Answer.REJECT:
            return Verdict.TAKE if state.remote else Verdict.WAIT
        return what if world.abilities.delete else Verdict.LEAVE
    if what is Verdict.DELETE_FILE and world.answers.get(subject("local", agreed)) is Answer.REJECT:
        return Verdict.FORGET if state.there is There.DELETED else Verdict.WAIT
    return what
