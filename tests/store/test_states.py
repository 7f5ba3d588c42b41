"""What belongs to a change is found from its marks, however many steps away."""

from __future__ import annotations

from pathlib import Path

from syncd.core.model import Agreed, Fingerprint, LocalFile
from syncd.core.state import Owner
from syncd.engine import Eyes
from syncd.store.store import Store

SHA = "a" * 64


def _agreed(store: Store, itemid: int, path: str, inode: int) -> None:
    store.agreed.put(Agreed(itemid, path, "t", None, "png", "v", SHA, 3, inode, 1))


def _file(store: Store, path: str, inode: int) -> None:
    store.local.put_file(LocalFile(path, Fingerprint(3, 1, 1, inode, 1), SHA), racy=False)


def _quiet(store: Store) -> None:
    store.states.settle(store.states.changed(Eyes())[0])
    store.folder_states.settle(())
    assert not store.states.any_changed()


def test_a_rotation_is_found_whole_from_the_one_name_that_is_marked(tmp_path: Path) -> None:
    """Each file is at the place of the item before it; all but the last were looked at, and settled, before."""
    store = Store(tmp_path / "state.db")
    for number in range(1, 5):
        _agreed(store, number, f"{number}.png", 10 + number)
    for number in range(1, 4):
        _file(store, f"{number}.png", 10 + number + 1)
    _agreed(store, 9, "other.png", 19)
    _file(store, "other.png", 19)
    _quiet(store)
    _file(store, "elsewhere/new.png", 11)
    states, _ = store.states.changed(Eyes())
    assert {state.agreed.id for state in states if state.agreed} == {1, 2, 3, 4}
    store.close()


def test_two_items_that_are_agreed_at_one_path_are_found_together(tmp_path: Path) -> None:
    """As half-way through a swap: the file of the one was moved on before the other was looked at."""
    store = Store(tmp_path / "state.db")
    _agreed(store, 1, "F/a.png", 17)
    _agreed(store, 2, "F/a.png", 18)
    _file(store, "F/a.png", 18)
    _quiet(store)
    _file(store, "G/b.png", 17)
    states, _ = store.states.changed(Eyes())
    assert {state.agreed.id for state in states if state.agreed} == {1, 2}
    store.close()


def test_the_item_for_which_a_new_file_was_being_placed_is_found(tmp_path: Path) -> None:
    """The file was renamed before the placing was recorded; at the item's path nothing was looked at yet."""
    store = Store(tmp_path / "state.db")
    for number in (1, 2):
        _agreed(store, number, f"{number}.png", 10 + number)
        _file(store, f"{number}.png", 10 + number)
    _quiet(store)
    store.placings.begin(1, (17, 1, None), SHA)
    _file(store, "renamed.png", 17)
    states, _ = store.states.changed(Eyes())
    assert [state.agreed.id for state in states if state.agreed] == [1]
    store.close()


def test_an_item_that_waits_is_seen_though_all_that_led_to_it_is_settled(tmp_path: Path) -> None:
    """It was in the plan for the other item of its path only."""
    store = Store(tmp_path / "state.db")
    _agreed(store, 1, "F/a.png", 17)
    _agreed(store, 2, "F/a.png", 18)
    _quiet(store)
    _file(store, "F/a.png", 18)
    states, _ = store.states.changed(Eyes())
    store.states.settle([s for s in states if s.agreed and s.agreed.id == 2], [1])
    assert {s.agreed.id for s in store.states.changed(Eyes())[0] if s.agreed} == {1, 2}
    store.close()


def test_an_item_keeps_the_name_of_its_missing_file(tmp_path: Path) -> None:
    """Its deletion may be held: what came to that name meanwhile would be taken for its file."""
    store = Store(tmp_path / "state.db")
    _agreed(store, 1, "F/a.png", 17)
    assert store.states.owner("F/a.png") == Owner(1, None)
    assert store.states.owner("F/b.png") is None
    store.close()


def test_what_vanished_is_looked_up_though_a_plan_had_nothing_to_say_about_it(tmp_path: Path) -> None:
    """Its file was left alone, say, and may be looked at again before anything else is told of the item."""
    store = Store(tmp_path / "state.db")
    for number in range(1, 4):
        _agreed(store, number, f"{number}.png", 10 + number)
    store.remote.withdraw(2)
    _quiet(store)
    assert store.states.unsure() == [2]
    store.close()
