"""A daemon at rest with 100,000 items, polled every minute.

The processor's time is counted in ticks of a hundredth of a second, so that a minute tells no less than 0.017 %: for a
figure that says more, watch it for longer (`--seconds 300`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.daemon import Running, Usage, running
from tests.bench.filling import Recipe
from tests.bench.options import Options
from tests.bench.row import Found, Row, at_most
from tests.bench.settled import settled

MEGABYTE = 1e6
QUIET_SECONDS = 10.0
MOST_ROUNDS = 60


def idle(options: Options) -> Iterator[Found]:
    """What a daemon costs that has nothing to do."""
    items = options.items(100_000)
    with settled("settled", Recipe(items)) as made, running(made) as daemon:
        _come_to_rest(daemon)
        watched = [_watched(daemon, options.seconds) for _ in range(options.pairs)]
    name = f"idle, {items:,} items, 60 s poll"
    share = tuple(100 * (after.cpu - before.cpu) / took for before, after, took in watched)
    yield Row(name=f"{name}: of a core", unit="%", ours=share, bound=at_most(0.1))
    resident = tuple(after.resident / MEGABYTE for _, after, _ in watched)
    own = watched[-1][1].own / MEGABYTE
    yield Row(
        name=f"{name}: resident", unit="MB", ours=resident, bound=at_most(80), note=f"{own:.0f} MB shared with nobody"
    )
    written = tuple(float(after.written - before.written) for before, after, _ in watched)
    yield Row(name=f"{name}: written", unit="bytes", ours=written, bound=at_most(0))


def _watched(daemon: Running, seconds: float) -> tuple[Usage, Usage, float]:
    before, began = daemon.usage(), time.monotonic()
    time.sleep(seconds)
    return before, daemon.usage(), time.monotonic() - began


def _come_to_rest(daemon: Running) -> None:
    """Waits for the first look at everything to end: until nothing is used for a while."""
    for _ in range(MOST_ROUNDS):
        before = daemon.usage()
        time.sleep(QUIET_SECONDS)
        after = daemon.usage()
        if after.cpu - before.cpu < 0.05 and after.written == before.written:
            return
    raise TimeoutError("the daemon does not come to rest")
