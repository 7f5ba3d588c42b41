"""Sending 1,000 files of 20 KB, 50 ms before each answer, beside what eight transfers can do at most."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench.filling import Recipe
from tests.bench.front import Front
from tests.bench.options import Options
from tests.bench.row import Found, Row, at_least
from tests.bench.rows.first import TRANSFERS
from tests.bench.spent import Spent
from tests.bench.world import WAIT, World, world

MEMORY = Path("/dev/shm")
QUIET = 2.2
"""Longer than `settle_seconds`: what is sent was not written a moment ago."""


def upload(options: Options) -> Iterator[Found]:
    """Into an empty stash; without the wait once, to show that the server is not what bounds it."""
    recipe = Recipe(options.items(1_000), 20_000)
    at_once, _ = _turn(recipe, slow=False)
    turns = [_turn(recipe, slow=True) for _ in range(options.pairs)]
    yield Row(
        name=f"upload, {recipe.items:,} x 20 KB, 50 ms",
        unit="files/s",
        ours=tuple(recipe.items / cost.wall for cost, _ in turns),
        yardstick=tuple(TRANSFERS / WAIT / asked for _, asked in turns),
        against=f"{TRANSFERS} transfers / (50 ms x {turns[0][1]:g} requests an item)",
        bound=at_least(0.8),
        note=f"the same without the wait: {recipe.items / at_once.wall:.0f} files/s; "
        f"CPU a file: {min(cost.cpu for cost, _ in turns) / recipe.items * 1000:.2f} ms",
    )


def _turn(recipe: Recipe, *, slow: bool) -> tuple[Spent, float]:
    """What `syncd sync` of a new folder cost, and requests an item."""
    made = emptied("upload", "draft15")
    with made.fronted() as nginx:
        made.configure(nginx.slow if slow else nginx.quick)
        write(made, recipe)
        time.sleep(QUIET)
        cost = made.spent("sync")
        asked = _requests(nginx)
    return cost, asked / recipe.items


def emptied(name: str, dialect: str) -> World:
    """A world with an empty stash and no mirror. The server's folder is in memory where there is such a place: its
    fsyncs are not what is measured, and would bound the uploads."""
    made = world(name, Recipe(0), dialect)
    if os.access(MEMORY, os.W_OK):
        made = replace(made, elsewhere=MEMORY / f"syncd-bench-{os.getuid()}-{made.path.name}")
    for folder in (made.path, made.data):
        shutil.rmtree(folder, ignore_errors=True)
    return made


def write(made: World, recipe: Recipe, *, first: int = 0) -> None:
    """Writes as many files as a recipe has into the mirrored folder, as fast as it goes, from this number on."""
    for number in range(first, first + recipe.items):
        path = made.stash / recipe.path(number)
        if number % recipe.in_a_folder == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(recipe.content(number))


def _requests(nginx: Front) -> int:
    """Requests for the files: submissions and what is read back of them."""
    ends = ("/stash/submit", "/stash/media", "/stash/metadata")
    return sum(path.endswith(ends) for _, _, path in nginx.requests())
