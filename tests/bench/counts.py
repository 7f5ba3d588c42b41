"""`python -m tests.bench.counts`: what work costs in requests, SQLite's own steps and rows, the same on every machine.

A mirror of few items and one of many do the same things; what is done must not depend on how many there are. These are
the figures of `make bench-check`: they are counts, so that no other load changes them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syncd.remotes.stash.base import Stash
from tests.bench.figure import Figure, main
from tests.bench.filling import Recipe, fill
from tests.engine.desks import CHANGING, Desk, desk

FEW, MANY = 40, 800
RENAMED = 50


@dataclass(slots=True)
class Cost:
    """What some work cost: requests by endpoint, SQLite's steps, changed rows, and bytes of files."""

    requests: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    rows: int = 0
    bytes: int = 0

    @property
    def changing(self) -> int:
        """Requests that may change something there."""
        return sum(count for endpoint, count in self.requests.items() if endpoint in CHANGING)


def counts(_items: int, _seconds: float) -> list[Figure]:
    """The costs of a first mirror, of nothing, of one change, and of a renamed directory; in both dialects."""
    return [figure for dialect in ("draft15", "v1") for figure in _of_dialect(dialect)]


def _of_dialect(dialect: str) -> Iterator[Figure]:
    with _mirror(dialect, FEW) as (small, first), _mirror(dialect, MANY) as (large, firsts):
        fetches = {"draft15": 1, "v1": 2}[dialect] * (MANY - FEW)
        more = sum(firsts.requests.values()) - sum(first.requests.values()) - fetches
        yield Figure(f"{dialect}: pages beyond the files, for {MANY - FEW} more", more, "requests", (MANY - FEW) / 50)
        idle, idles = (_cost(each, lambda: None) for each in (small, large))
        yield Figure(f"{dialect}: a poll that finds nothing", sum(idles.requests.values()), "requests", 1)
        yield Figure(f"{dialect}: a poll that finds nothing", idles.rows, "rows changed", 0)
        yield Figure(f"{dialect}: the same, {MANY} items to {FEW}", idles.steps / idle.steps, "times the steps", 1.2)
        again = _cost(large, lambda: None, true_up=True)
        yield Figure(f"{dialect}: a true-up that finds nothing", again.changing + again.bytes, "requests and bytes", 0)
        one, ones = (_cost(each, lambda each=each: _edit(each)) for each in (small, large))  # type: ignore[misc]
        yield Figure(f"{dialect}: an edited file", ones.changing, "changing requests", 1)
        yield Figure(f"{dialect}: the same, {MANY} items to {FEW}", ones.steps / one.steps, "times the steps", 1.2)
        renamed = _cost(large, lambda: _rename(large))
        yield Figure(f"{dialect}: a directory of {RENAMED} renamed", renamed.changing, "changing requests", 1)
        yield Figure(f"{dialect}: a directory of {RENAMED} renamed", renamed.bytes, "bytes of files", 0)


@contextmanager
def _mirror(dialect: str, items: int) -> Iterator[tuple[Desk, Cost]]:
    """A mirror of so many items, settled; and what the first mirror cost."""
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder), dialect) as one:
        fill(one.serving.vault, one.serving.login.user, Recipe(items, in_a_folder=RENAMED))
        first = _cost(one, one.mirror.eyes.lost)
        _cost(one, lambda: None, true_up=True)
        yield one, first


def _cost(one: Desk, change: Callable[[], object], *, true_up: bool = False) -> Cost:
    """What it costs to settle after a change."""
    connection = one.mirror.store._connection._database
    cost, before = Cost(), one.remote.requests()
    rows, (up, down) = connection.total_changes, _transferred(one)
    change()

    def step() -> None:
        cost.steps += 1

    connection.set_progress_handler(step, 1)
    try:
        one.sync(true_up=true_up)
    finally:
        connection.set_progress_handler(None, 0)
    cost.requests = {name: count - before.get(name, 0) for name, count in one.remote.requests().items()}
    cost.rows = connection.total_changes - rows
    cost.bytes = sum(_transferred(one)) - up - down
    return cost


def _transferred(one: Desk) -> tuple[int, int]:
    """Bytes of files so far: up, down."""
    assert isinstance(one.remote, Stash)
    return one.remote.transferred()


def _edit(one: Desk) -> None:
    path = min(one.files())
    (one.folder / path).write_bytes(b"edited\n")
    one.mirror.eyes.mark({path})


def _rename(one: Desk) -> None:
    source = one.folder / max(one.directories())
    source.rename(one.folder / "Renamed")
    one.mirror.eyes.mark({source.name, "Renamed"})


if __name__ == "__main__":
    main(counts)
