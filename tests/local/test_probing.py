"""What the file system offers is tried below `.syncd` only, and watches are counted as the kernel counts them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncd.core.errors import DiskFailed, ItemFailed
from syncd.local import kernel, probing
from syncd.local.kernel import Unable
from syncd.local.notify import Descriptor
from syncd.local.probing import Watches, directories, offers, watches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Stash/.syncd").mkdir(parents=True)
    return tmp_path / "Stash"


def test_a_linux_file_system_offers_the_renames_and_nothing_is_left(folder: Path) -> None:
    (folder / "Fox.png").write_bytes(b"fox")
    found = offers(folder)
    assert (found.rename_noreplace, found.rename_exchange, found.case_sensitive, found.hard_links) == (True,) * 4
    assert list((folder / ".syncd").iterdir()) == []
    assert {path.name for path in folder.iterdir()} == {".syncd", "Fox.png"}


def test_what_the_kernel_cannot_do_is_found_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise Unable("no")

    for name in ("renameat2", "exchange", "clone"):
        monkeypatch.setattr(kernel, name, unable)
    monkeypatch.setattr(probing, "birth", lambda root, path, inode: None)
    found = offers(folder)
    assert (found.rename_noreplace, found.rename_exchange, found.reflink, found.birth_time) == (False,) * 4
    assert list((folder / ".syncd").iterdir()) == []


def test_a_folder_that_is_not_ours_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(ItemFailed):
        offers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_nothing_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFailed, match="full"):
        offers(folder)
    assert list((folder / ".syncd").iterdir()) == []


def test_our_own_watches_are_counted(folder: Path) -> None:
    before = watches()
    assert before is not None
    descriptor = Descriptor(b"", lambda: None)
    try:
        after = watches()
    finally:
        descriptor.close()
    assert after is not None
    assert after.most == before.most > 0
    assert after.used_instances >= 1


def fake_proc(base: Path, *instances: int) -> Path:
    (base / "sys/fs/inotify").mkdir(parents=True)
    (base / "sys/fs/inotify/max_user_watches").write_text("100\n")
    (base / "sys/fs/inotify/max_user_instances").write_text("8\n")
    process = base / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "fdinfo").mkdir()
    for number, held in enumerate(instances):
        (process / "fd" / str(number)).symlink_to("anon_inode:inotify")
        lines = [f"inotify wd:{each} ino:1 sdev:1" for each in range(held)]
        (process / "fdinfo" / str(number)).write_text("\n".join(["pos:\t0", *lines]))
    (process / "fd/90").symlink_to("/dev/null")
    (process / "fdinfo/90").write_text("pos:\t0\n")
    (process / "fdinfo/91").write_text("closed meanwhile\n")
    return base


def test_watches_are_read_from_the_processes_of_this_user(tmp_path: Path) -> None:
    assert watches(fake_proc(tmp_path, 3, 0, 5)) == Watches(100, 8, 8, 3)


def test_without_inotify_there_are_none(tmp_path: Path) -> None:
    assert watches(tmp_path) is None


def test_directories_are_counted_without_ours_and_without_following_links(folder: Path, tmp_path: Path) -> None:
    (folder / ".syncd/stage").mkdir()
    (folder / "a/b/.syncd").mkdir(parents=True)
    (tmp_path / "elsewhere/c").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / os.fsdecode(b"\xff")).mkdir()
    assert directories(folder) == 5
    assert directories(tmp_path / "nowhere") == 1
