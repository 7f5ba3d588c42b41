"""Transactions: everything or nothing, inner ones alone (syncd/store/database.py)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from syncd.core.errors import DatabaseFailed
from syncd.store.failures import Corrupt
from syncd.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "state.db")
    yield one
    one.close()


class _Broken(Exception):
    pass


def test_what_fails_is_undone(store: Store) -> None:
    with suppress(_Broken), store.transaction():
        store.facts.put("a", "1")
        raise _Broken
    assert store.facts.get("a") is None


def test_an_inner_one_that_fails_is_undone_alone(store: Store) -> None:
    with store.transaction():
        store.facts.put("a", "1")
        with suppress(_Broken), store.transaction():
            store.facts.put("b", "2")
            raise _Broken
        store.facts.put("c", "3")
    assert [store.facts.get(name) for name in "abc"] == ["1", None, "3"]


def test_an_inner_one_is_durable_only_with_the_outer(store: Store, tmp_path: Path) -> None:
    with suppress(_Broken), store.transaction():
        with store.transaction():
            store.facts.put("a", "1")
        raise _Broken
    assert store.facts.get("a") is None


def test_a_rehearsal_is_seen_inside_and_undone(store: Store) -> None:
    with store.rehearsal():
        store.facts.put("a", "1")
        assert store.facts.get("a") == "1"
    assert store.facts.get("a") is None


def test_stating_what_is_known_writes_nothing(store: Store) -> None:
    store.facts.put("a", "1")
    before = store.changes
    store.facts.put("a", "1")
    store.facts.drop("b")
    store.twins.expire(1e12)
    store.intents.all_unknown()
    assert store.changes == before


def test_a_locked_database_says_so_and_works_again_after_it(store: Store, tmp_path: Path) -> None:
    store._connection.run("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseFailed, match="another program") as caught:
            store.facts.put("a", "1")
        assert "Close the program" in caught.value.remedy
        other.execute("ROLLBACK")
    store.facts.put("a", "1")
    assert store.facts.get("a") == "1"


def _put_three(store: Store) -> None:
    """Goes on after the second did not fit, as a cycle does after one item failed."""
    with store.transaction():
        store.facts.put("a", "1")
        with suppress(DatabaseFailed), store.transaction():
            store.facts.put("b", "2" * 100_000)
        store.facts.put("c", "3")


def test_a_full_disk_undoes_the_whole_and_says_so(store: Store) -> None:
    pages = store._connection.number("PRAGMA page_count")
    store._connection.run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DatabaseFailed, match="disk is full"):
        _put_three(store)
    store._connection.run("PRAGMA max_page_count = 100000")
    assert [store.facts.get(name) for name in "abc"] == [None, None, None]
    store.facts.put("a", "1")
    assert store.facts.get("a") == "1"


def test_a_table_that_is_gone_is_a_corrupt_database(store: Store) -> None:
    store._connection.run("DROP TABLE fact")
    with pytest.raises(Corrupt, match="no such table"):
        store.facts.get("a")


def test_a_statement_that_makes_no_sense_is_a_bug(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError):
        store._connection.run("SELEKT 1")
