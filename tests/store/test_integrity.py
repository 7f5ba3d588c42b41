"""A database is looked at without a lock and without a write."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.errors import NewerDatabase
from syncd.store.failures import Corrupt
from syncd.store.integrity import faults
from syncd.store.schema import open_database
from syncd.store.store import Store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    Store(tmp_path / "state.db").close()
    return tmp_path / "state.db"


def test_a_whole_one_has_no_fault_also_while_somebody_writes(database: Path) -> None:
    used = open_database(database)
    used.execute("BEGIN IMMEDIATE")
    try:
        assert faults(database) == []
    finally:
        used.execute("ROLLBACK")
        used.close()


def test_what_is_no_database_is_corrupt(database: Path) -> None:
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(Corrupt):
        faults(database)


def told(path: Path) -> list[str]:
    """What is wrong, whichever way SQLite says so."""
    try:
        return faults(path)
    except Corrupt as error:
        return [error.message]


def test_a_damaged_page_is_found(database: Path) -> None:
    content = bytearray(database.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    for page in range(3, len(content) // size - 1):
        content[page * size : page * size + 64] = b"\xee" * 64
    database.write_bytes(content)
    assert told(database)


def test_one_from_a_newer_version_is_named(database: Path) -> None:
    used = open_database(database)
    used.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('syncd', '9999_x', 'now')")
    used.close()
    with pytest.raises(NewerDatabase):
        faults(database)
