"""The brake: its limits to the number, and holds that keep their name."""

from __future__ import annotations

from itertools import permutations

import pytest

from syncd.core.actions import DeleteFile, DeleteItem, Download, Upload
from syncd.core.guard import Brake, Side, brakes, hold_id
from syncd.core.model import Direction
from syncd.core.state import Answer, Seen
from tests.core.single import house
from tests.core.world import Toy

BRAKE = Brake(20, 10)


@pytest.mark.parametrize(
    ("recent", "planned", "agreed", "held"),
    [
        (0, 0, 100, False),
        (0, 10, 20, False),  # not over the number
        (0, 11, 55, False),  # exactly the share
        (0, 11, 54, True),
        (5, 6, 54, True),  # those of the last hour count
        (11, 0, 20, False),  # nothing is planned
        (10, 1, 1000, False),
        (200, 1, 1000, True),
    ],
)
def test_the_brake_holds_over_both_limits_only(recent: int, planned: int, agreed: int, held: bool) -> None:
    assert (brakes(BRAKE, Side(recent, planned, agreed, agreed, agreed - planned)) is not None) is held


@pytest.mark.parametrize(("now", "left", "held"), [(1, 0, False), (2, 0, True), (2, 1, False), (9, 0, True)])
def test_a_side_that_is_suddenly_empty_is_held_whatever_the_numbers(now: int, left: int, held: bool) -> None:
    assert (brakes(Brake(100, 1000), Side(0, now - left, now, now, left)) is not None) is held


def test_a_hold_is_named_by_its_set() -> None:
    subjects = ["remote:1:aa", "remote:2:bb", "remote:3:cc"]
    assert len({hold_id("delete-remote", order) for order in permutations(subjects)}) == 1
    assert hold_id("delete-remote", subjects) != hold_id("delete-local", subjects)
    assert hold_id("delete-remote", subjects) != hold_id("delete-remote", subjects[:2])


def crowd(*, here: int = 0, there: int = 0, direction: Direction = Direction.TWO_WAY) -> Toy:
    """Thirty items, of which so many were deleted on each side."""
    toy = house(direction)
    toy.brake = BRAKE
    for number in range(1, 31):
        toy.agree(number, f"A/{number}.png", f"work {number}", folder=51)
    for number in range(1, here + 1):
        del toy.disk[f"A/{number}.png"]
    for number in range(31 - there, 31):
        toy.remote[number].seen = Seen.DELETED
    return toy


@pytest.mark.parametrize(("here", "there"), [(12, 0), (0, 12), (12, 12)])
def test_over_the_limit_nothing_of_the_set_runs_and_other_work_goes_on(here: int, there: int) -> None:
    toy = crowd(here=here, there=there)
    toy.write("A/new.png", "new")
    plan = toy.plan()
    assert [type(action) for action in plan.actions] == [Upload]
    assert [len(held.subjects) for held in plan.held] == [number for number in (here, there) if number]
    assert plan.held == toy.plan(list(reversed(toy.states()))).held


def test_confirming_frees_exactly_what_was_shown() -> None:
    toy = crowd(here=12)
    (held,) = toy.plan().held
    toy.answers = dict.fromkeys(held.subjects, Answer.CONFIRM)
    for number in range(13, 26):
        del toy.disk[f"A/{number}.png"]
    plan = toy.plan()
    assert {a.agreed.id for a in plan.actions if isinstance(a, DeleteItem)} == set(range(1, 13))
    assert [len(another.subjects) for another in plan.held] == [13]
    assert plan.held[0].id != held.id


def test_an_answer_does_not_bind_for_other_bytes() -> None:
    toy = crowd(here=12)
    toy.answers = dict.fromkeys(toy.plan().held[0].subjects, Answer.CONFIRM)
    toy.remote[1].title = "One"
    toy.edit_there(1, "another work")
    toy.settle()
    assert toy.disk["A/One.png"].content == "another work"


def test_rejecting_a_deletion_here_brings_the_files_back() -> None:
    toy = crowd(here=12)
    toy.answers = dict.fromkeys(toy.plan().held[0].subjects, Answer.REJECT)
    assert all(isinstance(action, Download) for action in toy.plan().actions)
    toy.settle()
    assert sorted(toy.contents()) == sorted(kept.content for kept in toy.disk.values())


def test_rejecting_a_deletion_there_submits_the_files_anew() -> None:
    toy = crowd(there=12)
    toy.answers = dict.fromkeys(toy.plan().held[0].subjects, Answer.REJECT)
    toy.settle()
    assert len(toy.disk) == 30
    assert sum(there.seen is Seen.LIVE for there in toy.remote.values()) == 30


def test_a_rejected_deletion_waits_for_what_is_not_known() -> None:
    toy = crowd(here=12)
    toy.answers = dict.fromkeys(toy.plan().held[0].subjects, Answer.REJECT)
    toy.remote[1].told = False
    assert [waiting.itemid for waiting in toy.plan().waiting] == [1]
    toy = crowd(there=12)
    toy.remote[30].seen = Seen.UNSURE
    toy.answers = dict.fromkeys(toy.plan().held[0].subjects, Answer.REJECT)
    assert [waiting.itemid for waiting in toy.plan().waiting] == [30]


def test_a_folder_that_is_suddenly_empty_is_held_though_one_item_comes_back() -> None:
    toy = house()
    for number in (1, 2, 3):
        toy.agree(number, f"A/{number}.png", f"work {number}", folder=51)
    toy.disk.clear()
    toy.edit_there(3, "changed there")
    assert [len(held.subjects) for held in toy.plan().held] == [2]
    assert not any(isinstance(action, DeleteItem | DeleteFile) for action in toy.plan().actions)


def test_a_renamed_crowd_is_no_deletion() -> None:
    toy = crowd()
    for number in range(1, 31):
        toy.rename(f"A/{number}.png", f"B/{number}.png")
    assert not toy.plan().held
    assert not any(isinstance(action, DeleteItem) for action in toy.plan().actions)


def test_the_old_self_of_a_moved_item_is_not_counted() -> None:
    toy = crowd()
    for number in range(1, 31):
        toy.rename(f"A/{number}.png", f"New/{number}.png")
        toy.remote[number].folder = 51
    toy.abilities = toy.abilities.__class__(**{name: name != "moves_make_folders" for name in toy.abilities.__slots__})
    toy.settle()
    assert not toy.plan().held
    assert {agreed.path for agreed in toy.agreed.values()} == {f"New/{number}.png" for number in range(1, 31)}
