"""The plan: what to do, from what was seen and what a person decided.

Law: `plan` is a pure function of its arguments, and everything that decides is in core: the fate of content in
`verdicts`, the following of renames in `match`, first meetings in `meeting`, names in `places`, targets in `sending`,
single steps in `steps`, the brake in `guard`. A plan holds at most one action an item; what is left shows in the next
one, made from what is then seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from syncd.core import guard
from syncd.core.actions import (
    Adopt,
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Follow,
    Forget,
    ItemAction,
    MoveFile,
    MoveItem,
    Replace,
    Retitle,
    Upload,
)
from syncd.core.content import content_step, deletion
from syncd.core.guard import Brake, Side
from syncd.core.match import match
from syncd.core.meeting import meet
from syncd.core.moving import place_step
from syncd.core.places import Places, is_displaced, wanted_path
from syncd.core.sending import Targets
from syncd.core.state import Answer, State, World
from syncd.core.steps import LIVE, Asked, Left, Scene, Step, Waiting, subject
from syncd.core.verdicts import Here, There, Verdict, verdict

_ORDER: tuple[type[ItemAction], ...] = (
    Forget,
    Follow,
    Adopt,
    Retitle,
    MoveItem,
    MoveFile,
    DeleteItem,
    DeleteFile,
    Conflict,
    Download,
    Replace,
    Upload,
)
"""An order within a cycle that works (guarantees.md, section 5)."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """What the brake needs to know of each side: deletions done within the last hour, how many items were agreed (when
    that hour began, or now if those are more), and how many are agreed now."""

    brake: Brake
    recent_here: int = 0
    recent_there: int = 0
    agreed: int = 0
    agreed_now: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A set that waits for a person, as one; answers bind to `subjects`."""

    id: str
    kind: str
    reason: str
    subjects: tuple[str, ...]
    steps: tuple[ItemAction, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`actions` in an order that works; what is `held`; what is `waiting`, and why; what is `left` alone, and why."""

    actions: tuple[ItemAction, ...] = ()
    held: tuple[Held, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def ignored(self) -> Counter[str]:
        """How many are left alone, by reason."""
        return Counter(left.reason for left in self.left)


@dataclass(slots=True)
class _Sorted:
    """The steps of a plan, by what they are."""

    actions: list[ItemAction] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def add(self, step: Step | None) -> None:
        match step:
            case None:
                return
            case Waiting():
                self.waiting.append(step)
            case Left():
                self.left.append(step)
            case Asked():
                self.asked.append(step)
            case _:
                self.actions.append(step)


def plan(states: Sequence[State], world: World, deletions: Deletions) -> Plan:
    """What to do about these items. Repeatable; the order of the states does not matter."""
    joined = meet(match(sorted(states, key=_order)), world)
    judged = [(state, _judge(state, world)) for state in sorted(joined, key=_order)]
    removals = [(s, deletion(s, what)) for s, what in judged if what in {Verdict.DELETE_ITEM, Verdict.DELETE_FILE}]
    held, allowed = _brake([step for _, step in removals], world, deletions)
    scene = Scene(world, _places(judged, allowed, world), Targets(world))
    done = _Sorted(actions=list(allowed))
    for state, what in judged:
        if what not in {Verdict.DELETE_ITEM, Verdict.DELETE_FILE}:
            done.add(place_step(state, scene) or content_step(state, what, scene))
    held += [Held(guard.hold_id(a.kind, [a.subject]), a.kind, a.reason, (a.subject,), (a.step,)) for a in done.asked]
    done.actions.sort(key=lambda action: _ORDER.index(type(action)))
    return Plan(tuple(done.actions), tuple(held), tuple(done.waiting), tuple(done.left))


def _order(state: State) -> tuple[int, int, str]:
    """By id; then new files, those in shallow directories first, so that a folder is made before those in it."""
    itemid = state.agreed.id if state.agreed else state.remote.item.id if state.remote else 0
    path = state.local.path if state.local else ""
    return (0, itemid, path) if itemid else (1, path.count("/"), path)


def _judge(state: State, world: World) -> Verdict:
    agreed = state.agreed
    if agreed and not state.hidden and world.ignored(agreed.path):
        state = replace(state, hidden=True)
    if state.unmet:
        return Verdict.FETCH if state.remote else Verdict.WAIT
    if agreed and agreed.superseded:
        gone = state.there in {There.DELETED, There.PUBLISHED, There.UNSURE}
        return Verdict.FORGET if gone else Verdict.DELETE_ITEM
    what = verdict(world.direction, state.here, state.there, agreed=agreed is not None)
    if agreed and agreed.released and what is not Verdict.FORGET:
        return Verdict.RELEASE if state.there not in {There.SAME, There.LOOK, There.CHANGED} else what
    return _as_answered(state, what, world)


def _as_answered(state: State, what: Verdict, world: World) -> Verdict:
    """A rejected deletion is undone on the side that deleted; one that the remote cannot carry out is left alone."""
    agreed = state.agreed
    if agreed and what is Verdict.DELETE_ITEM:
        if world.answers.get(subject("remote", agreed)) is Answer.REJECT:
            return Verdict.TAKE if state.remote else Verdict.WAIT
        return what if world.abilities.delete else Verdict.LEAVE
    if agreed and what is Verdict.DELETE_FILE and world.answers.get(subject("local", agreed)) is Answer.REJECT:
        return Verdict.FORGET if state.there is There.DELETED else Verdict.WAIT
    return what


def _subject(step: DeleteItem | DeleteFile) -> str:
    return subject("remote" if isinstance(step, DeleteItem) else "local", step.agreed)


def _is_free(step: DeleteItem | DeleteFile, world: World) -> bool:
    """A deletion that the brake does not count: one of a moved item's old self, or a confirmed one."""
    return step.agreed.superseded or world.answers.get(_subject(step)) is Answer.CONFIRM


def _brake(
    removals: list[DeleteItem | DeleteFile], world: World, deletions: Deletions
) -> tuple[list[Held], list[DeleteItem | DeleteFile]]:
    """Which deletions are held, a side at a time, and which may go on."""
    held, allowed = [], []
    for kind, side, recent in (
        (DeleteItem, "delete-remote", deletions.recent_there),
        (DeleteFile, "delete-local", deletions.recent_here),
    ):
        steps = [step for step in removals if isinstance(step, kind)]
        free = [step for step in steps if _is_free(step, world)]
        braked = [step for step in steps if not _is_free(step, world)]
        sizes = Side(recent, len(braked), deletions.agreed, deletions.agreed_now, deletions.agreed_now - len(steps))
        why = guard.brakes(deletions.brake, sizes)
        if why:
            subjects = tuple(_subject(step) for step in braked)
            held.append(Held(guard.hold_id(side, subjects), side, why, subjects, tuple(braked)))
        allowed += free if why else steps
    return held, allowed


def _moves_there(state: State, world: World) -> bool:
    assert state.agreed
    return state.renamed_there or state.moved_there or is_displaced(state.agreed, world)


def _places(judged: Sequence[tuple[State, Verdict]], allowed: Iterable[ItemAction], world: World) -> Places:
    going = [step.file.path for step in allowed if isinstance(step, DeleteFile)]
    located, wants = [], {}
    for state, _what in judged:
        if state.agreed and state.local and not state.agreed.superseded:
            located.append((state.local.path, state.agreed.id))
            path = wanted_path(state, world) if state.there in LIVE and state.here is not Here.HIDDEN else None
            if path is not None and path != state.local.path and _moves_there(state, world):
                wants[state.agreed.id] = path
    gone = {step.agreed.id for step in allowed}  # type: ignore[union-attr]
    return Places(world, going, [(path, i) for path, i in located if i not in gone], wants)
