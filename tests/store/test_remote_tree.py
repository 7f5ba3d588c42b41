"""What the remote told: staged whole, applied with its cursor at once (I10, W18, W20, W21)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.core.model import Agreed, Fingerprint, Folder, FolderGone, Item, ItemGone, LocalFile
from syncd.core.state import Seen, State
from syncd.engine import Eyes
from syncd.store.store import Store

FOX = Item(1, "Fox", None, "v1", "png", 3)
SHA = "a" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "state.db")
    yield one
    one.close()


def _agreed(item: Item, path: str) -> Agreed:
    return Agreed(item.id, path, item.title, None, item.extension, item.version, SHA, 3, 10 + item.id, 1)


def _told(
    store: Store, *entries: Item | Folder | ItemGone | FolderGone, cursor: str = "c", whole: bool = False
) -> None:
    store.remote.begin()
    store.remote.stage(entries)
    store.remote.apply(cursor=cursor, whole=whole)


def _quiet(store: Store) -> None:
    states, _ = store.states.changed(Eyes())
    store.states.settle(states)
    store.folder_states.settle(())
    assert not store.states.any_changed()


def test_nothing_is_seen_before_the_drain_is_applied(store: Store) -> None:
    store.remote.stage([FOX])
    assert store.remote.item(1) is None and store.remote.cursor is None
    store.remote.begin()  # a reset, or a drain that was abandoned
    store.remote.apply(cursor="c", whole=False)
    assert store.remote.item(1) is None and store.remote.cursor == "c"


def test_rows_and_cursor_move_together_or_not_at_all(tmp_path: Path) -> None:
    class Died(Exception):
        pass

    store = Store(tmp_path / "state.db")
    store.remote.stage([FOX])
    with suppress(Died), store.transaction():
        store.remote.apply(cursor="c", whole=False)
        raise Died
    store.close()
    again = Store(tmp_path / "state.db")
    assert again.remote.item(1) is None and again.remote.cursor is None
    again.close()


def test_the_last_entry_of_an_id_wins(store: Store) -> None:
    store.remote.stage([FOX])
    store.remote.stage([ItemGone(1), replace(FOX, title="Hare")])
    store.remote.apply(cursor="c", whole=False)
    told = store.remote.item(1)
    assert told is not None and told.item.title == "Hare"


@pytest.mark.parametrize("pages", [[[FOX, ItemGone(1)]], [[FOX], [ItemGone(1)]], [[ItemGone(1)], [FOX], [ItemGone(1)]]])
def test_an_item_told_as_it_is_known_can_still_be_told_otherwise(
    store: Store, pages: list[list[Item | ItemGone]]
) -> None:
    _told(store, FOX)
    for page in pages:
        store.remote.stage(page)
    store.remote.apply(cursor="d", whole=False)
    assert store.remote.item(1) is None


@pytest.mark.parametrize("first", [ItemGone(1), replace(FOX, title="Hare")])
def test_an_item_told_otherwise_can_still_be_told_as_it_is_known(store: Store, first: Item | ItemGone) -> None:
    _told(store, FOX)
    store.remote.learn(1, "v1", SHA, None)
    _quiet(store)
    _told(store, first, FOX, whole=True)
    told = store.remote.item(1)
    assert told is not None and told.item == FOX and told.sha256 == SHA and not store.states.any_changed()


def test_a_drain_that_moved_keeps_the_stored_cursor(store: Store) -> None:
    _told(store, FOX, cursor="one")
    store.remote.stage([replace(FOX, title="Hare")])
    store.remote.apply(cursor=None, whole=False)
    assert store.remote.cursor == "one"


def test_what_a_drain_that_moved_told_first_and_the_next_one_does_not_may_be_gone_again(tmp_path: Path) -> None:
    """For the stored cursor it never was there, so no tombstone tells of it; also not after a restart."""
    hare, crow = Item(2, "Hare", None, "v1", "png", 3), Item(3, "Crow", None, "v1", "png", 3)
    store = Store(tmp_path / "state.db")
    _told(store, FOX, cursor="one")
    store.remote.stage([hare, crow])
    store.remote.apply(cursor=None, whole=False)
    store.agreed.put(_agreed(crow, "Crow.png"))
    store.close()
    again = Store(tmp_path / "state.db")
    assert again.remote.passing() == ([2], [])
    _told(again, cursor="two")
    assert again.remote.passing() == ([], [])
    told = again.remote.item(3)
    assert told is not None and told.seen is Seen.UNSURE
    assert again.remote.item(1) is not None, "it was told for an earlier cursor: it is there until a tombstone comes"
    _told(again, hare, cursor="three")
    _told(again, cursor="four")
    assert again.remote.item(2) is not None, "this time its drain moved the cursor"
    again.close()


def test_a_folder_that_a_drain_that_moved_told_first_and_the_next_one_does_not_may_be_gone_again(
    tmp_path: Path,
) -> None:
    """One of our making too, which was there before that drain, but after the cursor."""
    old, ours, theirs = Folder(7, "Old", None), Folder(8, "Ours", None), Folder(9, "Theirs", None)
    store = Store(tmp_path / "state.db")
    _told(store, old, cursor="one")
    store.remote.add_folder(replace(ours, listed=False))
    store.remote.stage([replace(old, title="Older"), ours, theirs])
    store.remote.apply(cursor=None, whole=False)
    store.close()
    again = Store(tmp_path / "state.db")
    unheard = Folder(10, "Made since", None, listed=False)
    again.remote.add_folder(unheard)
    assert again.remote.passing() == ([], [8, 9])
    again.remote.forget_folder(8)
    _told(again, cursor="two")
    assert again.remote.passing() == ([], [])
    assert again.remote.folder(7) == replace(old, title="Older"), "it is there until a tombstone comes"
    assert again.remote.folder(10) == unheard, "no drain has told it yet"
    _told(again, ours, cursor="three")
    assert again.remote.passing() == ([], []), "this time its drain moved the cursor"
    again.close()


def test_what_an_epoch_does_not_tell_is_unsure_if_agreed_and_forgotten_if_not(store: Store) -> None:
    other = Item(2, "Hare", None, "v1", "png", 3)
    _told(store, FOX, other, Folder(5, "Art", None))
    store.agreed.put(_agreed(FOX, "Fox.png"))
    _told(store, whole=True)
    told = store.remote.item(1)
    assert told is not None and told.seen is Seen.UNSURE
    assert store.remote.item(2) is None
    assert store.remote.folder(5) is None


def test_telling_what_is_known_marks_nothing(store: Store) -> None:
    _told(store, FOX, Folder(5, "Art", None))
    _quiet(store)
    _told(store, FOX, Folder(5, "Art", None))
    assert not store.states.any_changed()


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Hare"},
        {"version": "v2"},
        {"version": None},
        {"extension": "jpg"},
        {"folder": 5},
        {"size": 4},
        {"comments": "new"},
    ],
    ids=str,
)
def test_whatever_is_told_anew_is_marked(store: Store, change: dict[str, object]) -> None:
    _told(store, FOX, Folder(5, "Art", None))
    _quiet(store)
    _told(store, replace(FOX, **change))  # type: ignore[arg-type]
    states, _ = store.states.changed(Eyes())
    assert [s.remote.item.id for s in states if s.remote] == [1]


def test_the_hash_of_a_sighting_holds_for_its_version_only(store: Store) -> None:
    _told(store, FOX)
    store.remote.learn(1, "v1", SHA, None)
    _told(store, replace(FOX, title="Hare"))
    told = store.remote.item(1)
    assert told is not None and told.sha256 == SHA
    _told(store, replace(FOX, version="v2"))
    told = store.remote.item(1)
    assert told is not None and told.sha256 is None


def test_an_automatic_folder_around_one_item_is_looked_through(store: Store) -> None:
    _told(store, replace(FOX, folder=5), Folder(5, "Sta.sh Uploads 1", 7), Folder(7, "Art", None))
    told = store.remote.item(1)
    assert told is not None and told.folder == 7
    _told(store, Item(2, "Hare", 5, "v1", "png", 3))
    told = store.remote.item(1)
    assert told is not None and told.folder == 5
    states, _ = store.states.changed(Eyes())
    assert {s.remote.item.id for s in states if s.remote} == {1, 2}, "the first one moves too"


def test_local_changes_mark_and_settling_leaves_what_is_pending(store: Store) -> None:
    for number in (1, 2):
        path = f"{number}.txt"
        file = LocalFile(path, Fingerprint(3, 1, 1, 10 + number, 1), SHA)
        store.local.put_file(file, racy=False)
    states, _ = store.states.changed(Eyes())
    assert {s.local.path for s in states if s.local} == {"1.txt", "2.txt"}
    store.states.settle([s for s in states if s.local and s.local.path == "1.txt"])
    states, _ = store.states.changed(Eyes())
    assert [s.local.path for s in states if s.local] == ["2.txt"]
    store.states.settle([State(local=states[0].local)])
    assert not store.states.any_changed()
    store.local.drop_file("1.txt")
    store.states.settle([])
    assert not store.states.any_changed(), "what is no more needs no mark"


def test_a_true_up_marks_everything(store: Store) -> None:
    _told(store, FOX, Folder(5, "Art", None))
    store.agreed.put(_agreed(FOX, "Fox.png"))
    _quiet(store)
    store.states.mark_all()
    states, _ = store.states.changed(Eyes())
    assert [s.agreed.id for s in states if s.agreed] == [1]
