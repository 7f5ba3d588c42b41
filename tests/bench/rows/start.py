"""From the start of a daemon with 100,000 items to its first poll, beside importing the five fixed packages.

The poll is nginx's word: when its request began to arrive. Also: READY, as systemd would be told, and `syncd status`
with a daemon and without, for the bounds of docs/operations.md (of the processor: the rest is what others do).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.daemon import running, until
from tests.bench.filling import Recipe
from tests.bench.front import Front
from tests.bench.options import Options
from tests.bench.row import Found, Row, alternate, at_most
from tests.bench.settled import settled
from tests.bench.spent import Spent, spent
from tests.bench.world import World

FIXED = "import httpx, sqlite_utils, apscheduler.schedulers.background, watchdog.observers, structlog"


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds to the first poll and to READY; the processor's to READY; `syncd status` with and without it."""

    poll: float
    ready: float
    ready_cpu: float
    status: Spent
    alone: Spent


def start(options: Options) -> Iterator[Found]:
    """Of a daemon, again and again."""
    items = options.items(100_000)
    with settled("settled", Recipe(items)) as made, made.behind_nginx() as nginx:
        turns = alternate(options.pairs, lambda: _start(made, nginx), lambda: _import(made))
    yield Row(
        name=f"start to first poll, {items:,} items",
        unit="s",
        ours=tuple(started.poll for started, _ in turns),
        yardstick=tuple(imported.wall for _, imported in turns),
        against="python -c 'import' the five fixed packages",
        bound=at_most(3.0),
    )
    name, started = f"{items:,} items", [started for started, _ in turns]
    yield Row(name=f"start to READY, {name}", unit="s", ours=tuple(each.ready for each in started))
    cpu = tuple(each.ready_cpu for each in started)
    yield Row(name=f"start to READY, {name}: CPU", unit="s", ours=cpu, bound=at_most(2.0))
    status = tuple(each.status.cpu for each in started)
    yield Row(name=f"syncd status, {name}: CPU", unit="s", ours=status, bound=at_most(0.7))
    alone = tuple(each.alone.cpu for each in started)
    yield Row(name=f"syncd status without a daemon, {name}: CPU", unit="s", ours=alone)


def _start(made: World, nginx: Front) -> Started:
    before = len(_polls(nginx))
    with running(made) as daemon:
        until(lambda: len(_polls(nginx)) > before, pause=0.02)
        first = _polls(nginx)[before] - daemon.began
        status = made.spent("status")
        daemon.end()
    return Started(first, daemon.ready, daemon.cpu_ready, status, made.spent("status"))


def _polls(nginx: Front) -> list[float]:
    return [at for at, _, path in nginx.requests() if path.endswith("/stash/delta")]


def _import(made: World) -> Spent:
    return spent([sys.executable, "-c", FIXED], made.environ, made.path / "output")
