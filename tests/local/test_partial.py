"""Partial: what is continued after an interruption is proven byte for byte (I2, I14)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import pytest

from syncd.core.errors import DiskFailed, Unreachable
from syncd.local.place import Partial, free_bytes, partial
from tests.local.folder import Folder

CONTENT = os.urandom(1 << 20)
HALF = len(CONTENT) // 2


def broken(content: bytes) -> Iterator[bytes]:
    yield content
    raise Unreachable("the connection is gone")


def interrupt(folder: Folder) -> None:
    with pytest.raises(Unreachable):
        Partial(folder.root, "key").receive(broken(CONTENT[:HALF]), 0, reserve=0)


def test_a_whole_file_is_received_and_hashed(folder: Folder) -> None:
    staged = Partial(folder.root, "key").receive([CONTENT[:10], b"", CONTENT[10:]], 0, reserve=0)
    assert staged.path.read_bytes() == CONTENT
    assert (staged.size, staged.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_a_file_of_no_bytes_is_a_file(folder: Folder) -> None:
    staged = Partial(folder.root, "key").receive([], 0, reserve=0)
    assert staged.path.read_bytes() == b""
    assert (staged.size, staged.sha256) == (0, hashlib.sha256().hexdigest())


@pytest.mark.parametrize("start", [HALF, HALF - 1, 1, 0])
def test_a_lost_connection_is_continued_anywhere_before(folder: Folder, start: int) -> None:
    interrupt(folder)
    again = Partial(folder.root, "key")
    assert again.size == HALF
    staged = again.receive([CONTENT[start:]], start, reserve=0)
    assert staged.path.read_bytes() == CONTENT
    assert staged.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_the_same_partial_can_go_on(folder: Folder) -> None:
    part = Partial(folder.root, "key")
    with pytest.raises(Unreachable):
        part.receive(broken(CONTENT[:HALF]), 0, reserve=0)
    assert part.receive([CONTENT[HALF:]], part.size, reserve=0).sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_nobody_continues_beyond_what_is_there(folder: Folder) -> None:
    interrupt(folder)
    with pytest.raises(ValueError, match="cannot continue"):
        Partial(folder.root, "key").receive([b""], HALF + 1, reserve=0)


def damage(folder: Folder, name: str, content: bytes, at: int = 0) -> None:
    with (folder.root.stage / name).open("r+b") as file:
        file.seek(at)
        file.write(content)


def test_bytes_that_a_power_loss_turned_to_zeros_are_not_continued(folder: Folder) -> None:
    interrupt(folder)
    damage(folder, "key.part", bytes(4096), at=HALF - 4096)
    assert Partial(folder.root, "key").size == 0


@pytest.mark.parametrize("mark", [b"", b"9", b"999999999 x", b"x x", b"\xff\xff", b"-1 x", b"9" * 30])
def test_a_torn_mark_starts_from_nothing(folder: Folder, mark: bytes) -> None:
    interrupt(folder)
    (folder.root.stage / "key.mark").write_bytes(mark)
    assert Partial(folder.root, "key").size == 0


def test_a_file_cut_by_a_power_loss_starts_from_nothing(folder: Folder) -> None:
    interrupt(folder)
    os.truncate(folder.root.stage / "key.part", HALF - 1)
    part = Partial(folder.root, "key")
    assert part.size == 0
    assert part.receive([CONTENT], 0, reserve=0).path.read_bytes() == CONTENT


def test_bytes_after_the_last_mark_are_dropped(folder: Folder) -> None:
    interrupt(folder)
    damage(folder, "key.part", b"more", at=HALF)
    part = Partial(folder.root, "key")
    assert part.receive([CONTENT[HALF:]], part.size, reserve=0).path.read_bytes() == CONTENT


@pytest.mark.parametrize(("size", "marked"), [(partial.LITTLE - 1, 0), (partial.LITTLE, partial.LITTLE)])
def test_of_what_is_placed_at_once_only_a_large_file_is_marked(folder: Folder, size: int, marked: int) -> None:
    staged = Partial(folder.root, "key").receive([bytes(size)], 0, reserve=0, keep=False)
    assert staged.size == size
    assert Partial(folder.root, "key").size == marked


def test_a_little_file_that_breaks_off_is_marked_all_the_same(folder: Folder) -> None:
    with pytest.raises(Unreachable):
        Partial(folder.root, "key").receive(broken(b"some"), 0, reserve=0, keep=False)
    assert Partial(folder.root, "key").size == len(b"some")


def test_marks_are_made_on_the_way(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial, "MARK_EVERY", 100)
    Partial(folder.root, "key").receive([CONTENT[:60], CONTENT[60:120], CONTENT[120:]], 0, reserve=0)
    assert folder.passed.count("receive.marked") == 3


def test_no_byte_is_written_into_the_reserve(folder: Folder) -> None:
    with pytest.raises(DiskFailed, match="full") as told:
        Partial(folder.root, "key").receive([CONTENT], 0, reserve=free_bytes(folder.root))
    assert "Free space" in told.value.remedy
    assert Partial(folder.root, "key").size == 0


def test_a_full_disk_keeps_what_came(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([10**9, 10**9, 0])

    def ensure(descriptor: int, needed: int) -> None:
        if next(free) < needed:
            raise DiskFailed("full")

    monkeypatch.setattr(partial, "_ensure_space", ensure)
    with pytest.raises(DiskFailed):
        Partial(folder.root, "key").receive([b"12", b"34", b"56"], 0, reserve=0)
    assert Partial(folder.root, "key").size == 4


def test_discarding_may_be_repeated(folder: Folder) -> None:
    interrupt(folder)
    part = Partial(folder.root, "key")
    part.discard()
    part.discard()
    assert part.size == 0
    assert folder.staged() == []
