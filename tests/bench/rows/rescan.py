"""A rescan in which nothing changed, beside `find -printf '%s %T@ %P\\n'`, which asks the system the same of each file.

The rescan is that of the engine: every directory is listed, each file's fingerprint compared with its row. It runs in a
process of its own; its start and imports do not count, those of find do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.bench.child import in_a_child
from tests.bench.filling import Recipe
from tests.bench.made_up import made_up, path_of
from tests.bench.options import Options
from tests.bench.peers import peer
from tests.bench.row import Found, Point, Row, alternate, at_most, spread
from tests.bench.spent import Spent, spent
from tests.bench.world import workshop

MEGABYTE = 1e6
BOUND_SIZES = (100_000, 1_000_000)
"""The sizes whose rows have a bound; the others are points of the curve."""


def rescan(options: Options) -> Iterator[Found]:
    """Of each size; and how much more is resident with the largest."""
    sizes = [size for size in sorted(options.sizes) if size in BOUND_SIZES] or sorted(options.sizes)
    resident: dict[int, tuple[float, ...]] = {}
    for items in sorted(options.sizes):
        turns = _turns(options, items)
        resident[items] = tuple(ours.resident / MEGABYTE for ours, _ in turns)
        wall, cpu = _row(items, "wall", turns), _row(items, "cpu", turns)
        yield Point("rescan", items, spread(wall.ours).middle, "s", spread(wall.yardstick).middle, wall.against)
        if items in sizes:
            yield from (wall, cpu)
    least, most = sizes[0], sizes[-1]
    yield Row(
        name=f"rescan: resident, {most:,} files less {least:,}",
        unit="MB",
        ours=tuple(more - less for less, more in zip(resident[least], resident[most], strict=True)),
        bound=at_most(10),
        note=f"resident with {most:,}: {spread(resident[most]).middle:.0f} MB",
    )


def _turns(options: Options, items: int) -> list[tuple[Spent, Spent]]:
    recipe = Recipe(items)
    with made_up(recipe):
        pass
    folder = path_of(recipe) / "Stash"
    command = [peer("find"), str(folder), "-name", ".syncd", "-prune", "-o", "-printf", r"%s %T@ %P\n"]
    output = workshop() / "found"
    return alternate(
        options.pairs, lambda: in_a_child("rescan", items), lambda: spent(command, dict(os.environ), output)
    )


def _row(items: int, what: str, turns: list[tuple[Spent, Spent]]) -> Row:
    return Row(
        name=f"rescan without change, {items:,} files: {what}",
        unit="s",
        ours=tuple(getattr(ours, what) for ours, _ in turns),
        yardstick=tuple(getattr(theirs, what) for _, theirs in turns),
        against="find -printf",
        bound=at_most(2.0),
    )
