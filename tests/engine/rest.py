"""What must hold of a desk that has come to rest, after whatever happened to it (guarantees I1, I12, I15, I16)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.core.model import Item
from syncd.engine import Run
from syncd.engine.planning import plan_for_folders, plan_items
from tests.engine.desks import Desk, reopened
from tests.engine.lossy import Crash, Fate


def rests(one: Desk) -> None:
    """One more sync, a true-up and a restart plan nothing, send no changing request and write no visible file; and
    every version of content that nobody threw away knowingly is still somewhere."""
    one.lossy.faults.clear()
    one.lossy.shrunk = None
    run = one.sync()
    report = run.report
    assert report.settled or report.failures or report.held or report.waiting, report
    _nothing_happens(one, "one more sync", one.sync)
    _nothing_happens(one, "a true-up", lambda: one.sync(true_up=True))
    _nothing_happens(one, "a restart", lambda: reopened(one).sync())
    assert not plan_for_folders(one.mirror)
    assert one.losses() == set(), "content was lost"
    _each_name_is_one_item(one)


def stays_its_items(one: Desk, item: Item, placed: bytes, *, edited: bool) -> None:
    """The next sync dies between placing `Fox.txt`, which then holds `placed`, and its record; somebody renames it, and
    may edit it. It is the item's all the same."""
    reopened(one, Fate("place.synced"))
    with pytest.raises(Crash):
        one.sync()
    assert one.files()["Fox.txt"] == placed
    one.rename("Fox.txt", "Ox.txt")
    if edited:
        one.write("Ox.txt", placed + b", edited")
    run = reopened(one).sync()
    assert run.report.settled, run.report
    agreed = one.mirror.store.agreed.at("Ox.txt")
    assert agreed is not None and agreed.id == item.id


def _nothing_happens(one: Desk, what: str, sync: Callable[[], Run]) -> None:
    requests, visible = one.changing(), one.visible()
    run = sync()
    assert [(a.action, a.path, a.reason) for a in run.actions] == [], f"{what} still does something"
    assert one.changing() == requests, f"{what} sends a changing request"
    assert one.visible() == visible, f"{what} writes a visible file"
    planned = plan_items(one.mirror)[0].actions
    assert not planned or run.report.failures, f"{what} still plans {planned}"


def _each_name_is_one_item(one: Desk) -> None:
    """I5: at most one live item per local file, at most one path per item."""
    paths = [agreed.path for agreed in one.mirror.store.agreed.every() if not agreed.superseded]
    assert len(paths) == len(set(paths)), "two items share one file"
