"""When cycles are due, and how long outages are waited for: numbers in, numbers out."""

from __future__ import annotations

import math

import pytest

from syncd.core.errors import (
    Busy,
    DiskFailed,
    FolderMissing,
    LoginNeeded,
    NewerDatabase,
    SyncdError,
    Throttled,
    Unreachable,
)
from syncd.core.events import ActionEnded, Outcome
from syncd.daemon.healing import wait_after
from syncd.daemon.rhythm import MOST_IN_A_ROW, Rhythm
from syncd.engine import Report

DONE = ActionEnded("upload", "Fox.png", 1, Outcome.DONE, "new here")


def rhythm() -> Rhythm:
    found = Rhythm(least=60, most=300, settle=2)
    found.ended(Report(settled=True), 0, 0)
    return found


def test_the_first_cycle_is_due_at_once_and_after_one_that_found_nothing_only_a_wake_up_brings_another() -> None:
    assert Rhythm(least=60, most=300, settle=2).due <= 0
    assert rhythm().due == math.inf


def test_the_interval_grows_while_nothing_happens_and_falls_back_when_something_does() -> None:
    found = rhythm()
    intervals = []
    for _ in range(6):
        intervals.append(found.interval)
        found.ended(Report(settled=True), 0, 0)
    assert intervals == [90, 135, 202.5, 300, 300, 300]
    found.ended(Report(actions=(DONE,), progress=True), 0, 0)
    assert found.interval == 60


def test_a_marked_path_is_looked_at_once_it_can_be_quiet() -> None:
    found = rhythm()
    found.marked(100)
    found.marked(101.5)
    assert found.due == 102


def test_a_file_that_never_rests_costs_ever_fewer_looks_but_one_each_interval() -> None:
    found, now, waits = rhythm(), 0.0, []
    for _ in range(8):
        found.marked(now)
        waits.append(found.due - now)
        now = found.due
        found.ended(Report(due=now + 2), now, now)
    assert waits == [2, 2, 4, 8, 16, 32, 60, 60]
    found.ended(Report(actions=(DONE,), settled=True), now, now)
    found.marked(now)
    assert found.due == now + 2


def test_progress_is_followed_at_once_but_not_for_ever() -> None:
    found = rhythm()
    for now in range(MOST_IN_A_ROW):
        found.ended(Report(progress=True), now, 0)
        assert found.due == now
    found.ended(Report(progress=True), 50, 0)
    assert found.due == 110


def test_what_can_be_tried_later_is_due_then() -> None:
    found = rhythm()
    found.ended(Report(due=130.0), 100, 5000)
    assert found.due == 130
    found.ended(Report(retry_at=5010.0), 100, 5000)
    assert found.due == 110
    found.ended(Report(retry_at=4000.0), 100, 5000)
    assert found.due == pytest.approx(100.05)


def test_no_wake_up_ends_an_outage_early_but_a_person_can() -> None:
    found = rhythm()
    found.outage(100, 30)
    found.now(101)
    found.marked(101)
    assert found.due == 130
    found.at_once(102)
    assert found.due == 102


@pytest.mark.parametrize(
    ("error", "failures", "seconds"),
    [
        (Unreachable("gone"), 1, 1),
        (Unreachable("gone"), 4, 8),
        (Unreachable("gone"), 40, 300),
        (Throttled("slow", retry_at=1030.0), 1, 30),
        (Throttled("slow", retry_at=900.0), 1, 0.05),
        (Throttled("slow"), 2, 2),
        (FolderMissing("unmounted"), 9, 2),
        (Busy("locked"), 9, 1),
        (LoginNeeded("no token"), 1, 300),
        (NewerDatabase("newer"), 1, 300),
        (DiskFailed("broken"), 3, 4),
        (SyncdError("a bug"), 2, 2),
    ],
)
def test_every_outage_is_waited_for_in_its_own_way(error: SyncdError, failures: int, seconds: float) -> None:
    assert wait_after(error, failures, 1000.0, most=300, jitter=0.0) == pytest.approx(seconds)
