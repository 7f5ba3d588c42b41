"""The planner on pairs and crowds: colliding names, swaps, rotations and random worlds keep the laws and settle."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product

import pytest

from syncd.core.actions import DeleteFile, DeleteItem, Replace, Upload
from syncd.core.model import Direction, Keep
from tests.core import single
from tests.core.pairs import COLLIDING, each_once, run, try_pair, unflagged
from tests.core.single import HERE, Case, cases, house
from tests.core.world import ALL, DRAFT, Toy


@pytest.mark.enumeration
@pytest.mark.parametrize("here", HERE)
@pytest.mark.parametrize("kind", range(len(COLLIDING)))
def test_every_pair_of_items_keeps_the_laws_and_settles(kind: int, here: str) -> None:
    """Enumerated: all 240 x 240 = 57,600 ordered pairs of the states of an agreement that stands, and of none, each
    under one of the six kinds of collision. `make planner` stands each of all 624 x 624 under all six (2,336,256)."""
    for one, other in each_once(kind, here):
        try_pair(COLLIDING[kind], one, other)


def test_the_states_are_as_many_as_it_says() -> None:
    assert len(set(cases())) == len(list(cases())) == 624
    assert len(unflagged()) == 240
    assert len({(kind, *pair) for kind in range(6) for here in HERE for pair in each_once(kind, here)}) == 240 * 240


NAMES = ("A/One.png", "A/Two.png", "A/Three.png")
SWAPS = [permuted for permuted in permutations(range(3)) if permuted != (0, 1, 2)]


def three() -> Toy:
    toy = house()
    for itemid, path in enumerate(NAMES, 9):
        toy.agree(itemid, path, f"work {itemid}", folder=51)
    return toy


def permute_here(toy: Toy, order: tuple[int, ...]) -> None:
    kept = [toy.disk[path] for path in NAMES]
    for position, path in enumerate(NAMES):
        toy.disk[path] = kept[order[position]]


def permute_there(toy: Toy, order: tuple[int, ...]) -> None:
    titles = ["One", "Two", "Three"]
    for position, title in enumerate(titles):
        toy.remote[9 + order[position]].title = title


def names_of(toy: Toy) -> list[tuple[str, str]]:
    return [(toy.disk[path].content, toy.remote[itemid].title) for itemid, path in where(toy)]


def where(toy: Toy) -> list[tuple[int, str]]:
    return [(agreed.id, agreed.path) for agreed in sorted(toy.agreed.values(), key=lambda agreed: agreed.path)]


@pytest.mark.parametrize("order", SWAPS)
@pytest.mark.parametrize("permute", [permute_here, permute_there])
def test_swaps_and_rotations_of_names_come_out_right(permute: Callable[..., None], order: tuple[int, ...]) -> None:
    toy = three()
    permute(toy, order)
    run(toy, 4)
    for position, path in enumerate(NAMES):
        itemid = 9 + order[position]
        assert toy.agreed[itemid].path == path
        assert toy.disk[path].content == f"work {itemid}"
        assert toy.remote[itemid].title == path[2:-4]
    assert not any(isinstance(action, Upload | DeleteItem | DeleteFile | Replace) for action in toy.log)


@pytest.mark.parametrize("order", SWAPS)
def test_a_rotation_of_names_is_taken_back_where_nothing_is_to_be_sent(order: tuple[int, ...]) -> None:
    toy = three()
    toy.direction = Direction.PULL
    permute_here(toy, order)
    run(toy, 4)
    assert {itemid: toy.disk[agreed.path].content for itemid, agreed in toy.agreed.items()} == {
        itemid: f"work {itemid}" for itemid in (9, 10, 11)
    }
    suffixed = [path for path in toy.disk if path not in NAMES]
    assert len(suffixed) <= 1  # where one made way, nothing tells any more what its name was


@pytest.mark.parametrize("orders", list(product(SWAPS, SWAPS)))
def test_names_rotated_on_both_sides_follow_the_remote(orders: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    toy = three()
    permute_here(toy, orders[0])
    permute_there(toy, orders[1])
    run(toy)
    for item in toy.remote.values():
        assert f"A/{item.title}.png" in toy.disk


def test_a_long_chain_of_names_moves_in_one_plan() -> None:
    toy = house()
    for number in range(1, 60):
        toy.agree(number, f"A/{number:03}.png", f"work {number}", folder=51)
    for number in range(1, 60):
        toy.remote[number].title = f"{number + 1:03}"
    run(toy, 3)
    assert {agreed.path for agreed in toy.agreed.values()} == {f"A/{number + 1:03}.png" for number in range(1, 60)}


def crowd(seed: int) -> Toy:
    """A world of 3 to 8 items in which much happens at once."""
    draw = random.Random(seed)
    toy = house(draw.choices(list(Direction), (8, 1, 1))[0], draw.choice(list(Keep)))
    toy.abilities = draw.choice([ALL, ALL, DRAFT, replace(ALL, edit=False), replace(ALL, move=False, delete=False)])
    toy.first_meeting = draw.random() < 0.2
    paths = [f"{folder}/{name}" for folder in "AB" for name in ("Fox.png", "fox.png", "Fox there.png", "Fox anew.png")]
    paths += ["Fox.png", "Fox.jpg"]
    draw.shuffle(paths)
    chosen = list(zip(range(9, 9 + draw.randint(3, 8)), paths, strict=False))
    for itemid, path in chosen:
        toy.agree(itemid, path, f"work {itemid}", folder={"A": 51, "B": 52}.get(path.split("/")[0]))
    for itemid, path in chosen:
        case = draw.choice([case for case in cases() if not case.flag])
        if draw.random() < 0.4:
            case = draw.choice([Case("same", "same"), Case("renamed", "same"), Case("same", "renamed")])
        if not case.agreed:
            del toy.agreed[itemid]
            toy.disk.pop(path, None)
        single.there(toy, itemid, case.there, f"work {itemid}")
        if path in toy.disk or not case.agreed:
            single.here(toy, path, case.here, f"work {itemid}")
    return toy


@pytest.mark.enumeration
@pytest.mark.parametrize("block", range(10))
def test_random_worlds_keep_the_laws_and_settle(block: int) -> None:
    """2,000 seeded worlds of 3 to 8 items in which much happens at once; each ends within 10 rounds."""
    for seed in range(block * 200, block * 200 + 200):
        toy = crowd(seed)
        try:
            run(toy)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error
