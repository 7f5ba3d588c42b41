"""50,000 files created at once while a daemon watches, beside a cold rescan and upload of the same files.

Both end when the server has them all; the daemon's time begins with the first file, so it has the writing in it, and
both have the quiet time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from syncd.server import Vault
from syncd.server.vault import Settings
from tests.bench.daemon import running, until_settled
from tests.bench.filling import USER, Recipe
from tests.bench.options import Options
from tests.bench.row import Found, Row, alternate, at_most
from tests.bench.rows.upload import emptied, write
from tests.bench.world import World

SIZE = 200


def many(options: Options) -> Iterator[Found]:
    """All of them arrive, and how long it takes."""
    recipe = Recipe(options.items(50_000), SIZE)
    turns = alternate(options.pairs, lambda: _watched(recipe), lambda: _cold(recipe), warm=False)
    yield Row(
        name=f"{recipe.items:,} files created at once",
        unit="s",
        ours=tuple(ours for ours, _ in turns),
        yardstick=tuple(cold for _, cold in turns),
        against="cold rescan and upload of the same",
        bound=at_most(2.0),
        note="all arrived, each time",
    )


def _watched(recipe: Recipe) -> float:
    made = emptied("many", "draft15")
    with made.server(), running(made) as daemon:
        until_settled(made)
        began = time.monotonic()
        write(made, recipe)
        until_settled(made, recipe.items)
        took = time.monotonic() - began
        daemon.end()
    _all_arrived(made, recipe)
    return took


def _cold(recipe: Recipe) -> float:
    made = emptied("many", "draft15")
    with made.server():
        write(made, recipe)
        took = made.spent("sync").wall
    _all_arrived(made, recipe)
    return took


def _all_arrived(made: World, recipe: Recipe) -> None:
    vault = Vault(made.data, Settings())
    try:
        with vault.reading(USER) as stash:
            assert len(stash.tree.items) == recipe.items, f"{len(stash.tree.items)} of {recipe.items} arrived"
    finally:
        vault.close()
