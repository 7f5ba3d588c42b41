"""Small tables are kept in mind, and never told as they were (syncd/store/small.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from syncd.store.database import Row
from syncd.store.small import Kept, Small
from syncd.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "state.db")) as one:
        yield one


class _Broken(Exception):
    pass


def _asked(store: Store, reads: list[int]) -> Small[int]:
    def read(rows: list[Row]) -> int:
        reads.append(1)
        return len(rows)

    return Small(store._connection, "fact", "SELECT * FROM fact", read)


def test_what_nobody_wrote_to_is_read_once(store: Store) -> None:
    reads: list[int] = []
    facts = _asked(store, reads)
    assert (facts.content(), facts.content()) == (0, 0)
    store.left.clear()
    assert (facts.content(), len(reads)) == (0, 1)


def test_a_write_is_seen_at_once(store: Store) -> None:
    facts = _asked(store, [])
    assert facts.content() == 0
    store.facts.put("a", "1")
    assert facts.content() == 1
    store.facts.drop("a")
    assert facts.content() == 0


@pytest.mark.parametrize("depth", [1, 2])
def test_what_was_undone_is_not_kept_in_mind(store: Store, depth: int) -> None:
    facts = _asked(store, [])
    with suppress(_Broken), store.transaction():
        if depth == 1:
            store.facts.put("a", "1")
            assert facts.content() == 1
            raise _Broken
        with suppress(_Broken), store.transaction():
            store.facts.put("a", "1")
            assert facts.content() == 1
            raise _Broken
    assert facts.content() == 0
    assert store.facts.get("a") is None


def test_a_store_that_only_reads_sees_what_another_writes(store: Store, tmp_path: Path) -> None:
    with closing(Store(tmp_path / "state.db", read_only=True)) as reading:
        assert reading.facts.get("a") is None
        store.facts.put("a", "1")
        assert reading.facts.get("a") == "1"


def test_one_row_is_not_worth_reading_a_whole_table(store: Store) -> None:
    reads: list[int] = []
    facts = _asked(store, reads)
    assert facts.in_mind() is None
    assert not reads
    assert facts.content() == facts.in_mind() == 0


def test_no_trigger_writes_to_a_small_table(store: Store) -> None:
    rows = store._connection.rows("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    written = {table for (sql,) in rows for table in re.findall(r"(?:INSERT INTO|DELETE FROM|UPDATE) (\w+)", str(sql))}
    parts: list[object] = [store.facts, store.intents, store.placings, store.twins, store.decisions, store.failures]
    parts += [store.local, store.agreed, store.unanswered]
    small = {one._table for part in parts for one in vars(part).values() if isinstance(one, Small | Kept)}
    assert len(small) == 13
    assert not small & written


def test_a_row_that_is_kept_is_read_again_once_its_table_was_written_to(store: Store) -> None:
    asked: list[int] = []

    def read(key: int) -> str | None:
        asked.append(key)
        return store.facts.get(str(key))

    kept = Kept(store._connection, "fact", read)
    assert [kept.one(1), kept.one(1), kept.one(2)] == [None, None, None]
    assert asked == [1, 2]
    store.facts.put("1", "yes")
    assert [kept.one(1), kept.one(1)] == ["yes", "yes"]
    with suppress(_Broken), store.transaction():
        store.facts.put("1", "no")
        assert kept.one(1) == "no"
        raise _Broken
    assert kept.one(1) == "yes"
