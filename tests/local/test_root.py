"""Root: no other folder is ever taken for the mirrored one, and nothing outside of it is reached."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from syncd.core.errors import Busy, DiskFailed, FileChanged, FolderMissing, SyncdError
from syncd.local.descent import components
from syncd.local.place import make_directories, move, place
from syncd.local.root import Root
from syncd.local.scan import hash_file, stat
from syncd.local.trash import throw
from tests.local.folder import MARKER, Folder


def test_create_may_be_repeated(folder: Folder) -> None:
    folder.root.create(MARKER)
    assert folder.root.marker() == MARKER


def test_create_refuses_the_folder_of_another_mirror(folder: Folder) -> None:
    with pytest.raises(FolderMissing, match="another mirror"):
        Root(folder.path).create("other")
    assert folder.root.marker() == MARKER


def test_a_plain_folder_has_no_marker_and_is_not_taken(tmp_path: Path) -> None:
    root = Root(tmp_path)
    assert root.marker() is None
    with pytest.raises(FolderMissing, match="no marker"):
        root.check(MARKER)


def test_a_missing_folder_is_said_to_be_missing(folder: Folder) -> None:
    shutil.rmtree(folder.path)
    for ask in (folder.root.marker, lambda: folder.root.check(MARKER), lambda: stat(folder.root, "x")):
        with pytest.raises(FolderMissing):
            ask()


def test_another_marker_is_refused(folder: Folder) -> None:
    with pytest.raises(FolderMissing, match="another mirror"):
        folder.root.check("other")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"marker": 3}', "\0"])
def test_a_damaged_marker_is_refused(folder: Folder, content: str) -> None:
    (folder.path / ".syncd/marker.json").write_text(content)
    with pytest.raises(FolderMissing):
        folder.root.check(MARKER)


def test_a_marker_behind_a_link_is_refused(folder: Folder) -> None:
    (folder.path / ".syncd").rename(folder.path.parent / "elsewhere")
    (folder.path / ".syncd").symlink_to(folder.path.parent / "elsewhere")
    with pytest.raises(FolderMissing):
        folder.root.check(MARKER)


def test_a_folder_that_was_replaced_after_the_check_is_not_worked_in(folder: Folder) -> None:
    """An unmounted disk: the directory below the mount point looks empty, and must not look like deletions."""
    folder.write("x", b"1")
    folder.path.rename(folder.path.parent / "away")
    folder.path.mkdir()
    with pytest.raises(FolderMissing):
        stat(folder.root, "x")
    with pytest.raises(FolderMissing):
        folder.root.check(MARKER)
    folder.path.rmdir()
    (folder.path.parent / "away").rename(folder.path)
    folder.root.check(MARKER)
    assert stat(folder.root, "x") is not None


def test_what_a_thread_does_in_a_checked_folder_is_done_in_that_one(folder: Folder) -> None:
    first = folder.path.stat().st_ino
    with folder.root.checked(MARKER):
        folder.path.rename(folder.path.parent / "away")
        folder.path.mkdir()
        with folder.root.top() as top, folder.root.inner("stage") as stage, folder.root.inner("stage") as again:
            assert os.fstat(top).st_ino == first
            assert stage == again
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(stage)
    with pytest.raises(FolderMissing), folder.root.checked(MARKER):
        pass
    with pytest.raises(FolderMissing), folder.root.held():
        pass


def test_what_one_thread_holds_open_is_not_what_another_works_in(folder: Folder) -> None:
    with folder.root.held(), folder.root.top() as mine, ThreadPoolExecutor(1) as pool:

        def opened() -> int:
            with folder.root.top() as top:
                return top

        assert pool.submit(opened).result() != mine


def test_a_marker_that_was_rewritten_is_read_again(folder: Folder) -> None:
    (folder.path / ".syncd/marker.json").write_text('{"marker": "c0b8"}')
    with pytest.raises(FolderMissing, match="another mirror"):
        folder.root.check(MARKER)
    (folder.path / ".syncd/marker.json").unlink()
    with pytest.raises(FolderMissing, match="no marker"):
        folder.root.check(MARKER)


def test_a_restored_folder_with_the_marker_is_taken_after_a_check(folder: Folder) -> None:
    shutil.copytree(folder.path, folder.path.parent / "backup")
    shutil.rmtree(folder.path)
    shutil.move(folder.path.parent / "backup", folder.path)
    folder.root.check(MARKER)
    assert stat(folder.root, "x") is None


def test_a_removed_stage_is_made_again(folder: Folder) -> None:
    shutil.rmtree(folder.root.stage)
    assert folder.receive(b"1").read_bytes() == b"1"


def test_a_refused_lock_names_its_holder(folder: Folder, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with folder.root.lock(state):
        assert (state / "lock").read_text() == f"{os.getpid()}\n"
        with pytest.raises(Busy, match=f"process {os.getpid()}, "), Root(folder.path).lock(state):
            pass
        (state / "lock").write_text("999999999")
        with pytest.raises(Busy, match=r"works on this mirror \(process 999999999\)$"), Root(folder.path).lock(state):
            pass
        (state / "lock").write_text("")
        with pytest.raises(Busy, match=r"works on this mirror$"), Root(folder.path).lock(state):
            pass


def test_two_programs_cannot_hold_the_lock(folder: Folder, tmp_path: Path) -> None:
    with folder.root.lock(tmp_path / "state"), pytest.raises(Busy), Root(folder.path).lock(tmp_path / "state"):
        pytest.fail("both hold it")
    with folder.root.lock(tmp_path / "state"):
        pass


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "..", "a/../b", ".", "a/./b", "a//b", "a/", "/", "a\0b", ".syncd", ".syncd/trash/x", "\udc80"],
)
def test_a_path_that_could_lead_elsewhere_is_refused(folder: Folder, path: str) -> None:
    with pytest.raises(DiskFailed):
        components(path)
    with pytest.raises(DiskFailed):
        stat(folder.root, path)
    with pytest.raises(DiskFailed):
        make_directories(folder.root, path)


def test_no_operation_follows_a_link_out_of_the_folder(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (folder.path / "link").symlink_to(outside)
    inside = folder.write("inside", b"1")
    secret = folder.look("inside")
    attempts: list[Callable[[], object]] = [
        lambda: stat(folder.root, "link/secret"),
        lambda: hash_file(folder.root, "link/secret", secret),
        lambda: make_directories(folder.root, "link/new"),
        lambda: move(folder.root, "inside", "link/inside", inside),
        lambda: place(folder.root, folder.receive(b"2"), "link/new", None),
        lambda: throw(folder.root, "link/secret", secret, "id"),
        lambda: stat(folder.root, "link"),
    ]
    for attempt in attempts:
        with pytest.raises(FileChanged):
            attempt()
    assert [file.name for file in outside.iterdir()] == ["secret"]
    assert folder.visible() == {"inside": b"1"}


def test_an_error_is_never_a_bare_os_error(folder: Folder) -> None:
    with pytest.raises(SyncdError) as told:
        place(folder.root, folder.receive(b"1"), "n" * 300, None)
    assert "too long" in told.value.message
    assert told.value.path == "n" * 300
