"""Stage: of what a crash left there, only what is ours is deleted."""

from __future__ import annotations

from syncd.local.place import Partial, clear_stage, place, snapshot
from syncd.local.trash import listing
from tests.local.folder import Folder, Killed


def killed_at(folder: Folder, point: str, old: bytes, new: bytes) -> None:
    """A placing that dies at this point."""
    before = folder.write("x", old)
    staged = folder.receive(new)

    def die() -> None:
        raise Killed

    folder.strikes[point] = die
    try:
        place(folder.root, staged, "x", before)
    except Killed:
        return


def test_our_own_left_overs_go_and_those_named_stay(folder: Folder) -> None:
    folder.receive(b"1", "one")
    folder.receive(b"2", "two")
    snapshot(folder.root, "x", folder.write("x", b"3"), "three")
    assert clear_stage(folder.root, {"two"}) == ()
    assert folder.staged() == ["two.mark", "two.part"]
    assert Partial(folder.root, "two").size == 1
    assert listing(folder.root) == ()


def test_before_the_exchange_the_armed_file_is_ours(folder: Folder) -> None:
    killed_at(folder, "place.armed", b"old", b"new")
    assert clear_stage(folder.root, ()) == ()
    assert folder.staged() == []
    assert folder.visible() == {"x": b"old"}


def test_after_the_exchange_it_is_the_users(folder: Folder) -> None:
    killed_at(folder, "place.exchanged", b"old", b"new")
    (rescued,) = clear_stage(folder.root, ())
    assert folder.visible() == {"x": b"new"}
    assert (folder.root.trash / rescued).read_bytes() == b"old"


def test_what_an_exchange_left_is_rescued_though_bytes_of_its_key_are_kept(folder: Folder) -> None:
    killed_at(folder, "place.exchanged", b"old", b"new")
    folder.receive(b"newer")
    assert len(clear_stage(folder.root, {"key"})) == 1
    assert folder.trashed() == [b"old"]
    assert folder.staged() == ["key.mark", "key.part"]


def test_what_we_do_not_know_is_not_ours(folder: Folder) -> None:
    (folder.root.stage / "a user's file.png").write_bytes(b"1")
    (folder.root.stage / "directory").mkdir()
    (folder.root.stage / "link.part").symlink_to(folder.path)
    assert len(clear_stage(folder.root, ())) == 1
    assert folder.trashed() == [b"1"]
    assert folder.staged() == ["directory"]
    assert folder.path.is_dir()
