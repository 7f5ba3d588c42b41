"""A warm poll that finds nothing: what a cycle of the engine costs beside one GET of the same answer by httpx."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Polled:
    """A settled mirror that is polled, and a client that asks its server for the same answer."""

    items: int
    mirror: Mirror
    get: Callable[[], None]

    def poll(self) -> float:
        """Milliseconds of the processor for one poll."""
        return _cpu(lambda: _poll_once(self.mirror))

    def ask(self) -> float:
        """The same for one GET."""
        return _cpu(self.get)

    def cost(self) -> tuple[float, float]:
        """Requests and written rows of one poll."""
        before, changes = sum(self.mirror.remote.requests().values()), self.mirror.store.changes
        _poll_once(self.mirror)
        asked = sum(self.mirror.remote.requests().values()) - before
        return float(asked), float(self.mirror.store.changes - changes)


def poll(options: Options) -> Iterator[Found]:
    """With 100 items and with 100,000, each beside a GET, and one beside the other."""
    most = options.items(MANY)
    with ExitStack() as stack:
        sizes = [FEW, *(size for size in options.sizes if FEW < size < most), most]
        polled = [stack.enter_context(_opened(size)) for size in sizes]
        few, many = polled[0], polled[-1]
        for one in polled:
            row = _beside_get(options, one)
            middle, theirs = spread(row.ours).middle, spread(row.yardstick).middle
            yield Point("warm poll (CPU)", one.items, middle, "ms", theirs, "one GET")
            if one in (few, many):
                yield row
        turns = alternate(options.pairs, many.poll, few.poll)
        requests, rows = zip(*(many.cost() for _ in range(options.pairs)), strict=True)
    yield Row(
        name=f"warm poll, {most:,} items: CPU",
        unit="ms",
        ours=tuple(ours for ours, _ in turns),
        yardstick=tuple(theirs for _, theirs in turns),
        against=f"the same with {FEW} items",
        bound=at_most(1.2),
    )
    yield Row(name=f"warm poll, {most:,} items: requests", unit="", ours=requests, bound=at_most(1))
    yield Row(name=f"warm poll, {most:,} items: rows written", unit="", ours=rows, bound=at_most(0))


@contextmanager
def _opened(items: int) -> Iterator[Polled]:
    with settled("settled", Recipe(items)) as made, at(made) as mirror:
        cycle(mirror)
        with httpx.Client(headers={"User-Agent": "bench"}) as client:
            yield Polled(items, mirror, _get(made, mirror, client))


def _beside_get(options: Options, polled: Polled) -> Row:
    turns = alternate(options.pairs, polled.poll, polled.ask)
    return Row(
        name=f"warm poll, {polled.items:,} items: CPU",
        unit="ms",
        ours=tuple(ours for ours, _ in turns),
        yardstick=tuple(theirs for _, theirs in turns),
        against="httpx.Client GET of the same answer",
        bound=at_most(2.0),
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
