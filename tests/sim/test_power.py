"""What a power loss takes in the simulator, and that the shipped store and code stand on what it leaves (I14)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store.store import Store
from tests.sim.power import Power
from tests.sim.run import run_tape


@pytest.fixture
def power(tmp_path: Path) -> Power:
    (tmp_path / "disk").mkdir()
    return Power(tmp_path / "journal")


@pytest.fixture
def disk(tmp_path: Path, power: Power) -> Iterator[int]:
    descriptor = os.open(tmp_path / "disk", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def _written(power: Power, disk: int, name: str, content: bytes, *, sync: bool) -> int:
    descriptor = power.created(name, os.O_RDWR | os.O_CREAT, 0o666, disk)
    power.written(descriptor)
    os.write(descriptor, content)
    if sync:
        power.synced(descriptor)
    inode = os.fstat(descriptor).st_ino
    os.close(descriptor)
    return inode


def _renamed(power: Power, disk: int, one: str, other: str) -> None:
    os.rename(one, other, src_dir_fd=disk, dst_dir_fd=disk)
    power.renamed((disk, one), (disk, other), exchanged=False)


def test_synced_bytes_and_names_stay(power: Power, disk: int, tmp_path: Path) -> None:
    _written(power, disk, "a", b"bytes", sync=True)
    _renamed(power, disk, "a", "b")
    power.synced(disk)
    assert power.lose(tmp_path / "disk", 0, "gone") == 0
    assert (tmp_path / "disk" / "b").read_bytes() == b"bytes"


@pytest.mark.parametrize(("data", "left"), [("gone", b""), ("zeros", b"\0" * 5), ("there", b"bytes")])
def test_bytes_that_were_not_synced_are_lost(power: Power, disk: int, tmp_path: Path, data: str, left: bytes) -> None:
    _written(power, disk, "a", b"bytes", sync=False)
    power.synced(disk)
    power.lose(tmp_path / "disk", 0, data)
    assert (tmp_path / "disk" / "a").read_bytes() == left


def test_a_name_that_was_not_synced_is_the_old_one(power: Power, disk: int, tmp_path: Path) -> None:
    _written(power, disk, "a", b"bytes", sync=True)
    power.synced(disk)
    _renamed(power, disk, "a", "b")
    assert power.lose(tmp_path / "disk", 0, "gone") == 1
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["a"]


def test_what_was_unlinked_comes_back_until_that_is_synced(power: Power, disk: int, tmp_path: Path) -> None:
    _written(power, disk, "a", b"bytes", sync=True)
    power.synced(disk)
    power.unlinks(disk, "a")
    os.unlink("a", dir_fd=disk)
    power.lose(tmp_path / "disk", 0, "gone")
    assert (tmp_path / "disk" / "a").read_bytes() == b"bytes"


def test_only_the_first_changes_may_be_kept(power: Power, disk: int, tmp_path: Path) -> None:
    _written(power, disk, "a", b"bytes", sync=True)
    power.synced(disk)
    _renamed(power, disk, "a", "b")
    _renamed(power, disk, "b", "c")
    power.lose(tmp_path / "disk", 1, "gone")
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["b"]


def test_exchanged_names_are_exchanged_back(power: Power, disk: int, tmp_path: Path) -> None:
    for name in ("a", "b"):
        _written(power, disk, name, name.encode(), sync=True)
    power.synced(disk)
    for one, other in (("a", "x"), ("b", "a"), ("x", "b")):
        os.rename(one, other, src_dir_fd=disk, dst_dir_fd=disk)
    power.renamed((disk, "a"), (disk, "b"), exchanged=True)
    power.lose(tmp_path / "disk", 0, "gone")
    assert (tmp_path / "disk" / "a").read_bytes() == b"a"


def test_an_fsync_that_failed_never_comes_good(power: Power, disk: int, tmp_path: Path) -> None:
    _written(power, disk, "a", b"bytes", sync=False)
    descriptor = os.open("a", os.O_RDWR, dir_fd=disk)
    power.doomed(descriptor)
    power.synced(descriptor)
    os.close(descriptor)
    power.synced(disk)
    power.lose(tmp_path / "disk", 0, "gone")
    assert (tmp_path / "disk" / "a").read_bytes() == b""


def test_commits_are_durable_because_the_store_says_full(tmp_path: Path) -> None:
    """What the simulation takes for granted; its own connections run without, to be quick."""
    store = Store(tmp_path / "state.db")
    assert store._connection.row("PRAGMA synchronous") == (2,)
    assert store._connection.row("PRAGMA journal_mode") == ("wal",)
    store.close()


def test_a_download_survives_a_power_loss_right_after_it() -> None:
    steps = [
        {"do": "there.submit", "text": "v1", "title": "a", "name": "a.txt"},
        {"do": "cycle", "on": "a"},
        {"do": "there.replace", "item": "v1", "text": "v2"},
        {
            "do": "cycle",
            "on": "a",
            "during": {"place.synced#1": [{"do": "power-loss", "keep": 0, "data": "zeros"}]},
        },
    ]
    outcome = run_tape({"setting": {"power": True}, "steps": steps})
    assert outcome.violation is None, outcome.trace
    assert outcome.faults["power-loss"] == 1
