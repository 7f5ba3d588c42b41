"""Place, move, snapshot: what a user does in the last moment is never lost (W8, I1, I2, I9)."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable

import pytest

from syncd.core.errors import DiskFailed, FileChanged
from syncd.local import kernel
from syncd.local.kernel import Spot, Unable
from syncd.local.place import Partial, clear_stage, discard, make_durable, move, place, snapshot
from syncd.local.root import Root
from tests.local.folder import Folder, failing_fsync


def unable(*_: object) -> None:
    raise Unable("not here")


@pytest.fixture(params=["renameat2", "links", "neither"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """File systems with and without renameat2 and hard links."""

    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links")

    if request.param != "renameat2":
        monkeypatch.setattr(kernel, "renameat2", unable)
    if request.param == "neither":
        monkeypatch.setattr(os, "link", no_link)
    return str(request.param)


def test_a_new_file_is_placed_whole_and_its_fingerprint_told(folder: Folder, system: str) -> None:
    told = place(folder.root, folder.receive(b"new"), "x.png", None)
    assert folder.visible() == {"x.png": b"new"}
    assert told == folder.look("x.png")
    assert folder.staged() == []


def test_a_replaced_file_keeps_its_permissions(folder: Folder, system: str) -> None:
    folder.write("x.png", b"old")
    (folder.path / "x.png").chmod(0o640)
    told = place(folder.root, folder.receive(b"new"), "x.png", folder.look("x.png"))
    assert folder.visible() == {"x.png": b"new"}
    assert told == folder.look("x.png")
    assert (folder.path / "x.png").stat().st_mode & 0o7777 == 0o640
    assert folder.staged() == []
    assert folder.trashed() == []


def test_a_new_file_gets_the_permissions_of_the_umask(folder: Folder) -> None:
    before = os.umask(0o027)
    try:
        place(folder.root, folder.receive(b"new"), "x.png", None)
    finally:
        os.umask(before)
    assert (folder.path / "x.png").stat().st_mode & 0o7777 == 0o640


def test_an_occupied_place_is_left_alone(folder: Folder, system: str) -> None:
    folder.write("x", b"user's")
    staged = folder.receive(b"new")
    with pytest.raises(FileChanged):
        place(folder.root, staged, "x", None)
    assert folder.visible() == {"x": b"user's"}
    assert staged.read_bytes() == b"new"


def test_another_version_than_expected_is_left_alone(folder: Folder, system: str) -> None:
    old = folder.write("x", b"old")
    folder.save_over("x", b"edited")
    staged = folder.receive(b"new")
    with pytest.raises(FileChanged):
        place(folder.root, staged, "x", old)
    assert folder.visible() == {"x": b"edited"}
    assert staged.read_bytes() == b"new"


def test_a_vanished_file_is_not_made_again(folder: Folder, system: str) -> None:
    old = folder.write("x", b"old")
    (folder.path / "x").unlink()
    with pytest.raises(FileChanged):
        place(folder.root, folder.receive(b"new"), "x", old)
    assert folder.visible() == {}


def test_a_missing_parent_is_not_made(folder: Folder) -> None:
    with pytest.raises(FileChanged):
        place(folder.root, folder.receive(b"new"), "a/x", None)


def test_a_file_that_a_program_writes_to_is_not_replaced(folder: Folder) -> None:
    old = folder.write("x", b"old")
    staged = folder.receive(b"new")
    with (folder.path / "x").open("ab"), pytest.raises(FileChanged, match="another program"):
        place(folder.root, staged, "x", old)
    place(folder.root, staged, "x", old)
    assert folder.visible() == {"x": b"new"}


def rewrite(folder: Folder) -> None:
    folder.write("x", b"edited in place")


def save(folder: Folder) -> None:
    folder.save_over("x", b"edited by rename")


def remove(folder: Folder) -> None:
    (folder.path / "x").unlink()


def directory(folder: Folder) -> None:
    remove(folder)
    folder.write("x/below", b"a directory now")


def link(folder: Folder) -> None:
    remove(folder)
    (folder.path / "x").symlink_to("y")


@pytest.mark.parametrize("edit", [rewrite, save, remove, directory, link])
@pytest.mark.parametrize("point", ["place.begin", "place.synced-bytes", "place.armed", "place.checked"])
def test_an_edit_right_before_the_rename_wins(folder: Folder, edit: Callable[[Folder], None], point: str) -> None:
    """Also an edit between the last check and the exchange, which only the displaced file tells of."""
    old = folder.write("x", b"old")
    staged = folder.receive(b"new")
    folder.strikes[point] = lambda: edit(folder)
    with pytest.raises(FileChanged):
        place(folder.root, staged, "x", old)
    after = folder.visible()
    if edit is link:
        assert (folder.path / "x").is_symlink()
    assert b"new" not in after.values()
    assert set(after.values()) <= {b"edited in place", b"edited by rename", b"a directory now"}
    assert len(after) == (0 if edit in (remove, link) else 1)
    assert staged.read_bytes() == b"new"
    assert folder.staged() == ["key.mark", "key.part"]


@pytest.mark.parametrize("saved", [b"once more", b"NEW"])
def test_an_edit_into_the_file_that_is_undone_wins(folder: Folder, saved: bytes) -> None:
    """Also one of the same size within one tick of the clock, where the staged bytes are known."""
    old = folder.write("x", b"old")
    staged = folder.receive(b"new")
    times = staged.stat()

    def again() -> None:
        (folder.path / "x").write_bytes(saved)
        os.utime(folder.path / "x", ns=(times.st_atime_ns, times.st_mtime_ns))

    folder.strikes["place.checked"] = lambda: rewrite(folder)
    folder.strikes["place.exchanged"] = again
    with pytest.raises(FileChanged, match="last moment"):
        place(folder.root, staged, "x", old, holds=hashlib.sha256(b"new").hexdigest())
    assert folder.visible() == {"x": saved}
    clear_stage(folder.root, ())
    assert folder.trashed() == [b"edited in place"]


def test_an_edit_that_no_time_tells_wins_where_the_bytes_are_known(folder: Folder) -> None:
    old = folder.write("x", b"old")

    def edit(point: str) -> None:
        if point == "place.checked":  # a coarse clock: the same size, and the same times
            (folder.path / "x").write_bytes(b"new")
            os.utime(folder.path / "x", ns=(old.mtime_ns, old.mtime_ns))

    staged = folder.receive(b"theirs")
    root = Root(folder.path, edit)
    with pytest.raises(FileChanged, match="last moment"):
        place(root, staged, "x", old, hashlib.sha256(b"old").hexdigest())
    assert folder.visible() == {"x": b"new"}
    assert staged.read_bytes() == b"theirs"


def test_a_place_taken_in_the_last_moment_is_not_overwritten(folder: Folder) -> None:
    folder.strikes["place.synced-bytes"] = lambda: folder.write("x", b"user's")
    with pytest.raises(FileChanged):
        place(folder.root, folder.receive(b"new"), "x", None)
    assert folder.visible() == {"x": b"user's"}


def test_two_saves_around_the_exchange_are_both_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer save gets the place, the older one goes to the trash."""
    old = folder.write("x", b"old")
    folder.strikes["place.checked"] = lambda: folder.save_over("x", b"first save")
    folder.strikes["place.exchanged"] = lambda: folder.save_over("x", b"second save")
    with pytest.raises(FileChanged):
        place(folder.root, folder.receive(b"new"), "x", old)
    assert folder.visible() == {"x": b"second save"}
    clear_stage(folder.root, ())
    assert folder.trashed() == [b"first save"]


def test_a_deletion_after_an_edit_around_the_exchange_brings_the_edit_back(folder: Folder) -> None:
    old = folder.write("x", b"old")
    folder.strikes["place.checked"] = lambda: folder.save_over("x", b"edit")
    folder.strikes["place.exchanged"] = lambda: remove(folder)
    with pytest.raises(FileChanged):
        place(folder.root, folder.receive(b"new"), "x", old)
    assert folder.visible() == {"x": b"edit"}


def test_an_edit_right_after_the_rename_is_seen_by_the_next_look(folder: Folder) -> None:
    """The fingerprint told is that of our bytes, never that of bytes that somebody wrote since."""
    for point, before in (("place.renamed", None), ("place.synced", folder.write("y", b"old"))):
        path = "y" if before else "x"
        folder.strikes[point] = lambda path=path: folder.write(path, b"edited at once")  # type: ignore[misc]
        told = place(folder.root, folder.receive(b"new"), path, before)
        assert told != folder.look(path)
        assert told.size == 3


def test_a_file_that_cannot_be_synced_is_not_placed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it ever trusted again: the kernel forgets what it could not write, and the next fsync tells nothing."""
    old = folder.write("x", b"old")
    failing_fsync(monkeypatch, directories=False)
    for path, expected in (("x", old), ("y", None)):
        staged = folder.receive(b"new")
        with pytest.raises(DiskFailed, match="input/output"):
            place(folder.root, staged, path, expected)
        assert not staged.exists()
        assert Partial(folder.root, staged.stem).size == 0
    assert folder.visible() == {"x": b"old"}


def test_what_was_placed_and_may_be_lost_is_synced_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = folder.write("x", b"placed")
    synced: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
        make_durable(folder.root, "x", placed)
    assert set(synced) == {placed.inode, folder.path.stat().st_ino, (folder.path / ".syncd/stage").stat().st_ino}
    with monkeypatch.context() as patch:
        failing_fsync(patch, directories=True)
        with pytest.raises(DiskFailed):
            make_durable(folder.root, "x", placed)
    folder.write("x", b"another")
    with pytest.raises(FileChanged):
        make_durable(folder.root, "x", placed)


def test_the_replaced_version_is_kept_until_the_rename_is_durable(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = folder.write("x", b"old")
    staged = folder.receive(b"new")
    failing_fsync(monkeypatch, directories=True)
    with pytest.raises(DiskFailed):
        place(folder.root, staged, "x", old)
    monkeypatch.undo()
    clear_stage(folder.root, ())
    assert folder.trashed() == [b"old"]


def test_moving_keeps_the_file_and_tells_its_new_fingerprint(folder: Folder, system: str) -> None:
    old = folder.write("x", b"1")
    (folder.path / "a").mkdir()
    told = move(folder.root, "x", "a/y", old)
    assert folder.visible() == {"a/y": b"1"}
    assert told == folder.look("a/y")
    assert told.inode == old.inode


def test_moving_replaces_nothing_and_moves_no_other_version(folder: Folder, system: str) -> None:
    old = folder.write("x", b"1")
    folder.write("y", b"2")
    with pytest.raises(FileChanged):
        move(folder.root, "x", "y", old)
    folder.save_over("x", b"3")
    with pytest.raises(FileChanged):
        move(folder.root, "x", "z", old)
    with pytest.raises(FileChanged):
        move(folder.root, "gone", "z", old)
    assert folder.visible() == {"x": b"3", "y": b"2"}


@pytest.mark.parametrize("edit", [rewrite, save])
def test_a_file_edited_in_the_moment_of_its_move_stays(folder: Folder, edit: Callable[[Folder], None]) -> None:
    old = folder.write("x", b"old")
    folder.strikes["move.checked"] = lambda: edit(folder)
    with pytest.raises(FileChanged):
        move(folder.root, "x", "y", old)
    assert list(folder.visible()) == ["x"]


def test_a_move_that_cannot_be_undone_loses_nothing(folder: Folder) -> None:
    old = folder.write("x", b"old")
    folder.strikes["move.checked"] = lambda: save(folder)
    folder.strikes["move.renamed"] = lambda: folder.write("x", b"yet another")
    with pytest.raises(FileChanged):
        move(folder.root, "x", "y", old)
    assert folder.visible() == {"x": b"yet another", "y": b"edited by rename"}


def away(folder: Folder) -> None:
    (folder.path / "a").rename(folder.path / "away")


@pytest.mark.parametrize("point", ["place.armed", "place.checked"])
def test_a_file_whose_directory_is_renamed_in_the_last_moment_is_not_replaced(folder: Folder, point: str) -> None:
    """Else it would seem to have gone from where nobody ever saw the new version (I3)."""
    old = folder.write("a/b/x", b"old")
    staged = folder.receive(b"new")
    folder.strikes[point] = lambda: away(folder)
    with pytest.raises(FileChanged, match="last moment"):
        place(folder.root, staged, "a/b/x", old)
    assert folder.visible() == {"away/b/x": b"old"}
    assert staged.read_bytes() == b"new"


def test_a_new_file_goes_with_the_directory_that_is_renamed_in_the_last_moment(folder: Folder, system: str) -> None:
    """And nobody is told that it was placed: it is known wherever it is found."""
    (folder.path / "a").mkdir()
    folder.strikes["place.synced-bytes"] = lambda: away(folder)
    with pytest.raises(FileChanged, match="last moment"):
        place(folder.root, folder.receive(b"new"), "a/x", None)
    assert folder.visible() == {"away/x": b"new"}


def test_a_file_whose_new_directory_is_renamed_in_the_last_moment_stays(folder: Folder, system: str) -> None:
    """Also if what has that one's path by then leads to it."""
    old = folder.write("x", b"1")
    (folder.path / "a").mkdir()

    def linked() -> None:
        away(folder)
        (folder.path / "a").symlink_to("away")

    folder.strikes["move.checked"] = linked
    with pytest.raises(FileChanged, match="last moment"):
        move(folder.root, "x", "a/y", old)
    assert folder.visible() == {"x": b"1"}


def test_a_snapshot_is_a_private_copy_of_exactly_that_version(folder: Folder) -> None:
    content = os.urandom(3 << 20)
    copy = snapshot(folder.root, "x", folder.write("x", content), "key")
    folder.write("x", b"later")
    assert copy.path.read_bytes() == content
    assert copy.size == len(content)
    assert copy.sha256 == hashlib.sha256(content).hexdigest()
    discard(folder.root, copy.path)
    discard(folder.root, copy.path)
    assert folder.staged() == []


def test_a_snapshot_by_reflink_is_hashed_from_the_copy(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def clone(source: int, target: int) -> None:
        os.pwrite(target, os.pread(source, 100, 0), 0)

    monkeypatch.setattr(kernel, "clone", clone)
    copy = snapshot(folder.root, "x", folder.write("x", b"content"), "key")
    assert copy.sha256 == hashlib.sha256(b"content").hexdigest()
    assert copy.size == 7


@pytest.mark.parametrize("point", ["snapshot.begin", "snapshot.made", "snapshot.copied"])
@pytest.mark.parametrize("edit", [rewrite])
def test_a_file_that_changes_while_it_is_copied_gives_no_snapshot(
    folder: Folder, point: str, edit: Callable[[Folder], None]
) -> None:
    old = folder.write("x", b"old")
    folder.strikes[point] = lambda: edit(folder)
    with pytest.raises(FileChanged):
        snapshot(folder.root, "x", old, "key")


def test_a_snapshot_never_writes_into_a_file_that_was_placed(folder: Folder) -> None:
    """After a crash between link and unlink, one file has both a staged and a visible name."""
    copy = snapshot(folder.root, "x", folder.write("x", b"old"), "key")
    os.link(copy.path, folder.path / "placed")
    snapshot(folder.root, "x", folder.look("x"), "key")
    assert folder.read("placed") == b"old"
    folder.receive(b"first", "part")
    os.link(folder.root.stage / "part.part", folder.path / "placed too")
    folder.receive(b"second", "part")
    assert folder.read("placed too") == b"first"


def test_what_is_in_the_way_in_the_stage_goes_to_the_trash(folder: Folder, system: str) -> None:
    """An earlier placing could not be made durable, and its file's inode is used anew by the next one's."""
    before = folder.write("x", b"old")
    staged = folder.receive(b"new")
    (folder.root.stage / f"{staged.stat().st_ino}-key.swap").write_bytes(b"displaced before")
    place(folder.root, staged, "x", before)
    assert folder.visible() == {"x": b"new"}
    assert folder.trashed() == [b"displaced before"]
    assert folder.staged() == []


@pytest.mark.parametrize("key", ["", "a/b", "..", "a.b", "ä", "k" * 101])
def test_a_key_that_is_no_key_is_a_bug(folder: Folder, key: str) -> None:
    with pytest.raises(ValueError, match="no stage key"):
        snapshot(folder.root, "x", folder.write("x", b"1"), key)


def test_only_our_own_staged_files_can_be_discarded_or_placed(folder: Folder) -> None:
    aside = folder.root.stage / "7-key.swap"
    aside.write_bytes(b"1")
    with pytest.raises(ValueError, match="not ours"):
        discard(folder.root, aside)
    with pytest.raises(ValueError, match="no file of the stage"):
        place(folder.root, folder.path / "y", "z", None)


def test_a_lease_tells_who_writes(folder: Folder) -> None:
    folder.write("x", b"1")
    descriptor = os.open(folder.path / "x", os.O_RDONLY)
    spot = Spot(descriptor, b"x")
    assert not kernel.is_written(descriptor)
    with (folder.path / "x").open("rb"):
        assert not kernel.is_written(spot.directory)
    with (folder.path / "x").open("r+b"):
        assert kernel.is_written(descriptor)
    os.close(descriptor)
