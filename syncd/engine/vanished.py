"""Look up what the remote no longer tells: was it deleted, was it published, or is it there?

Law: one by one, before anything is concluded (W24). When so many vanish that the brake would hold the deletion of their
files, only after a person's word (W18); but nothing is left to a person of which a plan would ask nobody.
"""

from __future__ import annotations

from syncd.core import guard
from syncd.core.guard import Side
from syncd.core.match import match
from syncd.core.model import Direction
from syncd.core.steps import subject
from syncd.core.verdicts import Here
from syncd.engine.asking import ask
from syncd.engine.look_there import record_reading
from syncd.engine.mirror import Mirror
from syncd.engine.planning import deletions
from syncd.engine.traces import Traces


def look_up_vanished(mirror: Mirror) -> None:
    """Asks what became of agreed items that vanished, unless so many did that a person is asked first."""
    unsure = mirror.store.states.unsure()
    if not unsure or not mirror.remote.abilities.read:
        return
    # On a mirror that pushes nothing goes here by what they say, so nothing is held, and nobody would be asked.
    held = _to_be_held(mirror, unsure) if mirror.policy.direction is not Direction.PUSH else set()
    for itemid, found in ask(mirror, (itemid for itemid in unsure if itemid not in held)).items():
        record_reading(mirror, itemid, found)


def _to_be_held(mirror: Mirror, unsure: list[int]) -> set[int]:
    """Those whose file the brake would hold, and of which no person has said anything yet."""
    going = _at_home(mirror).intersection(unsure)
    counted = deletions(mirror)
    left = counted.agreed_now - len(going)
    sizes = Side(counted.recent_here, len(going), counted.agreed, counted.agreed_now, left)
    if not guard.brakes(counted.brake, sizes):
        return set()
    answers = mirror.store.decisions.answers()
    rows = filter(None, map(mirror.store.agreed.item, going))
    return {row.id for row in rows if subject("local", row) not in answers}


def _at_home(mirror: Mirror) -> set[int]:
    """The items that may differ and whose file is as agreed; as a plan sees it, for which the file at an item's path
    may be another's."""
    states, _ = mirror.store.states.changed(mirror.eyes, most=1)
    matched = match(states, placed=Traces(mirror).placed)
    return {state.agreed.id for state in matched if state.agreed and state.here is Here.SAME}
