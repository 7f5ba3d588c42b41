"""A warm poll that finds nothing: what a cycle of the engine costs beside one GET of the same answer by httpx."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx

from syncd.config import load
from syncd.daemon.credentials import tokens_of
from syncd.engine import Mirror
from syncd.engine.cycle import cycle
from syncd.remotes.kinds import KINDS
from tests.bench.filling import Recipe
from tests.bench.options import Options
from tests.bench.row import Found, Point, Row, alternate, at_most, spread
from tests.bench.settled import at, settled
from tests.bench.world import World

POLLS = 200
"""Polls in one turn: the processor's time of one is too short to be told."""
FEW, MANY = 100, 100_000


def poll(options: Options) -> Iterator[Found]:
    """With 100 items and with 100,000."""
    found = {size: _polled(options, size) for size in (FEW, *_between(options), options.items(MANY))}
    few, many = found[FEW], found[options.items(MANY)]
    yield from (few, many)
    middle = spread(few.ours).middle
    yield Row(
        name=f"warm poll, {options.items(MANY):,} items to {FEW}",
        unit="ms",
        ours=many.ours,
        yardstick=(middle,) * len(many.ours),
        against=f"the same poll with {FEW} items (median)",
        bound=at_most(1.2),
    )
    yield from (
        Point("warm poll", items, spread(row.ours).middle, "ms", spread(row.yardstick).middle, "one GET")
        for items, row in found.items()
    )


def _between(options: Options) -> list[int]:
    """The sizes of the curve that are no rows; more than the largest row takes the server too long to hold."""
    return [size for size in options.sizes if FEW < size < options.items(MANY)]


def _polled(options: Options, items: int) -> Row:
    with settled("settled", Recipe(items)) as made, at(made) as mirror:
        cycle(mirror)
        before, changes = sum(mirror.remote.requests().values()), mirror.store.changes
        with httpx.Client(headers={"User-Agent": "bench"}) as client:
            turns = alternate(
                options.pairs, lambda: _cpu(lambda: _poll_once(mirror)), lambda: _cpu(_get(made, mirror, client))
            )
        polls = POLLS * (options.pairs + 1)
        requests = (sum(mirror.remote.requests().values()) - before) / polls
        rows = (mirror.store.changes - changes) / polls
    return Row(
        name=f"warm poll, {items:,} items: CPU",
        unit="ms",
        ours=tuple(ours for ours, _ in turns),
        yardstick=tuple(theirs for _, theirs in turns),
        against="httpx.Client GET of the same answer",
        bound=at_most(2.0),
        note=f"{requests:g} request, {rows:g} rows written a poll",
    )


def _poll_once(mirror: Mirror) -> None:
    report = cycle(mirror)
    assert report.settled and not report.actions, report


def _get(made: World, mirror: Mirror, client: httpx.Client) -> Callable[[], None]:
    section = load(None, made.environ, kinds=KINDS).mirror("big")
    assert section is not None
    token = tokens_of(section).load()
    assert token is not None
    headers = {"Authorization": f"Bearer {token.access}"}
    query = {"cursor": mirror.store.remote.cursor or "", "limit": "120"}
    url = f"{section.server}/api/v1/oauth2/stash/delta"

    def get() -> None:
        assert client.get(url, params=query, headers=headers).json()["entries"] == []

    return get


def _cpu(work: Callable[[], None]) -> float:
    """Milliseconds of this process's processor for one of many."""
    began = time.process_time()
    for _ in range(POLLS):
        work()
    return (time.process_time() - began) / POLLS * 1000
