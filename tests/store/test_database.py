"""Transactions: everything or nothing, inner ones alone (syncd/store/database.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

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
