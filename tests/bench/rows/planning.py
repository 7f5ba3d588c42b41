"""Planning after 100 changes: among 1,000,000 items it must cost what it costs among 1,000.

Of 100 items, others in each turn and spread over all of them, 50 have another title there and 50 other bytes here. What
is measured is finding what differs and planning for it; then all of it is undone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from syncd.engine import Mirror
from syncd.engine.planning import plan_for_folders, plan_items
from tests.bench.filling import Recipe
from tests.bench.made_up import item, made_up
from tests.bench.options import Options
from tests.bench.row import Found, Point, Row, alternate, at_most, spread

CHANGES = 100
ROUNDS = 5
"""Plans in one turn, each of other items."""


class Planner:
    """Plans after changes to items of one mirror."""

    def __init__(self, mirror: Mirror, recipe: Recipe) -> None:
        self._mirror, self._recipe, self._turn = mirror, recipe, 0
        mirror.store.remote.stage([item(recipe, 0)])  # makes the stage's tables, outside of what is undone
        mirror.store.remote.begin()

    def plan(self) -> float:
        """Milliseconds of the processor for one plan, the mean of a few."""
        return sum(self._plan_once() for _ in range(ROUNDS)) / ROUNDS * 1000

    def _plan_once(self) -> float:
        self._turn += 1
        step = self._recipe.items // CHANGES
        numbers = range(self._turn * 7 % step, self._recipe.items, step)[:CHANGES]
        with self._mirror.store.rehearsal():
            self._change(numbers)
            began = time.process_time()
            folders = plan_for_folders(self._mirror)
            made, more = plan_items(self._mirror)
            took = time.process_time() - began
            assert not folders and len(made.actions) == CHANGES and more is None, made
        return took

    def _change(self, numbers: range) -> None:
        store = self._mirror.store
        there, here = numbers[: CHANGES // 2], numbers[CHANGES // 2 :]
        told = (item(self._recipe, number) for number in there)
        store.remote.begin()
        store.remote.stage([replace(each, title=f"Other {each.title}") for each in told])
        store.remote.apply(cursor=None, whole=False)
        for number in here:
            file = store.local.file(self._recipe.path(number))
            assert file is not None
            store.local.put_file(replace(file, sha256=f"{number:064x}"), racy=False)


def planning(options: Options) -> Iterator[Found]:
    """Of each size beside the smallest."""
    sizes = sorted(options.sizes)
    with ExitStack() as stack:
        planners = [Planner(stack.enter_context(made_up(Recipe(size))), Recipe(size)) for size in sizes]
        few = planners[0]
        turns = [alternate(options.pairs, many.plan, few.plan) for many in planners]
    for size, found in zip(sizes, turns, strict=True):
        row = Row(
            name=f"planning after {CHANGES} changes, among {size:,}: CPU",
            unit="ms",
            ours=tuple(ours for ours, _ in found),
            yardstick=tuple(theirs for _, theirs in found),
            against=f"the same among {sizes[0]:,}",
            bound=at_most(1.5),
        )
        yield Point("planning after 100 changes", size, spread(row.ours).middle, "ms")
        if size == sizes[-1]:
            yield row
