"""Migrations: a statement at a time, append only; newer and corrupt databases are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.core.errors import DatabaseFailed, DiskFailed, NewerDatabase
from syncd.store import scripts
from syncd.store.failures import Corrupt
from syncd.store.schema import NotReady, open_database
from syncd.store.scripts import migrations_folder, statements
from syncd.store.store import Store, open_store


def test_a_script_is_cut_into_statements_and_a_trigger_is_one() -> None:
    script = "CREATE TABLE a (b);\n-- why\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\nEND;\n"
    assert [s.split()[-1] for s in statements(script)] == ["(b);", "END;"]


def test_every_migration_is_whole_statements() -> None:
    for script in migrations_folder().iterdir():
        text = script.read_text(encoding="utf-8")
        assert "".join(statements(text)).strip() == text.strip(), script.name


def test_a_new_database_knows_every_migration_once_and_is_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        database = open_database(tmp_path / "state.db")
        names = [row[0] for row in database.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]
        assert names == sorted(s.name.removesuffix(".sql") for s in migrations_folder().iterdir())
        assert database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert database.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert database.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        database.close()


def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = scripts.every()
    broken = ("9999_break", "CREATE TABLE half (a);\nCREATE TABLE half (a);\n")
    monkeypatch.setattr(scripts, "every", lambda: [*known, broken])
    with pytest.raises(DiskFailed):
        open_database(tmp_path / "state.db")
    with pytest.raises(NotReady) as found:
        open_database(tmp_path / "state.db", read_only=True)
    assert found.value.empty  # nor of those before it: who only looks sees all of them, or none
    monkeypatch.setattr(scripts, "every", lambda: known)
    database = open_database(tmp_path / "state.db")
    assert not database.execute("SELECT * FROM sqlite_master WHERE name = 'half'").fetchall()
    database.close()


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = open_database(path)
    row = ("syncd", "9999_later", "2099-01-01")
    database.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)", row)
    database.close()
    with pytest.raises(NewerDatabase, match="9999_later"):
        open_database(path)
    with pytest.raises(NewerDatabase):
        open_store(path, set_aside=lambda _path: pytest.fail("a newer database is not set aside"))
    assert path.exists()


def test_a_corrupt_database_is_set_aside_by_whoever_opens_the_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database, certainly not " * 100)
    with pytest.raises(Corrupt):
        open_database(path)
    store = open_store(path, set_aside=lambda broken: broken.rename(tmp_path / "aside.db"))
    store.facts.put("marker", "new")
    store.close()
    assert (tmp_path / "aside.db").exists()


def test_a_store_that_only_reads_never_writes_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with pytest.raises(DatabaseFailed, match="cannot be opened"):
        Store(path, read_only=True)
    assert not path.exists()
    writer = Store(path)
    writer.facts.put("marker", "one")
    reader = Store(path, read_only=True)
    assert reader.facts.get("marker") == "one"
    with pytest.raises(DatabaseFailed, match="cannot be written"):
        reader.facts.put("marker", "two")
    reader.close()
    writer.close()


@pytest.mark.parametrize("lost", ["TABLE changed_item", "TABLE fact", "TRIGGER agreed_item_changed"])
def test_a_database_that_lost_a_part_of_its_schema_is_set_aside(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "state.db"
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        kind, name = lost.split()
        query = "SELECT name FROM sqlite_master WHERE type = ? ORDER BY name"
        names = [row[0] for row in database.execute(query, (kind.lower(),))]
        database.execute(f"DROP {kind} {name if name in names else names[0]}")
    with pytest.raises(Corrupt, match="lost"):
        open_database(path)
    aside: list[Path] = []
    store = open_store(path, set_aside=lambda broken: aside.append(broken.rename(tmp_path / "aside.db")))
    store.facts.put("marker", "new")
    store.close()
    assert aside == [tmp_path / "aside.db"]
