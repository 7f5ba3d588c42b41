"""Directories and folders that come, go, and change under our hands (W26, W27, and how a Sta.sh looks on disk)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncd.core.model import Changes, Into, Item, Make
from syncd.engine import cycle
from syncd.server import Choices
from tests.engine.desks import Desk, desk, reopened
from tests.engine.lossy import Crash, Fate
from tests.engine.rest import rests


def _folder(one: Desk, path: str) -> int:
    agreed = one.mirror.store.agreed.folder_at(path)
    assert agreed is not None, path
    return agreed.id


def _move_away(one: Desk, *paths: str) -> None:
    """Somebody moves these items into a folder of their own, so that their old folder goes."""
    target: int | None = None
    for path in paths:
        agreed = one.mirror.store.agreed.at(path)
        assert agreed is not None
        now = one.there.read(agreed.id)
        assert isinstance(now, Item)
        if target is None:
            target = one.submit("anchor.txt", "anchor", target=Make("Elsewhere", None)).folder
        assert target is not None
        one.there.move(now, Into(target))


def _unmake(one: Desk, path: str) -> None:
    """Somebody moves the only item away and deletes the folder on the site, which no call of the API does."""
    agreed = one.mirror.store.agreed.at(path)
    assert agreed is not None and agreed.folder is not None
    _move_away(one, path)
    _prune(one, agreed.folder)


def _prune(one: Desk, folder: int) -> None:
    with one.serving.vault.changing(one.serving.login.user) as stash:
        stash.rename(folder, "Sta.sh Uploads 77")
        stash.tree._prune(folder)
        stash._commit()


def test_a_folder_that_goes_while_we_submit_into_it_is_made_again(two: Desk) -> None:
    two.write("Sketches/a.txt", "a")
    two.sync()
    two.write("Sketches/b.txt", "b")
    two.lossy.meanwhile("submit", before=lambda: _unmake(two, "Sketches/a.txt"))
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"Elsewhere/a.txt": b"a", "Elsewhere/anchor.txt": b"anchor", "Sketches/b.txt": b"b"}
    assert two.titles() == {"Elsewhere/a": b"a", "Elsewhere/anchor": b"anchor", "Sketches/b": b"b"}


def test_a_folder_that_goes_while_we_move_into_it_is_made_again(two: Desk) -> None:
    two.write("Sketches/a.txt", "a")
    two.write("Done/b.txt", "b")
    two.write("Done/c.txt", "c")
    two.sync()
    two.rename("Done/b.txt", "Sketches/b.txt")
    two.lossy.meanwhile("move", before=lambda: _unmake(two, "Sketches/a.txt"))
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files()["Sketches/b.txt"] == b"b"
    assert two.titles()["Sketches/b"] == b"b"


def test_two_folders_of_one_title_are_two_directories(tmp_path: Path) -> None:
    with desk(tmp_path, "v1", choices=Choices(stack_name_appends=False)) as two:
        two.submit("a.txt", "a", target=Make("One", None))
        two.submit("b.txt", "b", target=Make("One", None))
        run = two.sync()
        assert run.report.settled, run.report
        assert sorted(two.files().values()) == [b"a", b"b"]
        assert len(two.directories()) == 2
        plain, suffixed = sorted(two.directories())
        two.write(f"{suffixed}/c.txt", "c")
        two.rename(plain, "Another")
        run = two.sync()
        assert run.report.settled, run.report
        assert sorted(two.titles()) in (["Another/a", "One/b", "One/c"], ["Another/b", "One/a", "One/c"])
        rests(two)


def test_a_folder_renamed_here_while_its_items_are_sent(two: Desk) -> None:
    two.write("Sketches/a.txt", "a")
    two.write("Sketches/b.txt", "b")
    two.lossy.meanwhile("submit", before=lambda: two.rename("Sketches", "Drawings"))
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"Drawings/a.txt": b"a", "Drawings/b.txt": b"b"}
    assert two.titles() == {"Drawings/a": b"a", "Drawings/b": b"b"}


def test_a_directory_renamed_right_after_its_only_file_was_saved_renames_its_folder(two: Desk) -> None:
    """By the file alone it is known as the folder's, and nobody knows that file yet."""
    two.write("Sketches/a.txt", "a")
    two.sync()
    before, folder = two.mirror.store.agreed.at("Sketches/a.txt"), _folder(two, "Sketches")
    now = two.mirror.clock.now()
    os.utime(two.write("Sketches/a.txt", "edited"), (now, now))
    two.rename("Sketches", "Drawings")
    for _ in range(4):  # as the daemon does, and not as `sync`, which waits until all is quiet
        cycle(two.mirror)
        two.mirror.clock.sleep(3.0)
    after = two.mirror.store.agreed.at("Drawings/a.txt")
    assert before is not None and after is not None and after.id == before.id
    assert _folder(two, "Drawings") == folder
    assert two.titles() == {"Drawings/a": b"edited"}
    rests(two)


def test_folder_names_swapped_there_swap_the_directories(two: Desk) -> None:
    one, other = two.submit("a.txt", "a", target=Make("A", None)), two.submit("b.txt", "b", target=Make("B", None))
    assert one.folder and other.folder
    two.sync()
    with two.serving.vault.changing(two.serving.login.user) as stash:
        stash.rename(one.folder, "T")
        stash.rename(other.folder, "A")
        stash.rename(one.folder, "B")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"B/a.txt": b"a", "A/b.txt": b"b"}


def test_directory_names_swapped_here_swap_the_folders(two: Desk) -> None:
    two.write("A/a.txt", "a")
    two.write("B/b.txt", "b")
    two.sync()
    two.rename("A", "T")
    two.rename("B", "A")
    two.rename("T", "B")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.titles() == {"B/a": b"a", "A/b": b"b"}


def test_a_folder_that_went_keeps_a_directory_with_foreign_files(two: Desk) -> None:
    two.submit("a.txt", "a", target=Make("Sketches", None))
    two.submit("keep.txt", "keep")
    two.sync()
    (two.folder / "Sketches/notes.tmp").write_text("mine")
    two.touched()
    _unmake(two, "Sketches/a.txt")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files()["Sketches/notes.tmp"] == b"mine"
    assert "Sketches/a.txt" not in two.files()


def test_a_folder_that_went_takes_its_empty_directory_along(two: Desk) -> None:
    two.submit("a.txt", "a", target=Make("Sketches", None))
    two.sync()
    _unmake(two, "Sketches/a.txt")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.directories() == {"Elsewhere"}


def test_a_folder_that_went_leaves_alone_what_is_no_directory_any_more(two: Desk, tmp_path: Path) -> None:
    item = two.submit("a.txt", "a", target=Make("Sketches", None))
    reopened(two, Fate("receive.begin"))
    with pytest.raises(Crash):
        two.sync()
    two.there.delete(item.id)
    two.ever.clear()  # the artist knew it
    _prune(two, _folder(two, "Sketches"))
    (two.folder / "Sketches").rename(tmp_path / "elsewhere")
    (two.folder / "Sketches").symlink_to(tmp_path / "elsewhere")
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert (two.folder / "Sketches").is_symlink() and (tmp_path / "elsewhere").is_dir()
    assert two.mirror.store.agreed.folder_at("Sketches") is None


def test_an_empty_directory_stays_local(two: Desk) -> None:
    (two.folder / "Empty/Deep").mkdir(parents=True)
    two.touched()
    run = two.sync()
    assert run.report.settled and not run.actions
    assert two.directories() == {"Empty", "Empty/Deep"}
    assert two.listing() == ({}, {})


def test_a_directory_deleted_here_stays_deleted_until_an_item_appears_in_its_folder(two: Desk) -> None:
    two.write("keep.txt", "keep")
    two.write("other.txt", "other")
    item = two.submit("a.txt", "a", target=Make("Sketches", None))
    extra = two.submit("b.txt", "b", target=Into(item.folder or 0))
    two.sync()
    folder = _folder(two, "Sketches")
    (two.folder / "Sketches/a.txt").unlink()
    (two.folder / "Sketches/b.txt").rename(two.folder / "b.txt")
    (two.folder / "Sketches").rmdir()
    two.touched()
    run = two.sync()
    assert run.report.settled, run.report
    assert two.directories() == set()
    assert reopened(two).sync(true_up=True).actions == []
    if folder in two.listing()[1]:
        two.submit("c.txt", "c", target=Into(folder))
    else:
        two.submit("c.txt", "c", target=Make("Sketches", None))
    run = two.sync()
    assert two.files()["Sketches/c.txt"] == b"c"
    assert run.report.settled, run.report
    two.there.edit(extra.id, Changes(title="bee"))
    two.sync()
