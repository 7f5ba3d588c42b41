"""Directories: made, moved, and removed only when there is nothing in them."""

from __future__ import annotations

import pytest

from syncd.core.errors import DiskFailed, FileChanged
from syncd.local import kernel
from syncd.local.place import make_directories, move_directory, remove_directory
from tests.local.folder import Folder
from tests.local.test_place import unable


def test_directories_are_made_and_may_be_made_again(folder: Folder) -> None:
    made = make_directories(folder.root, "a/b/ä")
    assert made == make_directories(folder.root, "a/b/ä")
    assert made.inode == (folder.path / "a/b/ä").stat().st_ino
    assert make_directories(folder.root, "").inode == folder.path.stat().st_ino


def test_nothing_is_made_through_or_over_a_file(folder: Folder) -> None:
    folder.write("x", b"1")
    for path in ("x", "x/y"):
        with pytest.raises(FileChanged):
            make_directories(folder.root, path)
    assert folder.visible() == {"x": b"1"}


def test_only_an_empty_directory_is_removed(folder: Folder) -> None:
    folder.write("a/.hidden.tmp", b"ignored, and the user's all the same")
    (folder.path / "b/c").mkdir(parents=True)
    assert not remove_directory(folder.root, "a")
    assert not remove_directory(folder.root, "b")
    assert remove_directory(folder.root, "b/c")
    assert remove_directory(folder.root, "b/c")
    assert remove_directory(folder.root, "b")
    assert list(folder.visible()) == ["a/.hidden.tmp"]


def test_a_file_made_in_the_last_moment_keeps_its_directory(folder: Folder) -> None:
    make_directories(folder.root, "a")
    folder.strikes["remove-directory.begin"] = lambda: folder.write("a/x", b"1")
    assert not remove_directory(folder.root, "a")


def test_a_file_is_not_removed_as_a_directory(folder: Folder) -> None:
    folder.write("x", b"1")
    with pytest.raises(FileChanged):
        remove_directory(folder.root, "x")
    for path in ("", ".syncd"):
        with pytest.raises(DiskFailed):
            remove_directory(folder.root, path)


def test_a_directory_stays_where_it_is_if_the_one_above_its_new_path_is_renamed_just_then(folder: Folder) -> None:
    """Else what is in it would seem to have gone (I3)."""
    folder.write("a/x", b"1")
    (folder.path / "c").mkdir()
    folder.strikes["move-directory.checked"] = lambda: (folder.path / "c").rename(folder.path / "away")
    with pytest.raises(FileChanged, match="last moment"):
        move_directory(folder.root, "a", "c/d")
    assert folder.visible() == {"a/x": b"1"}


@pytest.mark.parametrize("able", [True, False])
def test_a_directory_moves_with_all_that_is_in_it(folder: Folder, monkeypatch: pytest.MonkeyPatch, able: bool) -> None:
    if not able:
        monkeypatch.setattr(kernel, "renameat2", unable)
    folder.write("a/b/x", b"1")
    made = make_directories(folder.root, "c")
    moved = move_directory(folder.root, "a", "c/d")
    assert folder.visible() == {"c/d/b/x": b"1"}
    assert moved.inode == (folder.path / "c/d").stat().st_ino
    make_directories(folder.root, "e")
    for source, target in (("c", "e"), ("gone", "f"), ("c/d/b/x", "f")):
        with pytest.raises(FileChanged):
            move_directory(folder.root, source, target)
    assert (folder.path / "c").stat().st_ino == made.inode
    with pytest.raises(DiskFailed):
        move_directory(folder.root, "c", "c/d/inside")
