"""Trash: what leaves the folder can come back, whatever its name."""

from __future__ import annotations

import os

import pytest

from syncd.core.errors import DiskFailed, FileChanged
from syncd.local.trash import listing, purge, restore, throw, throw_staged
from tests.local.folder import Folder, failing_fsync


def test_a_thrown_file_is_listed_and_comes_back(folder: Folder) -> None:
    old = folder.write("a/x.png", b"1")
    trashed = throw(folder.root, "a/x.png", old, "id-1")
    assert trashed == "id-1/x.png"
    assert folder.visible() == {}
    assert (folder.root.trash / trashed).read_bytes() == b"1"
    ((path, fingerprint),) = listing(folder.root)
    assert (path, fingerprint.inode) == (trashed, old.inode)
    assert restore(folder.root, trashed, "a/y.png") == folder.look("a/y.png")
    assert folder.visible() == {"a/y.png": b"1"}
    assert list(folder.root.trash.iterdir()) == []


def test_another_version_is_not_thrown(folder: Folder) -> None:
    old = folder.write("x", b"1")
    folder.save_over("x", b"2")
    with pytest.raises(FileChanged):
        throw(folder.root, "x", old, "id")
    folder.strikes["throw.checked"] = lambda: folder.save_over("x", b"3")
    with pytest.raises(FileChanged):
        throw(folder.root, "x", folder.look("x"), "id")
    assert folder.visible() == {"x": b"3"}
    assert listing(folder.root) == ()


def test_a_name_that_is_taken_in_the_trash_gets_a_number(folder: Folder) -> None:
    long = "ä" * 125 + ".png"
    for name in ("x.png", ".hidden", "no extension", long):
        told = [throw(folder.root, name, folder.write(name, bytes([number])), "id") for number in range(3)]
        assert len(set(told)) == 3
        assert told[0] == f"id/{name}"
        assert all(len(os.fsencode(path.partition("/")[2])) <= 255 for path in told)
        assert all(path.endswith(name[-4:]) for path in told if "." in name[1:])
    assert len(listing(folder.root)) == 12


def test_a_staged_file_is_kept_under_its_own_name(folder: Folder) -> None:
    staged = folder.receive(b"1")
    assert throw_staged(folder.root, staged, "a/b/" + "n" * 300 + ".png", "id").endswith("n.png")
    with pytest.raises(FileChanged):
        throw_staged(folder.root, staged, "x", "id")


@pytest.mark.parametrize("ours", [True, False])
def test_what_cannot_be_made_durable_is_not_thrown(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, *, ours: bool
) -> None:
    """And is made anew, where it was only a copy: the next fsync would say that all is well. The user's stays."""
    staged = folder.receive(b"1")
    failing_fsync(monkeypatch, directories=False)
    with pytest.raises(DiskFailed, match="input/output"):
        throw_staged(folder.root, staged, "x", "id", ours=ours)
    assert staged.exists() is not ours
    assert folder.trashed() == []


def test_nothing_is_restored_over_a_file(folder: Folder) -> None:
    trashed = throw(folder.root, "x", folder.write("x", b"1"), "id")
    folder.write("x", b"2")
    with pytest.raises(FileChanged):
        restore(folder.root, trashed, "x")
    with pytest.raises(FileChanged):
        restore(folder.root, trashed, "no/parent")
    assert folder.visible() == {"x": b"2"}
    assert folder.trashed() == [b"1"]


def test_purging_is_for_good_and_may_be_repeated(folder: Folder) -> None:
    one = throw(folder.root, "x", folder.write("x", b"1"), "id")
    two = throw(folder.root, "x", folder.write("x", b"2"), "id")
    purge(folder.root, one)
    assert folder.trashed() == [b"2"]
    purge(folder.root, two)
    purge(folder.root, two)
    assert list(folder.root.trash.iterdir()) == []


@pytest.mark.parametrize("trashed", ["", "id", "id/", "../x", "id/../x", "id/..", "/x", "i d/x", "id/\0"])
def test_a_path_that_is_none_of_the_trash_is_refused(folder: Folder, trashed: str) -> None:
    for change in (lambda: purge(folder.root, trashed), lambda: restore(folder.root, trashed, "x")):
        with pytest.raises(DiskFailed):
            change()


def test_strange_things_in_the_trash_are_not_followed(folder: Folder) -> None:
    (folder.path / "outside").mkdir()
    folder.write("outside/x", b"1")
    (folder.root.trash / "link").symlink_to(folder.path / "outside")
    (folder.root.trash / "file").write_bytes(b"")
    assert listing(folder.root) == ()
    with pytest.raises(FileChanged):
        restore(folder.root, "link/x", "y")
    with pytest.raises(FileChanged):
        restore(folder.root, "gone/x", "y")
    with pytest.raises(ValueError, match="no trash id"):
        throw(folder.root, "outside/x", folder.look("outside/x"), "../id")
