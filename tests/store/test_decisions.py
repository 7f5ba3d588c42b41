"""Holds, answers, history and what was lost: what a mirror must remember (store/decisions, history, twins, intents)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.core.actions import Upload
from syncd.core.model import Agreed, AtRoot, Fingerprint, Into, Item, LocalFile, Make, Target
from syncd.core.state import Answer
from syncd.store.decisions import HeldRow
from syncd.store.history import Done
from syncd.store.store import Store
from syncd.store.twins import Lost

SHA = "a" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "state.db")
    yield one
    one.close()


def _held(name: str, *subjects: str) -> HeldRow:
    return HeldRow(name, "delete-local", "many", 0.0, subjects, ("a.txt",))


def test_a_set_that_stays_held_keeps_its_time_and_writes_nothing(store: Store) -> None:
    store.decisions.hold(1.0, [_held("x", "local:1:a")])
    before = store.changes
    store.decisions.hold(2.0, [_held("x", "local:1:a")])
    assert store.changes == before
    assert [row.since for row in store.decisions.held()] == [1.0]
    store.decisions.hold(3.0, [_held("y", "local:1:a", "local:2:b")])
    assert [(row.id, row.since) for row in store.decisions.held()] == [("y", 3.0)]


def test_an_answer_binds_to_what_was_shown_and_goes_with_its_item(store: Store) -> None:
    store.decisions.hold(1.0, [_held("x", "local:1:a", "local:2:b")])
    assert not store.decisions.answer("unknown", Answer.CONFIRM, 2.0)
    assert store.decisions.answer("x", Answer.CONFIRM, 2.0)
    assert store.decisions.answers() == {"local:1:a": Answer.CONFIRM, "local:2:b": Answer.CONFIRM}
    store.agreed.forget(1)
    assert store.decisions.answers() == {"local:2:b": Answer.CONFIRM}


def _done(store: Store, at: float, action: str, itemid: int, *, counts: bool = True) -> None:
    store.history.add(Done(at, action, f"{itemid}.txt", itemid, "done", "why", counts))


def test_confirmed_deletions_and_older_ones_do_not_count(store: Store) -> None:
    _done(store, 10.0, "delete-local", 1)
    _done(store, 20.0, "delete-local", 2)
    _done(store, 21.0, "delete-local", 3, counts=False)
    assert store.history.count("delete-local", 15.0) == 1


def test_growth_is_what_was_first_agreed_since_without_what_was_deleted(store: Store) -> None:
    _done(store, 10.0, "upload", 1)
    _done(store, 20.0, "download", 2)
    _done(store, 21.0, "download", 2)  # an update
    _done(store, 22.0, "download", 1)  # an update of an older one
    assert store.history.net_growth(15.0) == 1
    _done(store, 23.0, "delete-remote", 1)
    assert store.history.net_growth(15.0) == 0


@pytest.mark.parametrize("target", [Into(5), Make("A / B", None), Make("B", 7), AtRoot("Sta.sh Uploads 3")], ids=str)
def test_an_intent_comes_back_as_it_was_opened(store: Store, target: Target) -> None:
    file = LocalFile("Art/Fox.png", Fingerprint(3, 1, 1, 1, 1), SHA)
    opened = store.intents.open(Upload(file, "Fox", target, None, "new here"), at=1.0, cursor="c", drain=4)
    (intent,) = store.intents.every()
    assert (intent.id, intent.target, intent.path, intent.drain, intent.limbo) == (opened, target, file.path, 4, False)
    store.intents.all_unknown()
    assert store.intents.every()[0].limbo
    store.intents.close(opened)
    assert store.intents.every() == []


def test_a_twin_is_one_until_it_is_agreed_or_gone(store: Store) -> None:
    store.remote.stage([Item(1, "Fox", None, "v", "png", 3), Item(2, "Fox", None, "v", "png", 3)])
    store.remote.apply(cursor="c", whole=False)
    store.twins.recognise(1, SHA)
    store.twins.recognise(2, SHA)
    assert set(store.twins.every()) == {1, 2}
    store.agreed.put(Agreed(1, "Fox.png", "Fox", None, "png", "v", SHA, 3, 1, 1))
    store.remote.forget(2)
    assert store.twins.every() == {}


def test_what_was_lost_is_forgotten_in_time_but_a_refusal_is_not(store: Store) -> None:
    store.twins.lose(Lost(SHA, 3, 1, 10.0), refused=False)
    store.twins.lose(Lost("b" * 64, 3, 1, 10.0), refused=True)
    store.twins.expire(5.0)
    assert [lost.sha256 for lost in store.twins.lost()] == [SHA]
    store.twins.expire(11.0)
    assert store.twins.lost() == []
    assert store.twins.is_refused("b" * 64) and not store.twins.is_refused(SHA)
