"""An item's content: what is asked, left, or waits, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.actions import Adopt, Conflict, DeleteItem, Download, Forget, Replace, Upload
from syncd.core.content import content_step
from syncd.core.model import Direction, Keep
from syncd.core.places import Places
from syncd.core.plan import Deletions, Plan, plan
from syncd.core.sending import Targets
from syncd.core.state import Answer, Seen, State
from syncd.core.steps import Scene
from syncd.core.verdicts import Verdict
from tests.core.single import house
from tests.core.world import ALL, There, Toy, sha


def one(**fields: object) -> Toy:
    toy = house()
    toy.agree(9, "A/Fox.png", "work", folder=51)
    for name, value in fields.items():
        setattr(toy, name, value)
    return toy


@pytest.mark.parametrize("what", [Verdict.DELETE_ITEM, Verdict.DELETE_FILE, Verdict.NEVER])
def test_what_deletes_is_not_decided_here(what: Verdict) -> None:
    world = house().world()
    with pytest.raises(AssertionError, match="not to be decided here"):
        content_step(State(), what, Scene(world, Places(world, [], [], {}), Targets(world)))


def test_an_empty_file_replaces_content_only_after_a_person_confirms() -> None:
    toy = one()
    toy.write("A/Fox.png", "", anew=False)
    made = toy.plan()
    (held,) = made.held
    assert (held.kind, made.actions) == ("empty", ())
    toy.answers = {held.subjects[0]: Answer.CONFIRM}
    assert [type(action) for action in toy.plan().actions] == [Replace]
    toy.answers = {held.subjects[0]: Answer.REJECT}
    assert [type(action) for action in toy.plan().actions] == [Download]
    toy.settle()
    assert toy.disk["A/Fox.png"].content == "work"


def test_an_empty_file_is_asked_about_under_a_policy_that_keeps_it() -> None:
    toy = one(keep=Keep.LOCAL)
    toy.write("A/Fox.png", "", anew=False)
    toy.edit_there(9, "theirs")
    assert [held.kind for held in toy.settle().held] == ["empty"]


@pytest.mark.parametrize(("there", "kind"), [(sha("theirs"), Conflict), (None, Download)])
def test_a_change_that_was_sent_without_an_answer_and_undone_is_a_change(there: str | None, kind: type[object]) -> None:
    """What others put there has replaced, perhaps, what was sent: the agreed bytes are the last word here."""
    toy = one(unanswered={9: sha("sent")})
    toy.edit_there(9, "theirs")
    (state,) = [replace(s, remote=replace(s.remote, sha256=there)) for s in toy.states() if s.agreed and s.remote]
    (action,) = toy.plan([state]).actions
    assert isinstance(action, kind)
    assert not isinstance(action, Download) or action.path is None


@pytest.mark.parametrize(("placing", "kind"), [("work", DeleteItem), ("other", Download)])
def test_whose_file_may_have_been_other_bytes_has_not_deleted_the_agreed_ones(placing: str, kind: type[object]) -> None:
    toy = one(placing={9: sha(placing)})
    del toy.disk["A/Fox.png"]
    assert [type(action) for action in toy.plan().actions] == [kind]


def test_an_empty_item_may_be_replaced_by_what_is_empty_no_more() -> None:
    toy = house()
    toy.agree(9, "A/Fox.png", "", folder=51)
    toy.write("A/Fox.png", "work")
    toy.settle()
    assert toy.remote[9].content == "work"


def test_equal_changes_on_both_sides_are_adopted() -> None:
    toy = one()
    toy.write("A/Fox.png", "new")
    toy.edit_there(9, "new")
    toy.settle()
    assert [type(action) for action in toy.log] == [Download, Adopt]


@pytest.mark.parametrize(("keep", "copies"), [(Keep.BOTH, 1), (Keep.LOCAL, 0), (Keep.REMOTE, 0)])
def test_a_conflict_goes_by_the_policy_and_copies_do_not_multiply(keep: Keep, copies: int) -> None:
    toy = one(keep=keep)
    toy.write("A/Fox.png", "ours")
    toy.edit_there(9, "theirs")
    toy.settle()
    assert toy.disk["A/Fox.png"].content == ("ours" if keep is Keep.LOCAL else "theirs")
    assert sum("(conflict" in path for path in toy.disk) == copies
    assert {"ours", "theirs"} <= toy.contents()


def test_without_the_ability_to_replace_both_are_kept() -> None:
    toy = one(keep=Keep.LOCAL, abilities=replace(ALL, replace=False))
    toy.write("A/Fox.png", "ours")
    toy.edit_there(9, "theirs")
    toy.settle()
    assert any(isinstance(action, Conflict) for action in toy.log)


@pytest.mark.parametrize(("lacking", "change"), [("replace", "edit"), ("submit", "new"), ("delete", "delete")])
def test_what_a_remote_does_not_offer_is_left_and_said(lacking: str, change: str) -> None:
    toy = one(abilities=replace(ALL, **{lacking: False}))
    if change == "delete":
        del toy.disk["A/Fox.png"]
    else:
        toy.write("A/Fox.png" if change == "edit" else "A/new.png", "new")
    made = toy.plan()
    assert (made.actions, dict(made.ignored)) == ((), {"not-offered": 1})


def test_a_file_whose_submission_may_be_under_way_waits() -> None:
    toy = one(blocked={"A/new.png"})
    toy.write("A/new.png", "new")
    assert [waiting.path for waiting in toy.plan().waiting] == ["A/new.png"]


def test_of_two_files_in_a_new_directory_one_makes_the_folder() -> None:
    toy = one()
    toy.write("New/a.png", "a")
    toy.write("New/b.png", "b")
    made = toy.plan()
    assert (len(made.actions), [waiting.path for waiting in made.waiting]) == (1, ["New/b.png"])
    toy.settle()
    assert len(toy.folders) == 3


def test_an_item_in_a_folder_without_directory_waits() -> None:
    toy = one()
    toy.remote[9].folder = 77
    toy.agreed.clear()
    assert [waiting.reason for waiting in toy.plan().waiting] == ["its folder has no directory yet"]


def test_what_is_ignored_now_stops_in_both_directions() -> None:
    toy = one()
    toy.agree(10, "A/notes.tmp", "notes", folder=51)
    toy.write("A/notes.tmp", "more notes")
    toy.remote[10].title = "other"
    made = toy.plan()
    assert (made.actions, dict(made.ignored)) == ((), {"ignored": 1})


def test_an_edit_here_survives_a_deletion_there_as_a_new_item() -> None:
    toy = one()
    toy.write("A/Fox.png", "edited")
    toy.remote[9].seen = Seen.DELETED
    toy.settle()
    assert [type(action) for action in toy.log] == [Forget, Upload]


def test_a_change_there_survives_a_deletion_here() -> None:
    toy = one()
    del toy.disk["A/Fox.png"]
    toy.edit_there(9, "changed")
    toy.settle()
    assert toy.disk["A/Fox.png"].content == "changed"


def test_what_others_have_of_a_name_is_left_by_a_mirror_that_pushes() -> None:
    toy = one(direction=Direction.PUSH)
    toy.agreed.clear()
    toy.write("A/Fox.png", "ours")
    toy.settle()
    assert sorted(there.content for there in toy.remote.values()) == ["ours", "work"]
    assert {kept.content for kept in toy.disk.values()} == {"ours"}


def test_what_is_new_there_waits_for_a_file_of_its_name_that_is_not_quiet() -> None:
    toy = one(restless={"A/Fox.png"})
    toy.agreed.clear()
    toy.disk.clear()
    assert [waiting.reason for waiting in toy.plan().waiting] == ["a file of this name is not quiet yet"]


def test_the_copy_that_an_earlier_try_made_is_used_again() -> None:
    toy = one()
    toy.write("A/Fox.png", "mine", anew=False)
    toy.edit_there(9, "theirs")
    (first,) = toy.plan(toy.states()).actions
    assert isinstance(first, Download)
    toy.remote[9].fetched = True
    (conflict,) = toy.plan().actions
    assert isinstance(conflict, Conflict) and conflict.copy
    toy.write(conflict.copy, "mine")
    assert [action for action in toy.plan().actions if isinstance(action, Conflict)] == [conflict]
    toy.write(conflict.copy, "another")
    (other,) = [action for action in toy.plan().actions if isinstance(action, Conflict)]
    assert other.copy not in {None, conflict.copy}


def test_of_what_is_left_alone_on_the_disk_nothing_is_said() -> None:
    toy = one()
    toy.edit_there(9, "theirs")
    toy.hidden = {"A/Fox.png"}
    assert [waiting.path for waiting in toy.plan().waiting] == ["A/Fox.png"]
    toy.left_alone = {"A/Fox.png"}
    made = toy.plan()
    assert (made.actions, made.waiting, made.left) == ((), (), ())
    assert [state.agreed.id for state in made.settled if state.agreed] == [9]


def test_a_conflict_goes_on_with_the_copy_that_was_being_made_wherever_it_is() -> None:
    toy = one()
    toy.write("A/Fox.png", "mine", anew=False)
    toy.edit_there(9, "theirs")
    toy.remote[9].fetched = True
    world = toy.world()
    deletions = Deletions(toy.brake)
    waits = plan(toy.states(), replace(world, being_placed=lambda itemid: itemid == -9), deletions)
    assert [waiting.path for waiting in waits.waiting] == ["A/Fox.png"]
    (conflict,) = plan(toy.states(), replace(world, copied=lambda itemid: f"moved-{itemid}.png"), deletions).actions
    assert isinstance(conflict, Conflict) and conflict.copy == "moved-9.png"


def test_a_copy_is_no_new_file_before_its_conflict_is_over() -> None:
    toy = one()
    toy.write("A/Fox (conflict 12345678).png", "mine")
    deletions = Deletions(toy.brake)
    waits = plan(
        toy.states(), replace(toy.world(), placed=lambda file: -9 if file.path != "A/Fox.png" else None), deletions
    )
    assert (waits.actions, [waiting.path for waiting in waits.waiting]) == ((), ["A/Fox (conflict 12345678).png"])
    assert [type(action) for action in toy.plan().actions] == [Upload]


def test_an_item_whose_file_was_being_placed_waits_until_that_is_quiet() -> None:
    toy = one()
    del toy.disk["A/Fox.png"]
    veiled = replace(toy.world(), being_placed=lambda itemid: itemid == 9)
    assert plan(toy.states(), veiled, Deletions(toy.brake)).actions == ()
    assert [type(action) for action in toy.plan().actions] == [DeleteItem]


def _fetched(plan: Plan) -> bool:
    """Whether all there is to do is to learn what the item holds."""
    return [type(action) for action in plan.actions] == [Download] and plan.actions[0].path is None  # type: ignore[union-attr]


@pytest.mark.parametrize("here", ["edited", "gone", "into a new directory"])
def test_what_was_taken_for_ours_is_proven_before_it_is_replaced_or_deleted(here: str) -> None:
    """W25: between our write and its first reading somebody may have put other bytes there."""
    toy = one()
    toy.agreed[9] = replace(toy.agreed[9], provisional=True)
    assert toy.plan().actions == ()
    match here:
        case "edited":
            toy.write("A/Fox.png", "new", anew=False)
        case "gone":
            del toy.disk["A/Fox.png"]
        case _:
            toy.rename("A/Fox.png", "New/Fox.png")
    assert _fetched(toy.plan())
    toy.remote[9].told = False
    assert [waiting.itemid for waiting in toy.plan().waiting] == [9]
    toy.remote[9].told = toy.remote[9].fetched = True
    assert not _fetched(toy.plan()) and len(toy.plan().actions) == 1
    toy.remote[9].content = "theirs"
    assert not any(isinstance(step, Replace | DeleteItem | Upload) for step in toy.plan().actions)


def test_nothing_comes_into_a_directory_that_is_left_alone_now() -> None:
    toy = one()
    toy.remote[10] = There("Owl", 51, "owl")
    toy.agree(11, "B/Elk.png", "elk", folder=52)
    toy.remote[11].folder = 51
    toy.left_alone = {"A"}
    toy.hidden = {"A/Fox.png"}
    made = toy.plan()
    assert (made.actions, dict(made.ignored)) == ((), {"blocked": 2})


def test_what_is_gone_and_only_left_alone_is_forgotten_once_its_path_is_another_s() -> None:
    toy = one(direction=Direction.PUSH)
    toy.agree(10, "A/Owl.png", "other", folder=51)
    toy.edit_there(9, "theirs")
    del toy.disk["A/Fox.png"]
    assert toy.settle().actions == () and {row.path for row in toy.agreed.values()} == {"A/Fox.png", "A/Owl.png"}
    toy.disk["A/Fox.png"] = toy.disk.pop("A/Owl.png")
    toy.settle()
    assert {(row.id, row.path) for row in toy.agreed.values()} == {(10, "A/Fox.png")}
