"""From SIGTERM to the end of a daemon: at rest, right after READY, and in an upload that takes minutes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from syncd.store.store import Store
from tests.bench.daemon import running, until, until_settled
from tests.bench.filling import Recipe
from tests.bench.options import Options
from tests.bench.row import Found, Row, at_most
from tests.bench.settled import settled
from tests.bench.world import World

FEW = 100
SLOW_KIB = 64
LARGE = 16 * 2**20
"""At the slow rate this takes more than four minutes: far more than a daemon that is to end waits for."""


def stop(options: Options) -> Iterator[Found]:
    """How long an end takes."""
    items = options.items(100_000)
    with settled("settled", Recipe(items)) as made:
        at_rest = tuple(_end(made, rests=True) for _ in range(options.pairs))
        at_once = tuple(_end(made, rests=False) for _ in range(options.pairs))
    yield Row(name=f"SIGTERM to the end, at rest, {items:,} items", unit="s", ours=at_rest, bound=at_most(2))
    yield Row(name="SIGTERM to the end, right after READY", unit="s", ours=at_once, bound=at_most(30))
    yield Row(name="SIGTERM to the end, in a slow upload", unit="s", ours=(_in_an_upload(),), bound=at_most(30))


def _end(made: World, *, rests: bool) -> float:
    with running(made) as daemon:
        if rests:
            until_settled(made)
        return daemon.end()


def _in_an_upload() -> float:
    with settled("stop", Recipe(FEW)) as made:
        file = made.stash / "Large.bin"
        made.configure(more=f"upload_kib_per_second = {SLOW_KIB}", settle=0.1)
        try:
            with running(made) as daemon:
                until_settled(made)
                file.write_bytes(os.urandom(LARGE))
                until(lambda: _is_sending(made))
                return daemon.end()
        finally:
            file.unlink(missing_ok=True)
            made.configure()
            made.run("sync")


def _is_sending(made: World) -> bool:
    store = Store(made.path / "state" / "big" / "state.db", read_only=True)
    try:
        return bool(store.intents.every())
    finally:
        store.close()
