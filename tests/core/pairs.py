"""Every pair of items whose names collide: `python -m tests.core.pairs` stands each pair of all states under every kind
of collision, and runs the planner on it to the end.

A state is one of `single.cases()`: what happened to the file, what happened to the item, and whether the agreement is
released or superseded. Pairs are ordered, as of two equal names the smaller id is plain.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from tests.core import single
from tests.core.single import Case, cases, check, check_settled, house
from tests.core.world import Toy

COLLIDING = [
    ("A/Fox.png", "A/fox.png"),
    ("A/Caf\u00e9.png", "A/Cafe\u0301.png"),
    ("A/Fox.png", "A/Fox (9).png"),
    ("A/Fox.png", "A/Fox anew.png"),
    ("A/Fox.png", "B/Fox.png"),
    ("A/Fox there.png", "A/Fox.png"),
]


def run(toy: Toy, rounds: int = 10) -> None:
    """Cycles to the end, every plan checked."""
    before = toy.contents()
    for _ in range(rounds):
        plan = toy.plan()
        check(toy, plan)
        count, plan = toy.cycle(plan)
        if not count:
            check_settled(toy, plan, before)
            return
    raise AssertionError(f"not settled after {rounds} rounds: {toy.log[-6:]}")


def stand_both(toy: Toy, paths: tuple[str, str], one: Case, other: Case) -> None:
    """Both items stand before either side changes; a person cannot put two files at one path."""
    pair = list(zip((9, 10), paths, (one, other), strict=True))
    for itemid, path, _case in pair:
        toy.agree(itemid, path, f"work {itemid}", folder=51 if path.startswith("A") else 52)
    for itemid, path, case in pair:
        if not case.agreed:
            del toy.agreed[itemid], toy.disk[path]
    for itemid, path, case in pair:
        single.there(toy, itemid, case.there, f"work {itemid}")
        if path in toy.disk or not case.agreed:
            single.here(toy, path, case.here, f"work {itemid}")
        single.flag(toy, itemid, path, case)


def try_pair(paths: tuple[str, str], one: Case, other: Case) -> None:
    """Stands a pair and runs it to the end; an AssertionError names it."""
    toy = house()
    try:
        stand_both(toy, paths, one, other)
        run(toy)
    except Exception as error:
        raise AssertionError(f"{paths} {one} {other}: {error}") from error


def unflagged() -> list[Case]:
    """Every state of an agreement that still stands, and of none."""
    return [case for case in cases() if not case.flag]


def each_once(kind: int, here: str) -> Iterator[tuple[Case, Case]]:
    """The share of one kind of collision, if every pair of unflagged states is stood under one of them; of it the pairs
    to whose first file this happened."""
    states = list(enumerate(unflagged()))
    for (number, one), (other_number, other) in product((s for s in states if s[1].here == here), states):
        if (number + other_number) % len(COLLIDING) == kind:
            yield one, other


def _all_with(one: Case) -> tuple[int, list[str]]:
    """This state with every other, under every kind; how many, and what broke."""
    found: list[str] = []
    count = 0
    for paths, other in product(COLLIDING, cases()):
        count += 1
        try:
            try_pair(paths, one, other)
        except AssertionError as error:
            found.append(str(error))
    return count, found


def main() -> int:
    """Runs them all; 1 if a law was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.core.pairs", description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--unflagged", action="store_true", help="only agreements that still stand, and none")
    parser.add_argument("--part", default="1/1", help="K/N: only the first items' states of this share")
    asked = parser.parse_args()
    part, parts = map(int, asked.part.split("/"))
    ones = (unflagged() if asked.unflagged else list(cases()))[part - 1 :: parts]
    began, count, broken = time.monotonic(), 0, 0
    with ProcessPoolExecutor(asked.workers) as pool:
        for pairs, found in pool.map(_all_with, ones):
            count, broken = count + pairs, broken + len(found)
            print("".join(f"{line}\n" for line in found[:3]), end="", flush=True)
    print(f"{len(ones)} x {len(list(cases()))} states under {len(COLLIDING)} kinds of collision: {count} pairs")
    print(f"{broken} broke a law; {time.monotonic() - began:.0f} s with {asked.workers} workers")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
