"""Scan: a listing is complete or an error, and absence is only what the system positively said."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.model import Fingerprint, LeftAlone
from syncd.local import kernel, scan
from syncd.local.ignore import Rules
from syncd.local.kernel import Spot
from syncd.local.scan import Listing, hash_file, is_quiet, is_racy, list_directory, stat
from tests.local.folder import Folder

RULES = Rules([], "")
SECOND = 1_000_000_000


def listing(folder: Folder, directory: str = "") -> Listing:
    return list_directory(folder.root, directory, RULES)


def test_a_listing_tells_files_and_directories_in_order(folder: Folder) -> None:
    folder.write("b.png", b"12")
    folder.write("a/x", b"1")
    folder.write("ä.png", b"1")
    found = listing(folder)
    assert [path for path, _ in found.files] == ["b.png", "ä.png"]
    assert found.files[0][1] == folder.look("b.png")
    assert [directory.path for directory in found.directories] == ["a"]
    assert found.directory.path == ""
    assert found.directory.inode == folder.path.stat().st_ino
    assert found.left_alone == ()
    assert [path for path, _ in listing(folder, "a").files] == ["a/x"]


def test_what_is_no_file_or_directory_is_left_alone_with_the_reason(folder: Folder) -> None:
    folder.write("file", b"1")
    (folder.path / "link").symlink_to("file")
    (folder.path / "dangling").symlink_to("nowhere")
    os.mkfifo(folder.path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        descriptor = os.open(folder.path, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{descriptor}/socket")
        os.close(descriptor)
    folder.write("draft.tmp", b"1")
    (folder.path / os.fsdecode(b"caf\xe9")).mkdir()
    assert dict(listing(folder).left_alone) == {
        "caf\\xe9": LeftAlone.NOT_UTF8,
        "dangling": LeftAlone.SYMLINK,
        "draft.tmp": LeftAlone.IGNORED,
        "fifo": LeftAlone.SPECIAL,
        "link": LeftAlone.SYMLINK,
        "socket": LeftAlone.SPECIAL,
    }


def test_hard_links_are_files_like_any_other(folder: Folder) -> None:
    folder.write("one", b"1")
    os.link(folder.path / "one", folder.path / "two")
    assert [path for path, _ in listing(folder).files] == ["one", "two"]


def test_our_own_directory_is_not_even_mentioned(folder: Folder) -> None:
    assert listing(folder) == replace(listing(folder), files=(), directories=(), left_alone=())


def test_a_nested_mirror_keeps_its_own_directory(folder: Folder) -> None:
    folder.write("inner/.syncd/marker.json", b"{}")
    assert listing(folder, "inner").left_alone == (("inner/.syncd", LeftAlone.IGNORED),)


def failing_lstat(name: bytes, number: int) -> Callable[[Spot], os.stat_result | None]:
    real = Spot.lstat

    def lstat(spot: Spot) -> os.stat_result | None:
        if spot.name == name:
            raise OSError(number, os.strerror(number))
        return real(spot)

    return lstat


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_an_entry_that_cannot_be_looked_at_is_unreadable_and_not_gone(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    folder.write("good", b"1")
    folder.write("bad", b"1")
    monkeypatch.setattr(Spot, "lstat", failing_lstat(b"bad", number))
    found = listing(folder)
    assert [path for path, _ in found.files] == ["good"]
    assert found.left_alone == (("bad", LeftAlone.UNREADABLE),)
    with pytest.raises(DiskFailed):
        stat(folder.root, "bad")


def test_an_entry_that_vanishes_between_its_name_and_its_look_is_absent(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("good", b"1")
    real = kernel.names_in
    monkeypatch.setattr(kernel, "names_in", lambda directory: ["gone", *real(directory)])
    found = listing(folder)
    assert [path for path, _ in found.files] == ["good"]
    assert found.left_alone == ()


def test_a_directory_that_cannot_be_read_to_its_end_is_an_error(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(directory: int) -> list[str]:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(kernel, "names_in", fail)
    with pytest.raises(DiskFailed, match="input/output"):
        listing(folder)


@pytest.mark.parametrize("path", ["gone", "file", "file/below", "link"])
def test_what_is_no_directory_is_not_listed_as_an_empty_one(folder: Folder, path: str) -> None:
    folder.write("file", b"1")
    (folder.path / "link").symlink_to(folder.path)
    with pytest.raises(FileChanged):
        listing(folder, path)


def test_a_directory_that_changes_during_the_listing_is_listed_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = kernel.names_in
    changes: Iterable[int] = iter([0])

    def names_in(directory: int) -> list[str]:
        found = real(directory)
        for number in changes:
            folder.write(f"late {number} {len(found)}", b"1")
        return found

    monkeypatch.setattr(kernel, "names_in", names_in)
    assert [path for path, _ in listing(folder).files] == ["late 0 1"]
    changes = range(100)
    with pytest.raises(FileChanged, match="changes while"):
        listing(folder)


def test_another_file_system_below_is_left_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("disk/x", b"1")
    real = Spot.lstat

    def lstat(spot: Spot) -> os.stat_result | None:
        found = real(spot)
        if spot.name != b"disk" or found is None:
            return found
        fields: list[Any] = list(found)
        fields[2] += 1
        return os.stat_result(fields, {"st_mtime_ns": 0, "st_ctime_ns": 0})

    monkeypatch.setattr(Spot, "lstat", lstat)
    assert listing(folder).left_alone == (("disk", LeftAlone.SPECIAL),)
    with pytest.raises(DiskFailed, match="another file system"):
        stat(folder.root, "disk/gone")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")
def test_a_real_mount_below_is_neither_entered_nor_absent(folder: Folder) -> None:
    folder.write("disk/x", b"1")
    done = subprocess.run(["mount", "-t", "tmpfs", "none", folder.path / "disk"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no right to mount here")
    try:
        assert listing(folder).left_alone == (("disk", LeftAlone.SPECIAL),)
        for ask in (lambda: stat(folder.root, "disk/x"), lambda: listing(folder, "disk")):
            with pytest.raises(DiskFailed, match="another file system"):
                ask()
    finally:
        subprocess.run(["umount", folder.path / "disk"], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_files_and_directories_without_permission_are_unreadable(folder: Folder) -> None:
    folder.write("file", b"1")
    (folder.path / "file").chmod(0)
    (folder.path / "directory").mkdir(mode=0)
    assert dict(listing(folder).left_alone) == {"file": LeftAlone.UNREADABLE, "directory": LeftAlone.UNREADABLE}
    (folder.path / "directory").chmod(0o700)


def test_readability_is_asked_of_the_system_unless_everybody_may_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("open", b"1")
    folder.write("closed", b"1")
    (folder.path / "closed").chmod(0o600)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert listing(folder).left_alone == (("closed", LeftAlone.UNREADABLE),)


def test_stat_answers_none_only_for_what_is_positively_absent(folder: Folder) -> None:
    folder.write("d/x", b"1")
    assert stat(folder.root, "d/x") is not None
    assert stat(folder.root, "d/y") is None
    assert stat(folder.root, "e/y") is None
    assert stat(folder.root, "d/x/y") is None


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("d")])
def test_stat_of_something_else_is_no_answer(folder: Folder, make: Callable[[Path], None]) -> None:
    make(folder.path / "x")
    with pytest.raises(FileChanged):
        stat(folder.root, "x")


def test_hashing_reads_the_version_that_was_looked_at(folder: Folder) -> None:
    content = os.urandom(3 << 20)
    assert hash_file(folder.root, "a/x", folder.write("a/x", content)) == hashlib.sha256(content).hexdigest()


def test_hashing_another_version_is_refused(folder: Folder) -> None:
    old = folder.write("x", b"1")
    folder.save_over("x", b"2")
    with pytest.raises(FileChanged):
        hash_file(folder.root, "x", old)
    with pytest.raises(FileChanged):
        hash_file(folder.root, "gone", old)


def test_a_file_written_while_it_is_hashed_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    old = folder.write("x", b"1")
    real = scan.chunks_of

    def chunks_of(descriptor: int) -> list[bytes]:
        found = list(real(descriptor))
        folder.write("x", b"22")
        return found

    monkeypatch.setattr(scan, "chunks_of", chunks_of)
    with pytest.raises(FileChanged):
        hash_file(folder.root, "x", old)


def test_a_fifo_in_place_of_the_file_blocks_nobody(folder: Folder) -> None:
    old = folder.write("x", b"1")
    (folder.path / "x").unlink()
    os.mkfifo(folder.path / "x")
    with pytest.raises(FileChanged):
        hash_file(folder.root, "x", old)


def at_time(mtime: int, ctime: int) -> Fingerprint:
    return Fingerprint(1, mtime, ctime, 1, 1)


@pytest.mark.parametrize(
    ("mtime", "ctime", "racy"),
    [(0, 0, False), (-1, -1, True), (-2, -2, False), (-100, -1, True), (-1, -100, True), (100, -100, True)],
)
def test_a_file_written_about_when_it_was_looked_at_is_racy(mtime: int, ctime: int, racy: bool) -> None:
    now = 1_000 * SECOND
    moments = (0, 0) if mtime == ctime == 0 else (now + mtime * SECOND, now + ctime * SECOND)
    assert is_racy(at_time(*moments), now) is racy


@pytest.mark.parametrize(
    ("mtime", "ctime", "quiet"),
    [
        (-3, -3, True),
        (-1, -3, False),
        (-3, -1, False),  # a copy that keeps the time of its original
        (1, -3, False),  # written after `now` was asked
        (86_400, -3, True),  # a clock that was set back must not hold files for a day
        (-86_400, -3, True),
    ],
)
def test_a_file_is_quiet_when_nobody_wrote_to_it_for_the_settle_time(mtime: int, ctime: int, quiet: bool) -> None:
    now = 100_000 * SECOND
    assert is_quiet(at_time(now + mtime * SECOND, now + ctime * SECOND), now, 2 * SECOND) is quiet
