"""The main job: what happens on either side arrives on the other."""

from __future__ import annotations

from syncd.core.model import Changes, Into, Make
from tests.engine.desks import Desk


def test_a_new_file_becomes_an_item(one: Desk) -> None:
    one.write("Fox at dawn.txt", "fox")
    run = one.sync()
    assert one.actions(run) == [("upload", "Fox at dawn.txt")]
    assert one.titles() == {"Fox at dawn": b"fox"}
    assert run.report.settled
    assert one.actions(one.sync()) == []


def test_a_new_item_becomes_a_file(one: Desk) -> None:
    one.submit("Hare.txt", "hare")
    run = one.sync()
    assert one.files() == {"Hare.txt": b"hare"}
    assert run.report.settled
    assert one.actions(one.sync()) == []


def test_a_poll_that_finds_nothing_is_one_request_and_no_write(one: Desk) -> None:
    one.write("a.txt", "a")
    one.sync()
    before, requests = one.mirror.store.changes, one.mirror.remote.requests()
    run = one.sync()
    after = one.mirror.remote.requests()
    assert {k: v - requests.get(k, 0) for k, v in after.items() if v != requests.get(k, 0)} == {"delta": 1}
    assert one.mirror.store.changes == before
    assert run.cycles == 1
    assert run.report.settled


def test_an_edit_here_replaces_the_bytes_there(one: Desk) -> None:
    one.write("a.txt", "one")
    one.sync()
    one.write("a.txt", "two!")
    run = one.sync()
    assert one.actions(run) == [("replace", "a.txt")]
    assert one.titles() == {"a": b"two!"}
    assert run.report.settled


def test_an_edit_there_replaces_the_bytes_here(one: Desk) -> None:
    item = one.submit("a.txt", "one")
    one.sync()
    one.overwrite(item, "a.txt", "two!")
    run = one.sync()
    assert one.files() == {"a.txt": b"two!"}
    assert run.report.settled


def test_a_deletion_there_moves_the_file_to_the_trash(one: Desk) -> None:
    item = one.submit("a.txt", "one")
    one.submit("b.txt", "two")
    one.sync()
    one.there.delete(item.id)
    run = one.sync()
    assert one.actions(run) == [("delete-local", "a.txt")]
    assert one.files() == {"b.txt": b"two"}
    assert one.trash() == [b"one"]
    assert run.report.settled


def test_a_deletion_here_deletes_there_with_the_bytes_in_the_trash(one: Desk) -> None:
    one.write("a.txt", "one")
    one.write("b.txt", "two")
    one.sync()
    (one.folder / "a.txt").unlink()
    one.touched()
    run = one.sync()
    assert one.actions(run) == [("delete-remote", "a.txt")]
    assert one.titles() == {"b": b"two"}
    assert one.trash() == [b"one"]
    assert run.report.settled


def test_a_rename_here_is_one_request_without_content(one: Desk) -> None:
    one.write("a.txt", "one")
    one.sync()
    before = one.mirror.remote.requests()
    (one.folder / "a.txt").rename(one.folder / "c.txt")
    one.touched()
    run = one.sync()
    assert one.actions(run) == [("rename", "c.txt")]
    assert one.titles() == {"c": b"one"}
    after = one.mirror.remote.requests()
    assert after["submit"] - before["submit"] == 1
    assert after.get("original", 0) == before.get("original", 0)
    assert run.report.settled


def test_a_rename_there_renames_the_file(one: Desk) -> None:
    item = one.submit("a.txt", "one")
    one.sync()
    one.there.edit(item.id, Changes(title="Zebra"))
    run = one.sync()
    assert one.actions(run) == [("rename", "Zebra.txt")]
    assert one.files() == {"Zebra.txt": b"one"}
    assert run.report.settled


def test_directories_become_folders(one: Desk) -> None:
    one.write("Sketches/a.txt", "a")
    one.write("Sketches/b.txt", "b")
    one.write("Sketches/Deep/c.txt", "c")
    run = one.sync()
    assert run.report.settled, run.report
    deep = "Sketches/Deep" if one.dialect == "v1" else "Sketches / Deep"
    assert one.titles() == {"Sketches/a": b"a", "Sketches/b": b"b", f"{deep}/c": b"c"}
    assert one.actions(one.sync()) == []


def test_folders_become_directories(one: Desk) -> None:
    first = one.submit("a.txt", "a", target=Make("Sketches", None))
    assert first.folder is not None
    one.submit("b.txt", "b", target=Into(first.folder))
    run = one.sync()
    assert one.files() == {"Sketches/a.txt": b"a", "Sketches/b.txt": b"b"}
    assert run.report.settled, run.report


def test_a_directory_renamed_here_renames_the_folder(one: Desk) -> None:
    one.write("Sketches/a.txt", "a")
    one.write("Sketches/b.txt", "b")
    one.sync()
    before = one.mirror.remote.requests()
    (one.folder / "Sketches").rename(one.folder / "Drawings")
    one.touched()
    run = one.sync()
    assert one.actions(run) == [("rename-folder", "Drawings")]
    assert one.titles() == {"Drawings/a": b"a", "Drawings/b": b"b"}
    after = one.mirror.remote.requests()
    changing = {"submit", "move", "folder", "update", "delete", "original"}
    assert sum(after.get(k, 0) - before.get(k, 0) for k in changing) == 1
    assert run.report.settled


def test_a_folder_renamed_there_renames_the_directory(one: Desk) -> None:
    first = one.submit("a.txt", "a", target=Make("Sketches", None))
    assert first.folder is not None
    one.sync()
    one.there.rename_folder(first.folder, "Drawings")
    run = one.sync()
    assert one.files() == {"Drawings/a.txt": b"a"}
    assert one.directories() == {"Drawings"}
    assert run.report.settled


def test_a_file_moved_here_moves_the_item(one: Desk) -> None:
    one.write("Sketches/a.txt", "a")
    one.write("Done/b.txt", "b")
    one.sync()
    (one.folder / "Sketches/a.txt").rename(one.folder / "Done/a.txt")
    one.touched()
    run = one.sync()
    assert one.actions(run) == [("move", "Done/a.txt")]
    assert one.titles() == {"Done/a": b"a", "Done/b": b"b"}
    assert run.report.settled, run.report


def test_a_file_moved_to_the_root_and_into_a_new_directory(one: Desk) -> None:
    one.write("Sketches/a.txt", "a")
    one.write("Sketches/b.txt", "b")
    one.sync()
    (one.folder / "Sketches/a.txt").rename(one.folder / "a.txt")
    (one.folder / "New").mkdir()
    (one.folder / "Sketches/b.txt").rename(one.folder / "New/b.txt")
    one.touched()
    run = one.sync()
    assert one.titles() == {"a": b"a", "New/b": b"b"}
    assert one.files() == {"a.txt": b"a", "New/b.txt": b"b"}
    assert run.report.settled, run.report
    assert one.actions(one.sync()) == []


def test_both_sides_changed_is_a_conflict_that_keeps_both(one: Desk) -> None:
    item = one.submit("Fox.txt", "one")
    one.sync()
    one.overwrite(item, "Fox.txt", "theirs")
    one.write("Fox.txt", "mine")
    run = one.sync()
    assert run.report.settled, run.report
    files = one.files()
    assert files.pop("Fox.txt") == b"theirs"
    assert list(files.values()) == [b"mine"]
    assert next(iter(files)).startswith("Fox (conflict ")
    assert sorted(one.titles().values()) == [b"mine", b"theirs"]
    assert [c.path for c in run.report.conflicts] == ["Fox.txt"]


def test_equal_files_are_adopted_at_the_first_sync(one: Desk) -> None:
    one.submit("a.txt", "same")
    one.write("a.txt", "same")
    run = one.sync()
    assert one.actions(run) == [("adopt", "a.txt")]
    assert one.files() == {"a.txt": b"same"}
    assert one.titles() == {"a": b"same"}


def test_titles_swapped_there_swap_the_files(one: Desk) -> None:
    a, b = one.submit("a.txt", "A"), one.submit("b.txt", "B")
    one.sync()
    one.there.edit(a.id, Changes(title="b"))
    one.there.edit(b.id, Changes(title="a"))
    run = one.sync()
    assert one.files() == {"a.txt": b"B", "b.txt": b"A"}
    assert run.report.settled


def test_names_swapped_here_swap_the_titles(one: Desk) -> None:
    one.write("a.txt", "A")
    one.write("b.txt", "B")
    one.sync()
    (one.folder / "a.txt").rename(one.folder / "t")
    (one.folder / "b.txt").rename(one.folder / "a.txt")
    (one.folder / "t").rename(one.folder / "b.txt")
    one.touched()
    run = one.sync()
    assert one.titles() == {"a": b"B", "b": b"A"}
    assert run.report.settled


def test_a_published_item_stays_here_and_is_left_alone(one: Desk) -> None:
    item = one.submit("a.txt", "one")
    one.submit("b.txt", "two")
    one.sync()
    one.publish(item.id)
    run = one.sync()
    assert one.files() == {"a.txt": b"one", "b.txt": b"two"}
    assert run.report.settled, run.report
    one.write("a.txt", "edited")
    run = one.sync()
    assert one.actions(run) == []
    assert one.titles() == {"b": b"two"}
