"""A disk that fills up in the middle of things, or leads elsewhere: nothing is lost, doubled, or outside (I11)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from syncd.core.errors import SyncdError
from syncd.core.model import Make
from syncd.engine import Policy
from tests.engine.desks import Desk, desk, reopened
from tests.engine.rest import rests

BOTH = ("draft15", "v1")
MIB = 2**20
Disk = Callable[[Path, int], Path]


@pytest.fixture
def disk() -> Iterator[Disk]:
    """Mounts file systems in memory, of so many bytes; skips where that is not permitted."""
    with ExitStack() as stack:

        def mount(at: Path, size: int) -> Path:
            at.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], capture_output=True, check=False
            )
            if done.returncode:
                pytest.skip("mounting is not permitted here")
            stack.callback(subprocess.run, ["umount", "--lazy", str(at)], check=True)
            return at

        yield mount


def grow(disk: Path, size: int) -> None:
    """Makes a mounted disk larger."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@contextmanager
def filled(disk: Path, spare: int) -> Iterator[None]:
    """Leaves only so many bytes of a disk free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 65_536) == 65_536:
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - spare))
    try:
        yield
    finally:
        filler.unlink()


def errors(one: Desk) -> set[str]:
    """The kinds of what failed in a sync, or ended it."""
    try:
        return {failure.error for failure in one.sync().report.failures}
    except SyncdError as error:
        return {error.code}


@pytest.mark.parametrize("dialect", BOTH)
def test_a_disk_that_fills_up_in_the_middle_of_a_download_keeps_the_rest_going(
    dialect: str, tmp_path: Path, disk: Disk
) -> None:
    small = disk(tmp_path / "a" / "Stash", 3 * MIB)
    with desk(tmp_path, dialect, policy=Policy(reserve=0)) as one:
        one.submit("Big.bin", b"x" * 5 * MIB)
        one.submit("Fox.txt", b"a fox")
        assert errors(one) == {"disk-failed"}
        assert one.files() == {"Fox.txt": b"a fox"}
        grow(small, 30 * MIB)
        one.hours.sleep(7200)
        assert one.sync().report.settled
        assert one.files()["Big.bin"] == b"x" * 5 * MIB
        rests(one)


@pytest.mark.parametrize("dialect", BOTH)
def test_a_disk_is_never_filled_beyond_the_reserve(dialect: str, tmp_path: Path, disk: Disk) -> None:
    disk(tmp_path / "a" / "Stash", 8 * MIB)
    with desk(tmp_path, dialect, policy=Policy(reserve=2 * MIB)) as one:
        for number in range(5):
            one.submit(f"{number}.bin", bytes([number]) * 2 * MIB)
        assert errors(one) == {"disk-failed"}
        free = os.statvfs(one.folder)
        assert free.f_bavail * free.f_frsize >= 2 * MIB - 8 * 65_536  # eight transfers look at it at once
        before = set(one.files())
        one.write("Hen.txt", b"a hen")
        assert errors(one) == {"disk-failed"}
        assert set(one.files()) == {*before, "Hen.txt"}
        assert "Hen" in {item.title for item in one.listing()[0].values()}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("spare", [0, 20_000, 60_000, 140_000, 260_000])
def test_a_disk_that_fills_up_under_the_database_loses_and_doubles_nothing(
    spare: int, dialect: str, tmp_path: Path, disk: Disk
) -> None:
    small = disk(tmp_path / "a" / "state", 3 * MIB)
    with desk(tmp_path, dialect) as one:
        one.sync()
        for number in range(8):
            one.submit(f"There {number}.txt", f"there {number}")
            one.write(f"Here {number}.txt", f"here {number}")
        with filled(small, spare):
            for _ in range(3):
                assert errors(one) <= {"database-failed"}
        reopened(one)
        one.hours.sleep(7200)
        assert one.sync().report.settled
        assert len(one.files()) == len(one.listing()[0]) == 16
        rests(one)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("link", ["Sketches", "Fox.txt", "Sketches/Fox.txt", ".syncd/stage", ".syncd/trash"])
def test_nothing_is_written_through_a_link(link: str, dialect: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"precious")
    with desk(tmp_path, dialect) as one:
        one.sync()
        at = one.folder / link
        at.parent.mkdir(parents=True, exist_ok=True)
        if at.is_dir():
            at.rmdir()
        at.symlink_to(outside / "precious" if link.endswith(".txt") else outside)
        one.touched()
        one.submit("Fox.txt", b"from there")
        one.submit("Fox.txt", b"from there, in a folder", target=Make("Sketches", None))
        gone = one.submit("Gone.txt", b"gone soon")
        assert errors(one) <= {"disk-failed", "file-changed", "folder-missing"}
        one.there.delete(gone.id)
        assert errors(one) <= {"disk-failed", "file-changed", "folder-missing"}
        assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"precious": b"precious"}
