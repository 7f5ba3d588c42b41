"""What is left alone (ignore rules, links, unreadable and odd files), and disks that fail."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from syncd.core.errors import FolderMissing
from syncd.core.model import Changes, Into, Item
from tests.engine.desks import Desk


def _rules(one: Desk, text: str) -> None:
    (one.folder / ".syncignore").write_text(text)
    one.touched()


def test_ignoring_what_was_synced_stops_both_directions_and_deletes_nothing(two: Desk) -> None:
    item = two.submit("a.txt", "a")
    two.submit("b.txt", "b")
    two.sync()
    _rules(two, "a.txt\n")
    two.write("a.txt", "mine")
    two.ever.add(b"a")
    run = two.sync()
    assert run.report.settled and not run.actions, run.report
    two.overwrite(item, "a.txt", "theirs")
    run = two.sync()
    assert not run.actions
    assert two.files()["a.txt"] == b"mine"
    assert two.titles() == {"a": b"theirs", "b": b"b"}
    _rules(two, "")
    run = two.sync()
    assert sorted(two.files().values())[1:] == [b"b", b"mine", b"theirs"]
    assert len(run.report.conflicts) == 1


@pytest.mark.parametrize("deed", ["delete here", "delete there", "rename here", "rename there"])
def test_of_what_is_ignored_nothing_is_concluded(two: Desk, deed: str) -> None:
    item = two.submit("a.txt", "a")
    two.submit("b.txt", "b")
    two.sync()
    _rules(two, "a.txt\n")
    two.sync()
    match deed:
        case "delete here":
            two.remove("a.txt")
        case "delete there":
            two.there.delete(item.id)
        case "rename here":
            two.rename("a.txt", "a.tmp")
        case _:
            two.there.edit(item.id, Changes(title="zebra"))
    run = two.sync()
    assert run.report.settled, run.report
    assert not [a for a in run.actions if a.action.startswith("delete")], run.actions
    assert b"a" in {*two.files().values(), *two.titles().values()}


def test_an_ignored_item_is_not_fetched_until_it_is_no_longer_ignored(two: Desk) -> None:
    _rules(two, "*.txt\n")
    two.submit("a.txt", "a")
    run = two.sync()
    assert run.report.settled, run.report
    assert set(two.files()) == {".syncignore"}
    _rules(two, "")
    two.sync()
    assert two.files()["a.txt"] == b"a"


def test_odd_files_are_left_alone_and_counted(two: Desk) -> None:
    two.write("a.txt", "a")
    (two.folder / "link.txt").symlink_to("a.txt")
    os.mkfifo(two.folder / "pipe")
    (two.folder / os.fsdecode(b"\xff.txt")).write_bytes(b"x")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.titles() == {"a": b"a"}
    assert {k: run.report.ignored[k] for k in ("symlink", "special", "not-utf8")} == {
        "symlink": 1, "special": 1, "not-utf8": 1,
    }  # fmt: skip


@pytest.mark.parametrize("instead", ["symlink", "directory", "fifo"])
def test_a_file_replaced_by_something_else_deletes_nothing(two: Desk, instead: str) -> None:
    two.write("a.txt", "a")
    two.write("b.txt", "b")
    two.sync()
    two.remove("a.txt")
    match instead:
        case "symlink":
            (two.folder / "a.txt").symlink_to("b.txt")
        case "directory":
            (two.folder / "a.txt").mkdir()
        case _:
            os.mkfifo(two.folder / "a.txt")
    run = two.sync()
    assert run.report.settled, run.report
    if instead == "directory":
        assert b"a" in two.trash(), "the file is positively gone"
    else:
        assert not run.actions
        assert two.titles() == {"a": b"a", "b": b"b"}


def test_a_file_whose_item_belongs_behind_a_link_is_still_the_items_when_an_editor_saves_it(two: Desk) -> None:
    two.write("Old/Fox.txt", "fox")
    two.write("Other/b.txt", "b")
    two.write("Sketches/a.txt", "a")
    two.sync()
    items, folders = two.listing()
    fox = next(item for item in items.values() if item.title == "Fox")
    two.there.move(fox, Into(next(folder.id for folder in folders.values() if folder.title == "Sketches")))
    shutil.move(two.folder / "Sketches", two.state / "Sketches")
    (two.folder / "Sketches").symlink_to(two.state / "Sketches")
    two.rename("Old/Fox.txt", "Other/Fox.txt")
    run = two.sync()
    assert run.report.settled and run.report.ignored["blocked"] == 1, run.report
    two.write("Other/Fox.new", "edited").rename(two.folder / "Other/Fox.txt")
    two.ever.discard(b"fox")
    run = two.sync()
    assert run.report.settled and not two.changing().get("delete"), run.report
    now = two.there.read(fox.id)
    assert isinstance(now, Item) and two.content(now) == b"edited"
    assert two.files() == {"Other/Fox.txt": b"edited", "Other/b.txt": b"b"}
    assert len(two.titles()) == 3
    (two.folder / "Sketches").unlink()
    shutil.move(two.state / "Sketches", two.folder / "Sketches")
    run = two.sync(true_up=True)
    assert run.report.settled and not run.report.ignored, run.report
    assert two.files() == {"Sketches/Fox.txt": b"edited", "Sketches/a.txt": b"a", "Other/b.txt": b"b"}
    assert not two.losses()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_directory_says_nothing_of_what_is_below(two: Desk) -> None:
    two.write("Sketches/a.txt", "a")
    two.write("b.txt", "b")
    two.sync()
    (two.folder / "Sketches").chmod(0)
    two.touched()
    run = two.sync()
    (two.folder / "Sketches").chmod(0o755)
    assert not run.actions
    assert len(two.titles()) == 2
    two.touched()


def test_a_full_disk_fails_the_download_and_nothing_else(two: Desk) -> None:
    two.sync()
    two.submit("a.txt", "a" * 1000)
    two.write("b.txt", "b")
    policy = two.mirror.policy
    two.mirror.policy = replace(policy, reserve=2**62)
    run = two.sync()
    assert two.titles()["b"] == b"b"
    assert two.files() == {"b.txt": b"b"}
    assert [failure.error for failure in run.report.failures] == ["disk-failed"]
    assert run.report.retry_at is not None
    two.mirror.policy = policy
    two.hours.ahead += 3600
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files()["a.txt"] == b"a" * 1000


@pytest.mark.parametrize("what", ["missing", "empty", "another marker"])
def test_a_folder_that_is_not_ours_deletes_nothing(two: Desk, what: str) -> None:
    two.write("a.txt", "a")
    two.write("b.txt", "b")
    two.sync()
    aside = two.folder.with_name("aside")
    two.folder.rename(aside)
    if what != "missing":
        two.folder.mkdir()
    if what == "another marker":
        (two.folder / ".syncd").mkdir()
        (two.folder / ".syncd/marker.json").write_text('{"marker": "another"}')
    two.touched()
    with pytest.raises(FolderMissing):
        two.sync()
    assert two.titles() == {"a": b"a", "b": b"b"}
    if what != "missing":
        shutil.rmtree(two.folder)
    aside.rename(two.folder)
    assert two.sync().actions == []
