"""First meetings: by name, and where nothing was ever agreed by bytes; nothing is doubled meanwhile."""

from __future__ import annotations

import pytest

from syncd.core.actions import Adopt, Download, Upload
from tests.core.single import house
from tests.core.world import There, Toy, sha


def lost(first_meeting: bool = True) -> Toy:
    """Both sides hold the same works, and the database is gone."""
    toy = house()
    for number in (1, 2, 3):
        toy.agree(number, f"A/{number}.png", f"work {number}", folder=51)
    toy.agreed.clear()
    toy.first_meeting = first_meeting
    return toy


@pytest.mark.parametrize("first_meeting", [True, False])
def test_equal_works_are_adopted_by_name(first_meeting: bool) -> None:
    toy = lost(first_meeting)
    toy.settle()
    assert {type(action) for action in toy.log} == {Download, Adopt}
    assert all(action.path is None for action in toy.log if isinstance(action, Download))


def test_at_the_first_meeting_equal_works_are_adopted_under_other_names() -> None:
    toy = lost()
    toy.rename("A/1.png", "B/another.png")
    toy.write("B/new.png", "of no size that is there")
    toy.settle()
    assert toy.agreed[1].folder == 52 or toy.agreed[1].path == "A/another.png"
    assert sum(isinstance(action, Upload) for action in toy.log) == 1
    assert len(toy.disk) == 4


def test_an_item_of_unknown_type_keeps_a_file_of_its_title_waiting() -> None:
    toy = house()
    toy.remote[9] = There("Fox", 51, "work", extension=None)
    toy.write("A/Fox.png", "work")
    plan = toy.plan()
    assert ([type(action) for action in plan.actions], len(plan.waiting)) == ([Download], 1)
    toy.settle()
    assert isinstance(toy.log[-1], Adopt) and len(toy.remote) == 1


def test_names_that_differ_by_form_only_meet() -> None:
    toy = house()
    toy.remote[9] = There("Café", 51, "work")
    toy.write("A/Cafe\u0301.png", "work")
    toy.settle()
    assert len(toy.disk) == len(toy.remote) == 1


def test_a_suffixed_file_meets_its_own_item() -> None:
    toy = house()
    for number in (9, 10):
        toy.remote[number] = There("Fox", 51, f"work {number}")
    toy.write("A/Fox.png", "work 9")
    toy.write("A/Fox (a).png", "work 10")
    toy.settle()
    assert (toy.agreed[10].path, len(toy.remote)) == ("A/Fox (a).png", 2)


def test_what_may_be_our_own_submission_keeps_its_file_waiting() -> None:
    toy = lost()
    toy.remote[1].held_back = True
    toy.settle()
    assert set(toy.agreed) == {2, 3} and len(toy.remote) == 3


def test_a_file_that_an_open_intent_may_be_about_is_no_other_items() -> None:
    toy = lost()
    toy.blocked = {"A/1.png"}
    toy.settle()
    assert not any(isinstance(action, Adopt) and action.item.id == 1 for action in toy.log)
    assert {waiting.itemid for waiting in toy.plan().waiting} == {1}
    toy.blocked = set()
    toy.settle()
    assert sum(isinstance(action, Adopt) for action in toy.log) == 3


@pytest.mark.parametrize("content", ["work", "of somebody else"])
def test_a_file_with_the_bytes_that_were_being_placed_waits_for_the_item_s(content: str) -> None:
    toy = house()
    toy.remote[9] = There("Owl", 51, content)
    toy.write("A/Fox.png", "work")
    toy.placing = {9: sha("work")}
    plan = toy.plan()
    assert ([type(action) for action in plan.actions], len(plan.waiting)) == ([Download], 1)
    toy.settle()
    assert len(toy.disk) == len(toy.remote) == (1 if content == "work" else 2)
