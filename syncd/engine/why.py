"""Explains one path: which item it is, what each side holds, what would be done, and what was done."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.actions import ItemAction
from syncd.core.plan import plan
from syncd.core.state import State
from syncd.engine.describe import path_of, subject_of, word_of
from syncd.engine.mirror import Mirror
from syncd.engine.planning import deletions, world
from syncd.local.ignore import load_rules
from syncd.store.history import Done, Failure


@dataclass(frozen=True, slots=True)
class Why:
    """What is known about a path. `next`: (action word, reason) of what would be done now; `blocks`: why nothing is."""

    path: str
    state: State
    next: tuple[tuple[str, str], ...]
    blocks: tuple[str, ...]
    failure: Failure | None
    history: tuple[Done, ...]


def why(mirror: Mirror, path: str, *, limit: int = 10) -> Why:
    """Explains a path from what was last seen; asks neither side anew and changes nothing."""
    store = mirror.store
    if mirror.rules is None:
        mirror.rules = load_rules(mirror.root, mirror.policy.ignore)
    agreed = store.agreed.at(path)
    local = store.local.file(path)
    state = State(local=local)
    if agreed is not None:
        state = store.states.one(agreed.id, mirror.eyes) or State(agreed, local)
    made = plan([state] if state.agreed or state.local else [], world(mirror), deletions(mirror))
    steps: list[ItemAction] = [*made.actions, *(step for held in made.held for step in held.steps)]
    blocks = [f"held ({held.id}): {held.reason}" for held in made.held]
    blocks += [waiting.reason for waiting in made.waiting]
    blocks += [left.reason for left in made.left]
    if store.local.is_hidden(path):
        blocks.append("left alone on this disk: " + ", ".join(sorted(_hidden_because(mirror, path))))
    failures = store.failures.every()
    subjects = [subject_of(step) for step in steps]
    failure = next((failures[subject] for subject in subjects if subject in failures), None)
    itemid = agreed.id if agreed else None
    return Why(
        path,
        state,
        tuple((word_of(step), f"{step.reason} ({path_of(step)})") for step in steps),
        tuple(blocks),
        failure,
        tuple(store.history.last(limit, path, itemid)),
    )


def _hidden_because(mirror: Mirror, path: str) -> set[str]:
    above, reasons = path, set()
    while above:
        parent = above.rpartition("/")[0]
        left = mirror.store.local.left_in(parent)
        if above in left:
            reasons.add(left[above].value)
        above = parent
    return reasons
