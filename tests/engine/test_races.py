"""What happens on both sides at once, or while a request is under way (W3, W5, W6, W8, W9, W12-W17)."""

from __future__ import annotations

import pytest

from syncd.core.model import Changes, Make
from tests.engine.desks import Desk

# --- W3: the answer to a change that may be repeated is lost


@pytest.mark.parametrize("applied", [True, False])
def test_a_replacement_of_unknown_outcome_is_looked_at_and_repeated_if_need_be(two: Desk, applied: bool) -> None:
    two.write("a.txt", "one")
    two.sync()
    two.write("a.txt", "two!")
    two.lossy.suffer("replace", applied=applied)
    run = two.sync()
    assert two.titles() == {"a": b"two!"}
    assert two.files() == {"a.txt": b"two!"}
    assert run.report.settled, run.report


@pytest.mark.parametrize("applied", [True, False])
def test_a_save_while_a_replacement_of_unknown_outcome_is_sent_is_no_conflict(two: Desk, applied: bool) -> None:
    """Only one side has changed, though the item holds bytes that were never agreed on."""
    two.write("a.txt", "one")
    two.sync()
    two.write("a.txt", "two!")
    two.lossy.suffer("replace", applied=applied, before=lambda: two.write("a.txt", "three"))
    run = two.sync()
    assert run.report.settled and not run.report.conflicts, run.report
    assert two.titles() == {"a": b"three"}
    assert two.files() == {"a.txt": b"three"}


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    ("changes", "names", "below"),
    [
        ("edit", ("a.txt", "b.txt", "c.txt"), ""),
        ("rename_folder", ("Sketches", "Drawings", "Paintings"), "/a.txt"),
    ],
)
def test_a_rename_while_a_new_title_of_unknown_outcome_is_sent_is_the_last_word(
    two: Desk, changes: str, names: tuple[str, str, str], below: str, applied: bool
) -> None:
    old, new, newest = names
    two.write(f"{old}{below}", "one")
    two.sync()
    two.rename(old, new)
    two.lossy.suffer(changes, applied=applied, before=lambda: two.rename(new, newest))
    run = two.sync()
    assert run.report.settled, run.report
    path = f"{newest}{below}"
    assert two.titles() == {path.removesuffix(".txt"): b"one"}
    assert two.files() == {path: b"one"}
    unanswered = two.mirror.store.unanswered
    assert not unanswered.words() and not unanswered.folders()


@pytest.mark.parametrize("last", ["three", "one"])
def test_what_others_put_over_an_unanswered_replacement_is_a_conflict(two: Desk, last: str) -> None:
    """Also with the agreed bytes, if the change was undone here: by then these were the last word (I1)."""
    two.write("a.txt", "one")
    two.sync()
    item = two.mirror.store.agreed.at("a.txt")
    assert item is not None

    def both() -> None:
        two.write("a.txt", last)
        two.overwrite(next(iter(two.listing()[0].values())), "a.txt", "theirs")

    two.write("a.txt", "two!")
    two.lossy.suffer("replace", after=both)
    run = two.sync()
    assert run.report.conflicts, run.report
    assert {last.encode(), b"theirs"} == set(two.files().values())
    assert two.mirror.store.unanswered.sha256(item.id) is None


@pytest.mark.parametrize("applied", [True, False])
def test_an_unanswered_replacement_that_is_undone_here_alone_is_no_conflict(two: Desk, applied: bool) -> None:
    two.write("a.txt", "one")
    two.sync()
    two.write("a.txt", "two!")
    two.lossy.suffer("replace", applied=applied, before=lambda: two.write("a.txt", "one"))
    for true_up in (False, True):
        run = two.sync(true_up=true_up)
        assert run.report.settled and not run.report.conflicts, run.report
        assert two.titles() == {"a": b"one"}
        assert two.files() == {"a.txt": b"one"}


def test_a_file_deleted_after_an_unanswered_replacement_stays_deleted(two: Desk) -> None:
    two.write("keep.txt", "keep")
    two.write("a.txt", "one")
    two.sync()
    two.write("a.txt", "two!")
    two.lossy.suffer("replace", after=lambda: two.remove("a.txt"))
    run = two.sync()
    assert run.report.settled and not run.report.conflicts, run.report
    assert two.titles() == {"keep": b"keep"}
    assert b"two!" in two.trash()


@pytest.mark.parametrize("applied", [True, False])
def test_a_rename_of_unknown_outcome_happens_once(two: Desk, applied: bool) -> None:
    two.write("a.txt", "one")
    two.sync()
    two.rename("a.txt", "b.txt")
    two.lossy.suffer("edit", applied=applied)
    run = two.sync()
    assert two.titles() == {"b": b"one"}
    assert two.files() == {"b.txt": b"one"}
    assert run.report.settled, run.report


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("target", ["Done/a.txt", "a.txt", "New/a.txt"])
def test_a_move_of_unknown_outcome_happens_once(two: Desk, applied: bool, target: str) -> None:
    two.write("Sketches/a.txt", "one")
    two.write("Done/b.txt", "two")
    two.sync()
    two.rename("Sketches/a.txt", target)
    two.lossy.suffer("move", applied=applied)
    run = two.sync()
    assert two.titles() == {target.removesuffix(".txt"): b"one", "Done/b": b"two"}
    assert two.files() == {target: b"one", "Done/b.txt": b"two"}
    assert run.report.settled, run.report


@pytest.mark.parametrize("applied", [True, False])
def test_a_deletion_of_unknown_outcome_happens_once(two: Desk, applied: bool) -> None:
    two.write("a.txt", "one")
    two.write("b.txt", "two")
    two.sync()
    two.remove("a.txt")
    two.lossy.suffer("delete", applied=applied)
    run = two.sync()
    assert two.titles() == {"b": b"two"}
    assert two.trash() == [b"one"]
    assert run.report.settled, run.report


@pytest.mark.parametrize("applied", [True, False])
def test_a_folder_rename_of_unknown_outcome_happens_once(two: Desk, applied: bool) -> None:
    two.write("Sketches/a.txt", "one")
    two.sync()
    two.rename("Sketches", "Drawings")
    two.lossy.suffer("rename_folder", applied=applied)
    run = two.sync()
    assert two.titles() == {"Drawings/a": b"one"}
    assert two.files() == {"Drawings/a.txt": b"one"}
    assert run.report.settled, run.report


# --- W5, W6, W8: somebody edits while we work


def test_an_edit_while_the_file_is_sent_is_sent_afterwards(two: Desk) -> None:
    two.write("a.txt", "one")
    two.lossy.meanwhile("submit", before=lambda: two.write("a.txt", "two!"))
    run = two.sync()
    assert two.titles() == {"a": b"two!"}
    assert run.report.settled, run.report


def test_an_edit_while_an_edit_is_sent_is_sent_afterwards(two: Desk) -> None:
    two.write("a.txt", "one")
    two.sync()
    two.write("a.txt", "two!")
    two.lossy.meanwhile("replace", before=lambda: two.write("a.txt", "three"))
    run = two.sync()
    assert two.titles() == {"a": b"three"}
    assert run.report.settled, run.report


def test_an_edit_right_after_our_own_write_is_not_swallowed(two: Desk) -> None:
    two.submit("a.txt", "one")
    two.sync()
    two.write("a.txt", "mine")
    two.sync()
    assert two.titles() == {"a": b"mine"}


def test_an_edit_while_the_update_is_fetched_is_a_conflict(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.sync()
    two.overwrite(item, "a.txt", "theirs")
    two.lossy.meanwhile("open", after=lambda: two.write("a.txt", "mine"))
    run = two.sync()
    assert run.report.settled, run.report
    assert sorted(two.files().values()) == [b"mine", b"theirs"]
    assert len(run.report.conflicts) == 1


def test_a_change_there_between_our_look_and_our_edit_is_a_conflict(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.sync()
    two.write("a.txt", "mine")
    two.lossy.meanwhile("prepare", after=lambda: two.overwrite(item, "a.txt", "theirs"))
    run = two.sync()
    assert sorted(two.files().values()) == [b"mine", b"theirs"]
    assert sorted(two.titles().values()) == [b"mine", b"theirs"]
    assert len(run.report.conflicts) == 1


def test_a_change_there_between_our_look_and_our_deletion_comes_back(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.submit("b.txt", "other")
    two.sync()
    two.remove("a.txt")
    two.lossy.meanwhile("open", after=lambda: two.overwrite(item, "a.txt", "theirs"))
    two.sync()
    assert two.files() == {"a.txt": b"theirs", "b.txt": b"other"}
    assert two.titles() == {"a": b"theirs", "b": b"other"}


def test_a_file_that_comes_back_while_its_item_is_being_deleted_keeps_it(two: Desk) -> None:
    two.write("a.txt", "one")
    two.write("b.txt", "two")
    two.sync()
    two.remove("a.txt")
    two.lossy.meanwhile("read", before=lambda: two.write("a.txt", "back"))
    two.sync()
    assert two.titles() == {"a": b"back", "b": b"two"}
    assert two.files() == {"a.txt": b"back", "b.txt": b"two"}


# --- W9, W12-W17: both sides did something


def test_renamed_on_both_sides_the_remote_name_wins(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.sync()
    two.there.edit(item.id, Changes(title="theirs"))
    two.rename("a.txt", "mine.txt")
    two.sync()
    assert two.files() == {"theirs.txt": b"one"}
    assert two.titles() == {"theirs": b"one"}


def test_a_name_that_both_sides_gave_proves_no_content(two: Desk) -> None:
    """What was only taken for ours (W25) still is, however the file and its item came to one name."""
    two.write("Fox.txt", "fox")
    two.sync()
    before = two.mirror.store.agreed.at("Fox.txt")
    assert before is not None and before.provisional
    two.there.edit(before.id, Changes(title="Wolf"))
    two.rename("Fox.txt", "Wolf.txt")
    two.sync()
    after, told = two.mirror.store.agreed.at("Wolf.txt"), two.mirror.store.remote.item(before.id)
    assert after is not None and told is not None and after.title == "Wolf"
    assert after.provisional or told.sha256 == after.sha256
    two.sync(true_up=True)
    proven = two.mirror.store.agreed.at("Wolf.txt")
    assert proven is not None and not proven.provisional


def test_renamed_there_and_edited_here_both_happen(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.sync()
    two.there.edit(item.id, Changes(title="theirs"))
    two.write("a.txt", "mine")
    two.sync()
    assert two.files() == {"theirs.txt": b"mine"}
    assert two.titles() == {"theirs": b"mine"}


def test_moved_here_and_edited_there_both_happen(two: Desk) -> None:
    item = two.submit("a.txt", "one", target=Make("Sketches", None))
    two.submit("b.txt", "two", target=Make("Done", None))
    two.sync()
    two.overwrite(item, "a.txt", "theirs")
    two.rename("Sketches/a.txt", "Done/a.txt")
    two.sync()
    assert two.files() == {"Done/a.txt": b"theirs", "Done/b.txt": b"two"}
    assert two.titles() == {"Done/a": b"theirs", "Done/b": b"two"}


def test_moved_on_both_sides_the_remote_place_wins(two: Desk) -> None:
    item = two.submit("a.txt", "one", target=Make("One", None))
    two.submit("b.txt", "two", target=Make("Two", None))
    third = two.submit("c.txt", "three", target=Make("Three", None))
    two.sync()
    assert third.folder is not None
    from syncd.core.model import Into, Item

    now = two.there.read(item.id)
    assert isinstance(now, Item)
    two.there.move(now, Into(third.folder))
    two.rename("One/a.txt", "Two/a.txt")
    two.sync()
    assert two.files() == {"Three/a.txt": b"one", "Two/b.txt": b"two", "Three/c.txt": b"three"}


def test_deleted_there_and_edited_here_is_kept_as_a_new_item(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.submit("b.txt", "two")
    two.sync()
    two.there.delete(item.id)
    two.ever.discard(b"one")
    two.write("a.txt", "mine")
    two.sync()
    assert two.files() == {"a.txt": b"mine", "b.txt": b"two"}
    assert two.titles() == {"a": b"mine", "b": b"two"}


def test_deleted_here_and_changed_there_comes_back(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.submit("b.txt", "two")
    two.sync()
    two.overwrite(item, "a.txt", "theirs")
    two.remove("a.txt")
    two.sync()
    assert two.files() == {"a.txt": b"theirs", "b.txt": b"two"}


def test_deleted_here_and_only_renamed_there_is_deleted(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.submit("b.txt", "two")
    two.sync()
    two.there.edit(item.id, Changes(title="new"))
    two.remove("a.txt")
    two.sync()
    assert two.titles() == {"b": b"two"}
    assert two.files() == {"b.txt": b"two"}


def test_deleted_on_both_sides_is_forgotten(two: Desk) -> None:
    item = two.submit("a.txt", "one")
    two.submit("b.txt", "two")
    two.sync()
    two.there.delete(item.id)
    two.remove("a.txt")
    two.ever.discard(b"one")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"b.txt": b"two"}


def test_the_item_of_an_overwritten_file_goes_also_if_a_link_is_in_its_place_by_then(two: Desk) -> None:
    """Else two items are agreed to be at one path (I5), and of what is left alone nothing more is concluded."""
    two.submit("Fox.txt", "one")
    two.submit("Wolf.txt", "two")
    two.sync()

    def link() -> None:
        (two.folder / "Fox.txt").unlink()
        (two.folder / "Fox.txt").symlink_to("elsewhere")

    two.rename("Wolf.txt", "Fox.txt")
    two.lossy.meanwhile("read", before=link)
    two.sync()
    assert two.titles() == {"Fox": b"two"}
    assert b"one" in two.trash()
