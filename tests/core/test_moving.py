"""An item's place: who follows whom, and with what request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.actions import DeleteItem, Download, Follow, MoveFile, MoveItem, Replace, Retitle, Upload
from syncd.core.model import Direction, Into
from syncd.core.places import Places
from syncd.core.state import Seen
from tests.core.single import house
from tests.core.world import ALL, DRAFT, Toy, sha


def one() -> Toy:
    toy = house()
    toy.agree(9, "A/Fox.png", "work", folder=51)
    return toy


def done(toy: Toy) -> list[type]:
    toy.settle()
    return [type(action) for action in toy.log]


def test_a_rename_is_one_request_and_so_is_a_move() -> None:
    toy = one()
    toy.rename("A/Fox.png", "A/Wolf.png")
    assert done(toy) == [Retitle]
    toy = one()
    toy.rename("A/Fox.png", "B/Fox.png")
    assert done(toy) == [MoveItem]


def test_a_rename_with_a_move_is_told_in_full() -> None:
    toy = one()
    toy.rename("A/Fox.png", "B/Wolf.png")
    assert done(toy) == [MoveItem, Retitle]
    assert (toy.remote[9].title, toy.remote[9].folder, toy.agreed[9].path) == ("Wolf", 52, "B/Wolf.png")


def test_a_file_moved_and_renamed_here_gets_the_name_that_it_has_there_by_now() -> None:
    toy = one()
    toy.rename("A/Fox.png", "B/Wolf.png")
    toy.remote[9].title = "Bear"
    assert done(toy) == [MoveItem, MoveFile]
    (move,) = [action for action in toy.log if isinstance(action, MoveItem)]
    assert move.path == "B/Wolf.png"  # so the new name is not to be told, though nobody knows then what it is there
    assert (toy.remote[9].title, toy.remote[9].folder, toy.agreed[9].path) == ("Bear", 52, "B/Bear.png")


def test_a_file_moved_and_renamed_beside_one_of_its_old_name() -> None:
    toy = one()
    toy.agree(10, "B/Fox.png", "other", folder=52)
    toy.rename("A/Fox.png", "B/Wolf.png")
    assert done(toy) == [MoveItem, Retitle]
    assert toy.disk["B/Fox.png"].content == "other"


def test_a_file_moved_and_renamed_beside_a_new_one_of_its_old_name() -> None:
    for restless in (False, True):
        toy = one()
        toy.rename("A/Fox.png", "B/Wolf.png")
        toy.restless = {"B/Fox.png"} if restless else set()
        if not restless:
            toy.write("B/Fox.png", "other")
        toy.cycle()
        (move,) = [action for action in toy.log if isinstance(action, MoveItem)]
        assert move.path == "B/Fox (9).png"


def test_a_file_moved_and_renamed_here_whose_item_moves_there_beside_a_new_one_of_that_name() -> None:
    """The new name is agreed in the old directory, where somebody else's file has it: that is not the item's."""
    for restless in (False, True):
        toy = one()
        toy.rename("A/Fox.png", "New/Wolf.png")
        toy.remote[9].folder = 52
        toy.restless = {"A/Wolf.png"} if restless else set()
        if not restless:
            toy.write("A/Wolf.png", "other")
        (retitle,) = [action for action in toy.plan().actions if isinstance(action, Retitle)]
        assert (retitle.path, retitle.title) == ("A/Wolf (9).png", "Wolf")


def test_an_edited_file_that_is_already_where_its_item_moved_is_followed() -> None:
    """As after a move of ours that failed half-way; on a mirror that pulls nothing else comes of it."""
    toy = one()
    toy.direction = Direction.PULL
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.write("B/Fox.png", "edited", anew=False)
    toy.remote[9].folder = 52
    assert [type(action) for action in toy.plan().actions] == [Follow]
    toy.settle()
    assert toy.agreed[9].path == "B/Fox.png"


def test_a_file_comes_back_beside_what_is_left_alone_at_its_path() -> None:
    """A link, say, has its name now, on a mirror that only pulls."""
    toy = one()
    toy.direction = Direction.PULL
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.left_alone = {"A/Fox.png"}
    assert done(toy) == [MoveFile]
    assert toy.agreed[9].path == "A/Fox (9).png"


def test_an_edited_file_whose_new_name_its_item_has_already_keeps_that_name() -> None:
    """As after a request of ours of which the answer was lost (W3, I12)."""
    toy = one()
    toy.rename("A/Fox.png", "A/Wolf.jpg")
    toy.write("A/Wolf.jpg", "edited", anew=False)
    toy.remote[9].title = "Wolf"
    assert done(toy) == [Follow, Replace]
    assert (toy.agreed[9].path, toy.agreed[9].title) == ("A/Wolf.jpg", "Wolf")


def test_a_file_gets_no_spelling_of_its_name_that_a_directory_has() -> None:
    toy = one()
    toy.make_directories("A/fox.png")
    toy.remote[9].title = "fox"
    assert done(toy) == [MoveFile]
    assert toy.agreed[9].path == "A/fox (9).png"


def test_another_type_alone_changes_nothing_there() -> None:
    toy = one()
    toy.rename("A/Fox.png", "A/Fox.jpg")
    assert done(toy) == [Follow]


def test_the_own_suffix_is_not_told_as_title() -> None:
    toy = one()
    toy.rename("A/Fox.png", "A/Wolf (9).png")
    toy.settle()
    assert toy.remote[9].title == "Wolf"


@pytest.mark.parametrize(("directory", "why"), [("C", "blocked"), ("C.tmp", "ignored")])
def test_a_file_that_is_kept_out_of_its_place_there_is_agreed_where_it_was_moved_to(directory: str, why: str) -> None:
    toy = one()
    toy.folder(53, directory)
    toy.remote[9].folder, toy.left_alone = 53, {"C"}
    toy.rename("A/Fox.png", "B/Fox.png")
    assert (done(toy), toy.agreed[9].path) == ([Follow], "B/Fox.png")
    assert dict(toy.plan().ignored) == {why: 1}
    toy.remote[9].told = False  # as after a request of ours
    assert toy.plan().actions == ()
    if why == "blocked":
        toy.left_alone = set()
        assert (done(toy), toy.agreed[9].path) == ([Follow, MoveFile], "C/Fox.png")


def test_a_file_renamed_out_of_what_is_a_link_by_now_while_its_item_is_moved_is_agreed_where_it_is() -> None:
    toy = one()
    toy.folder(53, "C")
    toy.rename("A/Fox.png", "B/Wolf.png")
    toy.remote[9].folder, toy.left_alone = 53, {"A"}
    assert (done(toy), toy.remote[9].title, toy.agreed[9].path) == ([Retitle, MoveFile], "Wolf", "C/Wolf.png")
    (retitle,) = [action for action in toy.log if isinstance(action, Retitle)]
    assert retitle.path == "B/Wolf.png"


def test_on_a_mirror_that_pulls_a_file_that_is_kept_out_of_its_place_there_may_yet_come_back() -> None:
    toy = one()
    toy.direction = Direction.PULL
    toy.folder(53, "C")
    toy.remote[9].folder, toy.left_alone = 53, {"C"}
    toy.rename("A/Fox.png", "B/Fox.png")
    assert (toy.plan().actions, dict(toy.plan().ignored)) == ((), {"blocked": 1})
    toy.remote[9].folder = 51
    assert (done(toy), toy.agreed[9].path) == ([MoveFile], "A/Fox.png")


def test_an_item_not_yet_told_is_renamed_but_not_moved() -> None:
    toy = one()
    toy.remote[9].told = False
    toy.rename("A/Fox.png", "A/Wolf.png")
    assert [type(action) for action in toy.plan().actions] == [Retitle]
    toy.rename("A/Wolf.png", "B/Wolf.png")
    assert [waiting.reason for waiting in toy.plan().waiting] == ["the server has not listed it yet"]


@pytest.mark.parametrize("abilities", [ALL, DRAFT])
def test_a_move_into_a_new_directory_sends_content_only_where_it_must(abilities: object) -> None:
    toy = one()
    toy.abilities = abilities  # type: ignore[assignment]
    toy.rename("A/Fox.png", "New/Wolf.png")
    assert done(toy) == ([Upload, DeleteItem] if abilities is ALL else [MoveItem, Retitle])
    ((itemid, there),) = [(i, there) for i, there in toy.remote.items() if there.seen is Seen.LIVE]
    assert (there.title, toy.agreed[itemid].path) == ("Wolf", "New/Wolf.png")


def test_a_move_that_sends_content_waits_for_an_open_submission_and_for_its_folder() -> None:
    toy = one()
    toy.agree(10, "A/Wolf.png", "other", folder=51)
    toy.rename("A/Fox.png", "New/Fox.png")
    toy.rename("A/Wolf.png", "New/Wolf.png")
    assert [waiting.reason for waiting in toy.plan().waiting] == ["its folder is being made"]
    toy.blocked = {"New/Fox.png", "New/Wolf.png"}
    assert len(toy.plan().waiting) == 2


def test_on_a_mirror_that_pushes_a_move_that_sends_content_looks_first_what_the_item_holds() -> None:
    toy = one()
    toy.direction = Direction.PUSH
    toy.rename("A/Fox.png", "New/Fox.png")
    toy.remote[9].version += 1
    assert [type(action) for action in toy.plan().actions] == [Download]
    toy.settle()
    assert [row.path for row in toy.agreed.values()] == ["New/Fox.png"]


def test_an_edit_there_is_taken_before_a_move_sends_content() -> None:
    toy = one()
    toy.rename("A/Fox.png", "New/Fox.png")
    toy.edit_there(9, "changed there")
    toy.settle()
    assert [kept.content for kept in toy.disk.values()] == ["changed there"]
    assert not any(isinstance(action, Upload) for action in toy.log)


def test_only_the_version_moved_there_and_the_file_here() -> None:
    toy = one()
    toy.rename("A/Fox.png", "New/Fox.png")
    toy.remote[9].version += 1
    toy.settle()
    assert list(toy.disk) == ["New/Fox.png"]


def test_an_old_self_that_was_changed_meanwhile_comes_back() -> None:
    toy = one()
    toy.rename("A/Fox.png", "New/Fox.png")
    toy.run(toy.plan().actions[0])
    toy.edit_there(9, "changed there")
    toy.settle()
    assert {kept.content for kept in toy.disk.values()} == {"work", "changed there"}


def test_renamed_on_both_sides_the_remote_name_wins() -> None:
    toy = one()
    toy.rename("A/Fox.png", "A/Wolf.png")
    toy.remote[9].title = "Bear"
    assert done(toy) == [MoveFile]
    assert list(toy.disk) == ["A/Bear.png"]


def test_moved_on_both_sides_the_remote_place_wins() -> None:
    toy = one()
    toy.folder(53, "C")
    toy.rename("A/Fox.png", "C/Fox.png")
    toy.remote[9].folder = 52
    toy.settle()
    assert list(toy.disk) == ["B/Fox.png"]


def test_a_name_that_changed_by_case_only() -> None:
    toy = one()
    toy.remote[9].title = "FOX"
    toy.settle()
    assert list(toy.disk) == ["A/FOX.png"]


def test_a_file_waits_for_the_directory_of_its_folder() -> None:
    toy = one()
    toy.remote[9].folder = 77
    assert [waiting.reason for waiting in toy.plan().waiting] == ["its folder has no directory yet"]


def test_a_published_file_is_followed_and_never_sent_again() -> None:
    toy = one()
    toy.remote[9].seen = Seen.PUBLISHED
    toy.settle()
    toy.rename("A/Fox.png", "B/Wolf.png")
    toy.settle()
    toy.write("B/Wolf.png", "edited")
    assert dict(toy.settle().ignored) == {"published": 1}
    assert toy.agreed[9].path == "B/Wolf.png"
    assert not any(isinstance(action, Upload | Retitle | MoveItem) for action in toy.log)


def test_on_a_mirror_that_pushes_a_file_is_followed_whose_item_others_deleted() -> None:
    toy = one()
    toy.direction = Direction.PUSH
    toy.remote[9].seen = Seen.DELETED
    toy.rename("A/Fox.png", "B/Wolf.png")
    assert done(toy) == [Follow] and toy.agreed[9].path == "B/Wolf.png"


def test_a_published_item_that_is_back_is_mirrored_again() -> None:
    toy = one()
    toy.agreed[9] = replace(toy.agreed[9], released=True)
    toy.rename("A/Fox.png", "A/Wolf.png")
    toy.settle()
    assert (toy.agreed[9].released, toy.remote[9].title) == (False, "Wolf")


def test_places_are_given_once() -> None:
    places = Places(house().world(), [], [("A/Fox.png", 9), ("A/FOX.png", None)], {})
    assert places.holder("A/fox.png", 9) == "somebody"
    assert places.give("A/Wolf.png", 9) == places.give("A/Wolf.png", 9) == "A/Wolf.png"
    assert places.give("A/wolf.png", 10) == "A/wolf (a).png"
    assert Into(51) == Into(51)


def test_its_own_name_is_free_for_an_item_however_it_is_spelt() -> None:
    places = Places(house().world(), [], [("A/Fox.png", 9)], {})
    assert places.holder("A/FOX.png", 9) is None
    assert places.holder("A/FOX.png", 10) == 9


def test_a_spelling_of_its_name_that_something_left_alone_has_is_taken() -> None:
    world = replace(house().world(), left_alone={"A/FOX.png"}.__contains__)
    places = Places(world, [], [("A/Fox.png", 9)], {})
    assert places.holder("A/FOX.png", 9) == "somebody"
    assert places.holder("A/fox.png", 9) is None


def test_two_conflicts_of_one_plan_never_share_a_copy() -> None:
    places = Places(house().world(), [], [], {})
    first, second = places.copy("A/Fox.png", sha("mine")), places.copy("A/Fox.png", sha("mine"))
    assert first == f"A/Fox (conflict {sha('mine')[:8]}).png"
    assert second != first


def test_the_exact_name_of_another_item_is_taken_though_it_equals_ones_own() -> None:
    toy = one()
    toy.agree(10, "A/fox.png", "other", folder=51)
    places = Places(toy.world(), [], [("A/Fox.png", 9)], {})  # nothing is to be planned for item 10
    assert places.holder("A/fox.png", 9) == 10
    assert places.holder("A/FOX.png", 9) is None
    assert places.give("A/fox.png", 9) == "A/fox (9).png"


def test_a_name_that_an_item_leaves_is_not_free_while_another_has_an_equal_one() -> None:
    toy = one()
    toy.agree(10, "A/fox.png", "other", folder=51)
    toy.rename("A/Fox.png", "A/Wolf.png")
    places = Places(toy.world(), [("A/Fox.png", 9)], [("A/Wolf.png", 9)], {})  # nothing is to be planned for item 10
    assert places.give("A/fox.png", 9) == "A/fox (9).png"
    del toy.agreed[10], toy.disk["A/fox.png"]
    places = Places(toy.world(), [("A/Fox.png", 9)], [("A/Wolf.png", 9)], {})
    assert places.give("A/fox.png", 9) == "A/fox.png"


def test_a_file_that_did_not_come_along_with_its_folder_is_moved_to_it() -> None:
    toy = one()
    toy.make_directories("Elsewhere")
    toy.agreed_folders[51] = replace(toy.agreed_folders[51], path="Elsewhere", inode=toy.directories["Elsewhere"])
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.settle()
    assert list(toy.disk) == ["Elsewhere/Fox.png"]


def test_a_type_that_the_remote_never_told_stays_the_files() -> None:
    toy = one()
    toy.remote[9].extension = None
    toy.agreed[9] = replace(toy.agreed[9], extension=None)
    toy.remote[9].title = "Wolf"
    toy.settle()
    assert list(toy.disk) == ["A/Wolf.png"]


def test_what_a_remote_cannot_move_or_retitle_is_left() -> None:
    toy = one()
    toy.abilities = replace(ALL, move=False, edit=False)
    toy.agree(10, "A/Wolf.png", "other", folder=51)
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.rename("A/Wolf.png", "A/Bear.png")
    plan = toy.plan()
    assert (plan.actions, dict(plan.ignored)) == ((), {"not-offered": 2})
    assert not plan.settled, "seen without its file in a later plan, an item would seem to have lost it"


def test_an_item_that_waits_is_not_forgotten_once_the_other_of_its_path_is_settled() -> None:
    """As after a swap that a crash cut: where its file went is not quiet yet."""
    toy = one()
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.agree(10, "A/Fox.png", "other", folder=51)
    toy.hidden = {"B/Fox.png"}
    plan = toy.plan()
    assert [waiting.itemid for waiting in plan.waiting] == [9, None]
    assert plan.unsettled == (9,), "the mark of the path is both items' mark"


def test_a_file_whose_new_name_says_the_title_there_keeps_it() -> None:
    toy = one()
    toy.rename("A/Fox.png", "A/Wolf.txt")
    toy.remote[9].title = "Wolf"
    toy.settle()
    assert list(toy.disk) == ["A/Wolf.txt"]
    assert (toy.agreed[9].path, toy.agreed[9].title) == ("A/Wolf.txt", "Wolf")


def test_nothing_goes_into_a_folder_that_leaves_with_its_only_item() -> None:
    toy = one()
    toy.remote[9].alone = True
    toy.agree(10, "Owl.png", "owl")
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.rename("Owl.png", "A/Owl.png")
    toy.write("A/new.png", "new")
    made = toy.plan()
    assert [action.item.id for action in made.actions if isinstance(action, MoveItem)] == [9]
    assert (len(made.actions), len(made.waiting)) == (1, 2)


def test_of_two_such_folders_that_change_places_one_is_not_waited_for() -> None:
    toy = one()
    toy.agree(10, "B/Owl.png", "owl", folder=52)
    toy.remote[9].alone = toy.remote[10].alone = True
    toy.rename("A/Fox.png", "B/Fox.png")
    toy.rename("B/Owl.png", "A/Owl.png")
    made = toy.plan()
    assert (len(made.actions), len(made.waiting)) == (1, 1)
