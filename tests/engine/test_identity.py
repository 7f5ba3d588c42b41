"""Which file is which item: editors' saves, inodes that change, a database that is lost or old (W29, W31, I4, I6)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from syncd.core.model import Changes, Make
from syncd.engine import cycle, open_mirror
from syncd.engine.opening import set_aside
from syncd.store.store import Store, open_store
from tests.engine.desks import Desk, reopened
from tests.engine.rest import stays_its_items


def _id(one: Desk, path: str) -> int:
    agreed = one.mirror.store.agreed.at(path)
    assert agreed is not None, path
    return agreed.id


# --- W31: editors


def test_a_save_by_a_new_file_renamed_over_keeps_the_item(two: Desk) -> None:
    two.write("a.txt", "one")
    two.sync()
    itemid = _id(two, "a.txt")
    two.write("a.txt.new", "two!")
    two.ever.discard(b"one")
    two.rename("a.txt.new", "a.txt")
    run = two.sync()
    assert two.actions(run) == [("replace", "a.txt")]
    assert _id(two, "a.txt") == itemid
    assert two.titles() == {"a": b"two!"}


def test_a_save_that_keeps_a_backup_keeps_the_item(two: Desk) -> None:
    two.write("a.txt", "one")
    two.sync()
    itemid = _id(two, "a.txt")
    two.rename("a.txt", "a.txt~")
    two.write("a.txt", "two!")
    two.sync()
    assert _id(two, "a.txt") == itemid
    assert two.titles() == {"a": b"two!"}
    two.ever.discard(b"one")


def test_a_save_that_removes_and_makes_anew_keeps_the_item(two: Desk) -> None:
    two.write("a.txt", "one")
    two.write("b.txt", "other")
    two.sync()
    itemid = _id(two, "a.txt")
    two.remove("a.txt")
    two.ever.discard(b"one")
    real, late = two.hours.sleep, list[Path]()

    def sleep(seconds: float) -> None:
        if not late:
            late.append(two.write("a.txt", "two!"))
        real(seconds)

    object.__setattr__(two.mirror.clock, "sleep", sleep)
    run = two.sync()
    assert two.actions(run) == [("replace", "a.txt")]
    assert _id(two, "a.txt") == itemid
    object.__setattr__(two.mirror.clock, "sleep", real)


def _begin_a_move(two: Desk, *, beside: str) -> int:
    """Of three files that are agreed, `Old/a.txt` was moved to `New` and written to just now; its item's id."""
    for path, content in (("Old/a.txt", "one"), (beside, "other"), ("New/c.txt", "third")):
        two.write(path, content)
    two.sync()
    itemid = _id(two, "Old/a.txt")
    two.rename("Old/a.txt", "New/a.txt")
    os.utime(two.folder / "New/a.txt", (two.hours.now(), two.hours.now()))
    return itemid


def test_a_file_that_leaves_its_new_name_before_it_was_quiet_is_gone_no_sooner_than_after_the_quiet_time(
    two: Desk,
) -> None:
    """A look may have passed the place by that the file is at now (I3)."""
    itemid = _begin_a_move(two, beside="Old/b.txt")
    cycle(two.mirror)
    two.hours.sleep(3.0)
    unseen = (two.folder / "New/a.txt").rename(two.state / "unseen.txt")
    two.touched()
    cycle(two.mirror)
    assert two.titles() == {"Old/a": b"one", "Old/b": b"other", "New/c": b"third"}
    unseen.rename(two.folder / "a.txt")
    two.touched()
    run = two.sync()
    assert run.report.settled, run.report
    assert (_id(two, "a.txt"), two.titles()) == (itemid, {"a": b"one", "Old/b": b"other", "New/c": b"third"})


@pytest.mark.parametrize("emptied", [False, True])
def test_a_file_that_was_not_quiet_under_its_new_name_is_missed_after_a_crash_no_sooner(
    two: Desk, *, emptied: bool
) -> None:
    """Its record is all that a new process knows it by, and all that makes it wait (I3)."""
    itemid = _begin_a_move(two, beside="b.txt")
    if emptied:
        (two.folder / "Old").rmdir()
    for _ in range(2):
        os.utime(two.folder / "New/a.txt", (two.hours.now(), two.hours.now()))
        two.touched()
        cycle(two.mirror)
        two.hours.sleep(3.0)
    unseen = (two.folder / "New/a.txt").rename(two.state / "unseen.txt")
    cycle(reopened(two).mirror)
    assert sorted(two.titles().values()) == [b"one", b"other", b"third"]
    unseen.rename(two.folder / "a.txt")
    two.touched()
    run = two.sync()
    assert run.report.settled, run.report
    assert (_id(two, "a.txt"), two.titles()) == (itemid, {"a": b"one", "b": b"other", "New/c": b"third"})


def test_a_file_that_left_its_new_name_before_it_was_quiet_and_does_not_turn_up_is_deleted(two: Desk) -> None:
    _begin_a_move(two, beside="Old/b.txt")
    cycle(two.mirror)
    two.hours.sleep(3.0)
    two.remove("New/a.txt")
    run = two.sync()
    assert run.report.settled, run.report
    assert (two.titles(), two.trash()) == ({"Old/b": b"other", "New/c": b"third"}, [b"one"])


def test_a_file_exchanged_by_another_of_the_same_bytes_changes_nothing(two: Desk) -> None:
    file = two.write("a.txt", "one")
    two.sync()
    shutil.copy(file, two.state / "copy")
    file.unlink()
    shutil.move(two.state / "copy", file)
    two.touched()
    run = two.sync()
    assert run.actions == []


# --- W29: moved while we were away, inodes changed, the database lost


def _stand(two: Desk) -> None:
    two.write("a.txt", "A")
    two.write("Sketches/b.txt", "B")
    two.write("Sketches/c.txt", "C")
    two.submit("c.txt", "C2", title="c")
    two.submit("x.txt", "X", target=Make("Theirs", None))
    two.sync()


def test_files_moved_while_syncd_was_stopped_are_moves(two: Desk) -> None:
    _stand(two)
    two.rename("a.txt", "Sketches/z.txt")
    run = reopened(two).sync()
    assert {a.action for a in run.actions} <= {"move", "rename"}
    assert two.titles() == {"Sketches/z": b"A", "Sketches/b": b"B", "Sketches/c": b"C", "c": b"C2", "Theirs/x": b"X"}


def test_a_restored_backup_with_other_inodes_changes_nothing(two: Desk) -> None:
    _stand(two)
    shutil.copytree(two.folder, two.state / "backup", symlinks=True)
    shutil.rmtree(two.folder)
    shutil.copytree(two.state / "backup", two.folder)
    run = reopened(two).sync()
    assert run.actions == []


def test_files_renamed_with_other_inodes_are_found_by_their_bytes(two: Desk) -> None:
    _stand(two)
    shutil.copytree(two.folder, two.state / "backup", symlinks=True)
    shutil.rmtree(two.folder)
    shutil.copytree(two.state / "backup", two.folder)
    (two.folder / "Sketches/b.txt").rename(two.folder / "Sketches/new.txt")
    run = reopened(two).sync()
    assert two.actions(run) == [("rename", "Sketches/new.txt")]


def _without_database(two: Desk) -> None:
    two.mirror.store.close()
    for file in two.state.glob("state.db*"):
        file.unlink()


@pytest.mark.parametrize("sticky", [False, True])
def test_a_lost_database_is_rebuilt_from_both_sides(two: Desk, sticky: bool) -> None:
    _stand(two)
    if sticky:  # two of one name: the suffix is no part of any title
        two.submit("a.txt", "A2", title="a")
        two.sync()
    files, titles = two.files(), two.titles()
    _without_database(two)
    run = reopened(two).sync()
    assert {a.action for a in run.actions} <= {"adopt", "mkdir"}, run.actions
    assert run.report.settled, run.report
    assert two.files() == files
    assert two.titles() == titles
    assert two.trash() == []


@pytest.mark.parametrize("quiet", [True, False])
def test_a_lost_database_and_a_file_renamed_meanwhile_doubles_nothing(two: Desk, quiet: bool) -> None:
    _stand(two)
    two.rename("a.txt", "z.txt")
    if not quiet:
        os.utime(two.folder / "z.txt", (two.hours.now(), two.hours.now()))
    _without_database(two)
    run = reopened(two).sync()
    assert len(two.files()) == len(two.titles()) == 5
    assert not [a for a in run.actions if a.action in {"upload", "download", "delete-local", "delete-remote"}]


def test_a_lost_database_and_an_edit_meanwhile_keeps_both(two: Desk) -> None:
    _stand(two)
    two.write("a.txt", "edited")
    two.ever.add(b"A")
    _without_database(two)
    reopened(two).sync()
    assert sorted(two.titles().values()) == [b"A", b"B", b"C", b"C2", b"X", b"edited"]


def test_a_lost_database_deletes_nothing_that_one_side_lacks(two: Desk) -> None:
    _stand(two)
    two.remove("a.txt")
    _without_database(two)
    reopened(two).sync()
    assert two.files()["a.txt"] == b"A"


def test_yesterdays_database_deletes_nothing_and_doubles_nothing(two: Desk, tmp_path: Path) -> None:
    _stand(two)
    two.mirror.store.close()
    shutil.copy(two.state / "state.db", tmp_path / "yesterday.db")
    reopened(two)
    two.write("new.txt", "new")
    two.rename("a.txt", "z.txt")
    item = two.submit("later.txt", "later")
    two.there.edit(_id(two, "Sketches/b.txt"), Changes(title="bee"))
    two.sync()
    files = two.files()
    two.mirror.store.close()
    shutil.copy(tmp_path / "yesterday.db", two.state / "state.db")
    for file in two.state.glob("state.db-*"):
        file.unlink()
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert two.files() == files
    assert len(two.titles()) == len(files)
    assert item.id in {row.id for row in two.mirror.store.agreed.every()}


def test_a_corrupt_database_is_set_aside_and_rebuilt(two: Desk) -> None:
    _stand(two)
    files = two.files()
    two.mirror.store.close()
    (two.state / "state.db").write_bytes(b"no database at all" * 500)
    two.mirror.store = open_store(two.state / "state.db", set_aside=lambda path: set_aside(path, 1.0))
    open_mirror(two.mirror, two.serving.server)
    two.touched()
    run = two.sync()
    assert {a.action for a in run.actions} <= {"adopt", "mkdir"}, run.actions
    assert two.files() == files
    assert (two.state / "state.db.corrupt-1").exists()
    assert isinstance(two.mirror.store, Store)


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_renamed_right_after_it_was_placed_stays_the_items(two: Desk, *, edited: bool) -> None:
    """The process dies between the rename and its record, and the file goes elsewhere before the next look."""
    item = two.submit("Fox.txt", "one")
    two.submit("keep.txt", "keep")
    two.sync()
    two.overwrite(item, "Fox.txt", "two")
    stays_its_items(two, item, b"two", edited=edited)
