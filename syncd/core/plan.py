"""The plan: what to do, from what was seen and what a person decided.

Law: `plan` is a pure function of its arguments, and everything that decides is in core: the fate of content in
`verdicts` and `judge`, the following of renames in `match`, first meetings in `meeting`, names in `places`, targets in
`sending`, single steps in `moving` and `content`, the brake in `guard`. A plan holds at most one action an item; what
is left shows in the next one, made from what is then seen.
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
from syncd.core.judge import judge
from syncd.core.match import match
from syncd.core.meeting import meet
from syncd.core.model import Direction
from syncd.core.moving import destination, leaving, place_step
from syncd.core.places import Places
from syncd.core.sending import Targets
from syncd.core.state import Answer, State, World
from syncd.core.steps import Asked, Left, Scene, Step, Waiting, subject
from syncd.core.verdicts import Here, There, Verdict

_ORDER: tuple[type[ItemAction], ...] = (
    Forget,
    Follow,
    Adopt,
    Retitle,
    MoveItem,
    DeleteItem,
    DeleteFile,
    MoveFile,
    Conflict,
    Download,
    Replace,
    Upload,
)
"""An order within a cycle that works (guarantees.md, section 5): names are given after the deletions."""


_REMOVALS = frozenset({Verdict.DELETE_ITEM, Verdict.DELETE_FILE})


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
    """`actions` in an order that works; what is `held`; what is `waiting`, and why; what is `left` alone, and why.
    `settled`: the states about which there is nothing to say until something about them changes; `unsettled`: the ids
    of the other agreed items."""

    actions: tuple[ItemAction, ...] = ()
    held: tuple[Held, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    left: tuple[Left, ...] = ()
    settled: tuple[State, ...] = field(default=(), compare=False)
    unsettled: tuple[int, ...] = field(default=(), compare=False)

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

    def add(self, step: Step) -> None:
        match step:
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
    writes_here = world.direction is not Direction.PUSH
    matched = match(
        sorted(states, key=_order), writes_here=writes_here, placed=world.placed, complete=not world.incomplete
    )
    found = [_veiled(state, world) for state in matched]
    joined = sorted(meet(found, world), key=_order)
    judged = [(state, judge(state, world)) for state in joined]
    held, allowed = _brake(judged, world, deletions)
    scene = Scene(
        world, _places(judged, allowed, world), Targets(world, leaving([state for state, _what in judged], world))
    )
    done = _Sorted(actions=list(allowed))
    settled, unsettled = [], []
    for state, what in judged:
        steps = _steps(state, what, scene) if what not in _REMOVALS else []
        for step in steps:
            done.add(step)
        if what not in _REMOVALS and _is_settled(state, steps):
            settled.append(state)
        elif state.agreed:
            unsettled.append(state.agreed.id)
    held += [Held(guard.hold_id(a.kind, [a.subject]), a.kind, a.reason, (a.subject,), (a.step,)) for a in done.asked]
    turns = {itemid: turn for turn, itemid in enumerate(scene.places.moves)}
    done.actions.sort(key=lambda a: (_ORDER.index(type(a)), turns[a.agreed.id] if isinstance(a, MoveFile) else 0))
    return Plan(
        tuple(done.actions), tuple(held), tuple(done.waiting), tuple(done.left), tuple(settled), tuple(unsettled)
    )


def _steps(state: State, what: Verdict, scene: Scene) -> list[Step]:
    place = place_step(state, scene)
    content = content_step(state, what, scene) if place is None or isinstance(place, Left) else None
    return [step for step in (place, content) if step is not None]


def _is_settled(state: State, steps: list[Step]) -> bool:
    """Whether nothing is left to do or say. A new file that is left alone may yet meet an item, so it is not; nor is an
    item whose file is elsewhere than agreed: seen without it, in a later plan, the item would seem to have lost it."""
    fresh = state.agreed is None and state.local is not None
    if state.agreed and state.local and state.local.path != state.agreed.path:
        return False
    return not steps or (not fresh and all(isinstance(step, Left) for step in steps))


def _veiled(state: State, world: World) -> State:
    """Of what is ignored, nothing is concluded and nothing is done; nor of an item whose file may be the one that we
    were placing, under whatever name that comes to rest."""
    if state.agreed and state.local is None and world.being_placed(state.agreed.id):
        return replace(state, hidden=True)
    path = state.local.path if state.local else state.agreed.path if state.agreed else None
    return replace(state, hidden=True) if path is not None and world.ignored(path) else state


def _order(state: State) -> tuple[int, int, str]:
    """By id; then new files, those in shallow directories first, so that a folder is made before those in it."""
    itemid = state.agreed.id if state.agreed else state.remote.item.id if state.remote else 0
    path = state.local.path if state.local else ""
    return (0, itemid, path) if itemid else (1, path.count("/"), path)


def _subject(step: DeleteItem | DeleteFile) -> str:
    return subject("remote" if isinstance(step, DeleteItem) else "local", step.agreed)


def _is_free(step: DeleteItem | DeleteFile, world: World) -> bool:
    """A deletion that the brake does not count: one of a moved item's old self, or a confirmed one."""
    return step.agreed.superseded or world.answers.get(_subject(step)) is Answer.CONFIRM


def _brake(
    judged: Sequence[tuple[State, Verdict]], world: World, deletions: Deletions
) -> tuple[list[Held], list[DeleteItem | DeleteFile]]:
    """Which deletions are held, a side at a time, and which may go on."""
    removals = [deletion(state, what) for state, what in judged if what in _REMOVALS]
    ours = [state for state, _what in judged if state.agreed and not state.agreed.superseded]
    gone_here = sum(state.here is Here.GONE for state in ours)
    gone_there = sum(state.there in {There.DELETED, There.UNSURE} for state in ours)
    held, allowed = [], []
    for kind, side, recent, gone in (
        (DeleteItem, "delete-remote", deletions.recent_there, gone_here),
        (DeleteFile, "delete-local", deletions.recent_here, gone_there),
    ):
        steps = [step for step in removals if isinstance(step, kind)]
        free = [step for step in steps if _is_free(step, world)]
        braked = [step for step in steps if not _is_free(step, world)]
        sizes = Side(recent, len(braked), deletions.agreed, deletions.agreed_now, deletions.agreed_now - gone)
        why = guard.brakes(deletions.brake, sizes)
        if why:
            subjects = tuple(_subject(step) for step in braked)
            held.append(Held(guard.hold_id(side, subjects), side, why, subjects, tuple(braked)))
        allowed += free if why else steps
    return held, allowed


def _places(
    judged: Sequence[tuple[State, Verdict]], allowed: Iterable[DeleteItem | DeleteFile], world: World
) -> Places:
    ending = {step.agreed.id for step in allowed} | {
        state.agreed.id for state, what in judged if state.agreed and not state.local and what is Verdict.FORGET
    }
    going = [(step.file.path, step.agreed.id) for step in allowed if isinstance(step, DeleteFile)]
    located: list[tuple[str, int | None]] = []
    wants: dict[int, str] = {}
    for state, _what in judged:
        agreed, local = state.agreed, state.local
        if state.hidden or not agreed:
            path_here = local.path if local else agreed.path if agreed else None
            located += [(path_here, agreed.id if agreed else None)] if path_here is not None else []
            continue
        if agreed.id in ending or (local and local.path != agreed.path):
            going.append((agreed.path, agreed.id))
        if local and agreed.id not in ending:
            located.append((local.path, agreed.id))
        if path := destination(state, world):
            wants[agreed.id] = path
    return Places(world, going, located, wants)
