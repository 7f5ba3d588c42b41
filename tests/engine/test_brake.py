"""The brake on mass deletion (interface.md, The brake): its numbers, its holds, and what a person answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.core.guard import Brake
from syncd.core.state import Answer
from syncd.engine import Policy, answer_hold
from tests.engine.desks import Desk, desk, reopened
from tests.engine.lossy import Crash, Fate
from tests.engine.rest import rests

SMALL = Policy(brake=Brake(percent=20, count=3))


@pytest.fixture(params=["draft15", "v1"])
def braked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Twenty items, and a brake at more than three and more than 20 %."""
    with desk(tmp_path, request.param, policy=SMALL) as one:
        for number in range(20):
            one.write(f"{number:02}.txt", f"{number:02}")
        one.sync()
        yield one
        rests(one)


def _here(one: Desk, numbers: range) -> None:
    for number in numbers:
        one.remove(f"{number:02}.txt")


def _there(one: Desk, numbers: range) -> None:
    for number in numbers:
        agreed = one.mirror.store.agreed.at(f"{number:02}.txt")
        assert agreed is not None
        one.there.delete(agreed.id)


Side = Callable[[Desk, range], None]
SIDES = pytest.mark.parametrize(
    ("delete", "kind"), [(_here, "delete-remote"), (_there, "delete-local")], ids=["here", "there"]
)


def _left(one: Desk) -> tuple[int, int]:
    return len(one.files()), len(one.titles())


@SIDES
def test_as_many_as_the_limits_go_on(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(4))  # more than three, but just 20 %
    run = braked.sync()
    assert not run.report.held
    assert _left(braked) == (16, 16)


@SIDES
def test_one_more_than_both_limits_holds_the_whole_set(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(5))
    braked.write("new.txt", "new")
    run = braked.sync()
    assert [(held.kind, len(held.subjects)) for held in run.report.held] == [(kind, 5)]
    assert _left(braked) == ((16, 21) if kind == "delete-remote" else (21, 16)), "other work goes on"
    assert run.report.settled, run.report


@SIDES
def test_what_was_deleted_in_the_last_hour_counts_over_restarts(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(3))
    braked.sync()
    reopened(braked)
    delete(braked, range(3, 5))
    run = braked.sync()
    assert [(held.kind, len(held.subjects)) for held in run.report.held] == [(kind, 2)]
    braked.hours.ahead += 3601
    braked.touched()
    run = braked.sync(true_up=True)
    assert not run.report.held
    assert _left(braked) == (15, 15)


def test_what_was_deleted_without_an_answer_counts(braked: Desk) -> None:
    braked.mirror.clock.sleep(4000.0)
    for number in range(2):
        _here(braked, range(number, number + 1))
        braked.lossy.suffer("delete", applied=True)
        braked.sync()
    _here(braked, range(2, 5))
    run = reopened(braked).sync()
    assert [len(held.subjects) for held in run.report.held] == [3]
    assert _left(braked) == (15, 18)


def test_what_was_put_into_the_trash_right_before_a_crash_counts(braked: Desk) -> None:
    braked.mirror.clock.sleep(4000.0)
    for number in range(2):
        _there(braked, range(number, number + 1))
        reopened(braked, Fate("throw.synced"))
        with pytest.raises(Crash):
            braked.sync()
        reopened(braked).sync()
    _there(braked, range(2, 5))
    run = reopened(braked).sync()
    assert [len(held.subjects) for held in run.report.held] == [3]
    assert _left(braked) == (18, 15)


@SIDES
def test_the_share_is_of_the_items_agreed_when_the_hour_began(braked: Desk, delete: Side, kind: str) -> None:
    braked.hours.ahead += 3601
    delete(braked, range(4))
    run = braked.sync()
    assert not run.report.held, "4 of 20 are not more than 20 %"
    braked.hours.ahead += 3601
    delete(braked, range(4, 8))
    run = braked.sync()
    assert [len(held.subjects) for held in run.report.held] == [4], "4 of 16 are"


@SIDES
def test_confirmed_it_is_done_and_does_not_count(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(8))
    held = braked.sync().report.held
    assert reopened(braked).sync().report.held == held, "its id is stable over restarts"
    answer_hold(braked.mirror, held[0].id, Answer.CONFIRM)
    run = braked.sync()
    assert not run.report.held
    assert _left(braked) == (12, 12)
    delete(braked, range(8, 10))
    run = braked.sync()
    assert not run.report.held, "confirmed deletions do not count"
    assert _left(braked) == (10, 10)


@SIDES
def test_a_confirmation_binds_to_exactly_that_set(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(5))
    held = braked.sync().report.held
    answer_hold(braked.mirror, held[0].id, Answer.CONFIRM)
    delete(braked, range(5, 10))
    run = braked.sync()
    assert [len(one.subjects) for one in run.report.held] == [5]
    assert run.report.held[0].id != held[0].id
    assert _left(braked) == ((10, 15) if kind == "delete-remote" else (15, 10))


@SIDES
def test_rejected_it_is_undone_on_the_side_that_deleted(braked: Desk, delete: Side, kind: str) -> None:
    delete(braked, range(5))
    held = braked.sync().report.held
    answer_hold(braked.mirror, held[0].id, Answer.REJECT)
    run = braked.sync()
    assert run.report.settled and not run.report.held, run.report
    assert _left(braked) == (20, 20)
    assert sorted(braked.files().values()) == sorted(braked.titles().values())


@SIDES
def test_a_side_that_is_suddenly_empty_is_held_whatever_the_numbers(tmp_path: Path, delete: Side, kind: str) -> None:
    with desk(tmp_path, "v1") as one:
        for number in range(2):
            one.write(f"{number:02}.txt", str(number))
        one.sync()
        delete(one, range(2))
        run = one.sync()
        assert [held.kind for held in run.report.held] == [kind]
        assert "suddenly empty" in run.report.held[0].reason
        rests(one)


@SIDES
def test_a_single_item_may_go(tmp_path: Path, delete: Side, kind: str) -> None:
    with desk(tmp_path, "v1") as one:
        one.write("00.txt", "0")
        one.sync()
        delete(one, range(1))
        run = one.sync()
        assert not run.report.held
        assert _left(one) == (0, 0)


def test_renames_and_moves_do_not_count(braked: Desk) -> None:
    for number in range(10):
        braked.rename(f"{number:02}.txt", f"Moved/{number:02}.txt")
    for number in range(10, 20):
        braked.rename(f"{number:02}.txt", f"new {number:02}.txt")
    run = braked.sync()
    assert run.report.settled and not run.report.held, run.report


def test_tombstones_over_the_brake_are_not_looked_up_until_confirmed(braked: Desk) -> None:
    _there(braked, range(6))
    before = braked.remote.requests()
    held = braked.sync().report.held
    after = braked.remote.requests()
    asked = {"item", "metadata", "stack"}
    assert {k: v - before.get(k, 0) for k, v in after.items() if k in asked and v != before.get(k, 0)} == {}
    braked.sync()
    assert braked.remote.requests()["delta"] == after["delta"] + 1
    answer_hold(braked.mirror, held[0].id, Answer.CONFIRM)
    braked.sync()
    looked = braked.remote.requests()
    assert sum(looked.get(k, 0) - after.get(k, 0) for k in asked) >= 6
    assert _left(braked) == (14, 14)


def test_a_held_deletion_that_is_taken_back_is_held_no_more(braked: Desk) -> None:
    _here(braked, range(5))
    braked.sync()
    for number in range(5):
        braked.write(f"{number:02}.txt", f"{number:02}")
    run = braked.sync()
    assert run.report.settled and not run.report.held, run.report
    assert _left(braked) == (20, 20)


def test_an_item_whose_path_another_items_file_has_taken_is_looked_up_though_others_are_held(braked: Desk) -> None:
    """No plan would ask a person about it, as it has no file that could be deleted."""
    braked.write("twin.txt", "00")
    braked.sync()
    _there(braked, range(6))
    braked.rename("twin.txt", "00.txt")
    run = braked.sync()
    assert not run.report.waiting, run.report
    assert [len(held.subjects) for held in run.report.held] == [5]
    answer_hold(braked.mirror, run.report.held[0].id, Answer.CONFIRM)
    braked.sync()
    assert _left(braked) == (15, 15)
