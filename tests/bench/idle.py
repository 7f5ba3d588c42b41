"""`python -m tests.bench.idle --items 100000 --seconds 300`: a daemon at rest, polled every minute.

The processor's time is counted in ticks of a hundredth of a second, so that a minute tells no less than 0.017 %.
"""

from __future__ import annotations

import time

from tests.bench.big import big
from tests.bench.daemon import Running, running
from tests.bench.figure import Figure, main

MIB = 2**20
QUIET_SECONDS = 10.0
MOST_ROUNDS = 60


def idle(items: int, seconds: float) -> list[Figure]:
    """What a daemon costs that has nothing to do."""
    made = big(items)
    with made.server(), running(made) as daemon:
        _come_to_rest(daemon)
        before, began = daemon.usage(), time.monotonic()
        time.sleep(seconds)
        after, took = daemon.usage(), time.monotonic() - began
    return [
        Figure("at rest: of one core", 100 * (after.cpu - before.cpu) / took, "%", 0.1),
        Figure("at rest: resident", after.resident / MIB, "MiB", 80e6 / MIB),
        Figure("at rest: of it shared with nobody", after.own / MIB, "MiB"),
        Figure("at rest: written to the disk", after.written - before.written, "bytes", 0),
    ]


def _come_to_rest(daemon: Running) -> None:
    """Waits for the first look at everything to end: until nothing is used for a while."""
    for _ in range(MOST_ROUNDS):
        before = daemon.usage()
        time.sleep(QUIET_SECONDS)
        after = daemon.usage()
        if after.cpu - before.cpu < 0.05 and after.written == before.written:
            return
    raise TimeoutError("the daemon does not come to rest")


if __name__ == "__main__":
    main(idle)
