"""A published item is never changed, moved, deleted or submitted again by us (W24, I7)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from syncd.core.state import Answer
from syncd.engine import answer_hold
from tests.engine.desks import Desk, reopened
from tests.engine.lossy import Crash, Fate

Deed = Callable[[Desk], object]

DEEDS: dict[str, Deed] = {
    "edited": lambda one: one.write("Sketches/a.txt", "edited"),
    "renamed": lambda one: one.rename("Sketches/a.txt", "Sketches/z.txt"),
    "moved": lambda one: one.rename("Sketches/a.txt", "a.txt"),
    "deleted": lambda one: one.remove("Sketches/a.txt"),
    "its directory renamed": lambda one: one.rename("Sketches", "Drawings"),
    "left alone": lambda one: None,
}


def _published_item(two: Desk) -> int:
    two.write("Sketches/a.txt", "one")
    two.write("Sketches/b.txt", "two")
    two.sync()
    agreed = two.mirror.store.agreed.at("Sketches/a.txt")
    assert agreed is not None
    return agreed.id


def _stands_as_published(two: Desk, itemid: int) -> None:
    with two.serving.vault.changing(two.serving.login.user) as stash:
        item = stash.tree.items[itemid]
        assert item.stack is None and item.blob is not None
        assert item.blob.key == hashlib.sha256(b"one").hexdigest()


@pytest.mark.parametrize("deed", DEEDS)
def test_whatever_is_done_here_after_we_know_leaves_it_as_it_is(two: Desk, deed: str) -> None:
    itemid = _published_item(two)
    two.publish(itemid)
    two.sync()
    before = two.changing()
    DEEDS[deed](two)
    run = two.sync()
    assert not [a for a in run.actions if a.itemid == itemid], run.actions
    assert not [a for a in run.actions if a.action in {"upload", "delete-remote"}], run.actions
    if deed != "its directory renamed":
        assert two.changing() == before
    assert run.report.settled, run.report
    _stands_as_published(two, itemid)
    two.ever.discard(b"one")


@pytest.mark.parametrize("deed", DEEDS)
def test_whatever_is_done_here_before_we_know_leaves_it_as_it_is(two: Desk, deed: str) -> None:
    itemid = _published_item(two)
    two.publish(itemid)
    DEEDS[deed](two)
    run = two.sync()
    assert not [a for a in run.actions if a.action in {"upload", "delete-remote", "replace"}], run.actions
    assert run.report.settled, run.report
    _stands_as_published(two, itemid)
    two.ever.discard(b"one")


@pytest.mark.parametrize("request_name", ["replace", "edit", "move", "delete"])
def test_one_that_is_published_right_before_our_request_is_left_alone(two: Desk, request_name: str) -> None:
    deed = {"replace": "edited", "edit": "renamed", "move": "moved", "delete": "deleted"}[request_name]
    itemid = _published_item(two)
    DEEDS[deed](two)
    before = {"replace": "read", "delete": "read"}.get(request_name, request_name)
    two.lossy.meanwhile(before, before=lambda: two.publish(itemid))
    run = two.sync()
    assert run.report.settled, run.report
    _stands_as_published(two, itemid)
    two.ever.discard(b"one")


def test_its_file_stays_and_is_counted_over_a_restart(two: Desk) -> None:
    two.publish(_published_item(two))
    two.sync()
    run = reopened(two).sync(true_up=True)
    assert two.files() == {"Sketches/a.txt": b"one", "Sketches/b.txt": b"two"}
    assert two.mirror.store.agreed.published() == 1
    assert run.report.settled, run.report


def test_a_folder_whose_items_were_all_published_keeps_its_files(two: Desk) -> None:
    itemid = _published_item(two)
    other = two.mirror.store.agreed.at("Sketches/b.txt")
    assert other is not None
    two.publish(itemid)
    two.publish(other.id)
    run = two.sync()
    assert [held.kind for held in run.report.held] == ["delete-local"]
    answer_hold(two.mirror, run.report.held[0].id, Answer.CONFIRM)
    run = two.sync()
    assert two.files() == {"Sketches/a.txt": b"one", "Sketches/b.txt": b"two"}
    assert run.report.settled and not run.report.held


def _placed_unrecorded(two: Desk) -> int:
    """An item whose file is placed, and nothing recorded of it, as we were killed; and another item."""
    item = two.submit("a.txt", "one")
    reopened(two, Fate("place.renamed"))
    with pytest.raises(Crash):
        two.sync()
    two.submit("b.txt", "two")
    return item.id


def test_what_is_published_between_its_placing_and_our_record_is_not_submitted_again(two: Desk) -> None:
    two.publish(_placed_unrecorded(two))
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert sorted(two.files()) == ["a.txt", "b.txt"]
    assert len(two.titles()) == 1
    assert two.mirror.store.placings.every() == ()
    assert two.mirror.store.agreed.published() == 1


@pytest.mark.parametrize("edited", [False, True])
def test_what_is_deleted_between_its_placing_and_our_record_goes_unless_it_was_edited(two: Desk, edited: bool) -> None:
    """It may have been moved by another machine, which submits it anew and deletes the old item: it would be two."""
    itemid = _placed_unrecorded(two)
    if edited:
        two.write("a.txt", b"one, edited")
    two.there.delete(itemid)
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert sorted(two.files()) == (["a.txt", "b.txt"] if edited else ["b.txt"])
    assert two.trash() == ([] if edited else [b"one"])
    assert len(two.titles()) == (2 if edited else 1)
    assert two.mirror.store.placings.every() == ()
