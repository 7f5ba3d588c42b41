"""What is new waits while something of its bytes may be about to turn up on this disk (guarantees W29, W31).

Law: waiting is bounded; a file that never comes to rest holds nobody up for longer than `PATIENCE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.core.model import Agreed
from syncd.core.state import State
from syncd.engine.mirror import Mirror

PATIENCE = 60.0


def await_quiet(mirror: Mirror, states: Sequence[State]) -> list[State]:
    """The states, some of them hidden or held back for a moment: a new file while one of its bytes went missing just
    now (it may be that one, renamed); at the first meeting whatever is new, while a file that may be one of the new
    items is not quiet."""
    sizes = _restless_sizes(mirror) if mirror.store.facts.get("met") is None else frozenset()
    late = {s.remote.item.id for s in states if s.remote and not s.agreed and _fits(s.remote.item.size, sizes)}
    gone = {s.agreed.sha256 for s in states if s.agreed and _is_missing(mirror, s)}
    gone |= {row.sha256 for path in mirror.eyes.missing for row in _agreed_below(mirror, path)}
    return [_awaiting(state, gone, late) for state in states]


def _agreed_below(mirror: Mirror, path: str) -> list[Agreed]:
    agreed = mirror.store.agreed.at(path)
    return [agreed] if agreed else mirror.store.agreed.under(path)


def _is_missing(mirror: Mirror, state: State) -> bool:
    """Whether the file is gone, and it is too early to say so."""
    path = state.agreed.path if state.agreed else ""
    return state.hidden and state.local is None and not mirror.store.local.is_hidden(path)


def _fits(size: int | None, sizes: frozenset[int]) -> bool:
    return bool(sizes) and (size is None or size in sizes)


def _restless_sizes(mirror: Mirror) -> frozenset[int]:
    now = mirror.clock.steady()
    waiting = [r for r in mirror.eyes.restless.values() if now - r.begun < PATIENCE]
    return frozenset(restless.fingerprint.size for restless in waiting)


def _awaiting(state: State, gone: set[str], late: set[int]) -> State:
    if state.agreed is not None:
        return state
    if state.remote is not None:
        waits = state.remote.item.id in late
        return replace(state, remote=replace(state.remote, held_back=True)) if waits else state
    waits = bool(late) or (state.local is not None and state.local.sha256 in gone)
    return replace(state, hidden=True) if waits else state
