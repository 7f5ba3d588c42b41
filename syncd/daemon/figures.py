"""What a mirror's metrics are made of, when somebody asks: read by index and from counters, never by looking through.

Law: it asks no remote, takes no lock and writes nothing; it costs the same whatever the mirror holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.config import MirrorSettings
from syncd.core.errors import SyncdError
from syncd.daemon.opening import Wiring, looking
from syncd.daemon.standing import Serving
from syncd.remotes.faces import Metered
from syncd.store.store import StoredBackoff


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database holds: items in step, published ones, bytes of files here, sets held, conflicts, failures."""

    items: int
    published: int
    bytes: int
    held: int
    conflicts: int
    failing: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One mirror at one moment; times are Unix seconds. `counts` is None if the database cannot be read. `answers`: by
    endpoint and status. `error`: the code of what keeps it from going on. `stands`: for how many seconds work that is
    under way has not moved."""

    name: str
    now: float
    counts: Counts | None
    answers: Mapping[tuple[str, str], int] = field(default_factory=dict)
    error: str | None = None
    paused: bool = False
    settled: bool = False
    last_poll: float | None = None
    next_poll: float | None = None
    throttled_until: float = 0.0
    stands: float = 0.0


def figures(settings: MirrorSettings, wiring: Wiring, serving: Serving, stands: float = 0.0) -> Figures:
    """The figures of a mirror that is served. Never raises a SyncdError."""
    live = serving.live
    remote: object = serving.remote
    until, _ = StoredBackoff(settings.state).load()
    return Figures(
        name=settings.name,
        now=wiring.clock.now(),
        counts=_counts(settings, wiring, serving),
        answers=remote.answers() if isinstance(remote, Metered) else {},
        error=live.error.code if live.error else None,
        paused=live.rest is not None,
        settled=live.quiet and live.error is None,
        last_poll=live.last_poll,
        next_poll=live.next_poll,
        throttled_until=until,
        stands=stands,
    )


def _counts(settings: MirrorSettings, wiring: Wiring, serving: Serving) -> Counts | None:
    try:
        with looking(settings, wiring, eyes=serving.eyes, remote=serving.remote) as mirror:
            store = mirror.store
            held, conflicts = store.decisions.counts()
            return Counts(
                items=store.agreed.count(),
                published=store.agreed.published(),
                bytes=store.local.totals()[1],
                held=held,
                conflicts=conflicts,
                failing=store.failures.count(),
            )
    except SyncdError:
        return None
