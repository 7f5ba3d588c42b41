"""A database that was closed well is not read page by page when it is opened; any other is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syncd.store import schema
from syncd.store.failures import Corrupt
from syncd.store.store import Store


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each database that is read page by page."""
    read: list[str] = []
    real = schema._check

    def counted(database: sqlite3.Connection) -> None:
        read.append("check")
        real(database)

    monkeypatch.setattr(schema, "_check", counted)
    return read


@pytest.fixture
def path(tmp_path: Path, checks: list[str]) -> Path:
    """A database that was used and closed."""
    path = tmp_path / "state.db"
    store = Store(path)
    store.facts.put("server", "here")
    store.close()
    checks.clear()
    return path


def test_what_was_closed_is_trusted_each_time(path: Path, checks: list[str]) -> None:
    for number in range(3):
        store = Store(path)
        store.facts.put("number", str(number))
        store.close()
        store.close()
    assert checks == []


def test_what_was_not_closed_is_read(path: Path, checks: list[str]) -> None:
    killed = Store(path)
    again = Store(path)
    assert checks == ["check"]
    killed._connection.close()
    again.close()


def test_a_second_close_says_nothing_about_who_uses_it_now(path: Path, checks: list[str]) -> None:
    first = Store(path)
    first.close()
    second = Store(path)
    first.close()
    Store(path).close()
    assert checks == ["check"]
    second.close()


def _rewritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\0")


def _replaced(path: Path) -> None:
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def _with_a_log(path: Path) -> None:
    path.with_name("state.db-wal").write_bytes(b"something")


def _stamp_torn(path: Path) -> None:
    stamp = path.with_name("state.db-closed")
    stamp.write_text(stamp.read_text()[:-3])


def _touched(path: Path) -> None:
    os.utime(path)


@pytest.mark.parametrize("change", [_replaced, _with_a_log, _stamp_torn, _touched])
def test_what_somebody_else_had_is_read(path: Path, checks: list[str], change: Callable[[Path], None]) -> None:
    change(path)
    store = Store(path)
    assert checks == ["check"]
    assert not path.with_name("state.db-closed").exists()
    store.close()


def test_a_damaged_one_is_found_out(path: Path) -> None:
    _rewritten(path)
    os.utime(path)  # within one tick of the disk's clock a write may leave no trace
    with pytest.raises(Corrupt):
        Store(path)


def test_one_that_lost_a_table_is_found_out(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE fact")
    with pytest.raises(Corrupt, match="fact"):
        Store(path)


def test_who_only_reads_leaves_no_stamp_and_takes_none(path: Path, checks: list[str]) -> None:
    Store(path, read_only=True).close()
    Store(path).close()
    assert checks == []
