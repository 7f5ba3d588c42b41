"""What a mirror says: new holds and conflicts once, their end once, outages counted, operations from begin to end."""

from __future__ import annotations

import pytest
import structlog

from syncd.core.errors import LoginNeeded, Unreachable
from syncd.daemon import documents
from syncd.daemon.documents import Answer
from syncd.daemon.happenings import (
    ConflictEnded,
    ConflictFound,
    CycleEnded,
    HoldEnded,
    HoldOpened,
    LoginWanted,
    MirrorCrashed,
    OperationBegan,
    OperationEnded,
    OutageEnded,
    OutageMet,
)
from syncd.daemon.operations import Access, Prepared
from syncd.daemon.telling import Log
from syncd.daemon.voice import Voice
from syncd.engine import Report
from syncd.store.decisions import ConflictRow, HeldRow
from tests.daemon.hearing import Ear

HELD = HeldRow("a1", "deletions", "too many at once", 1.0, ("item:1:x",), ("Fox.png",))
CONFLICT = ConflictRow(7, "Owl.png", "Owl (conflict 12345678).png", 2.0)


def test_what_waits_is_told_when_it_is_new_and_when_it_ends_and_not_between() -> None:
    ear = Ear()
    voice = Voice("stash", [ear])
    for report in (Report(), Report(held=(HELD,)), Report(held=(HELD,), conflicts=(CONFLICT,)), Report(settled=True)):
        voice.cycle_ended(report, 0.1)
        voice.cycle_ended(report, 0.1)
    held, conflict = documents.held(HELD), documents.conflict(CONFLICT)
    assert [each for each in ear.told if not isinstance(each, CycleEnded)] == [
        HoldOpened(held),
        ConflictFound(conflict),
        HoldEnded(held),
        ConflictEnded(conflict),
    ]


def test_a_login_is_wanted_once_for_each_row_of_outages() -> None:
    ear = Ear()
    voice = Voice("stash", [ear])
    for _ in range(3):
        voice.outage(LoginNeeded("there is no token"), 60.0)
    voice.cycle_ended(Report(settled=True), 0.1)
    voice.outage(LoginNeeded("there is no token"), 60.0)
    assert len(ear.of(LoginWanted)) == 2
    assert ear.of(OutageEnded) == [OutageEnded("login-needed", 3)]


def test_another_outage_is_counted_anew() -> None:
    ear = Ear()
    voice = Voice("stash", [ear])
    voice.outage(Unreachable("no route"), 1.0)
    voice.outage(Unreachable("no route"), 2.0)
    voice.outage(LoginNeeded("there is no token"), 60.0)
    assert [each.times for each in ear.told if isinstance(each, OutageMet)] == [1, 2, 1]


def test_the_same_bug_is_counted_and_its_traceback_told_at_growing_intervals() -> None:
    ear = Ear()
    voice = Voice("stash", [ear, Log()])
    with structlog.testing.capture_logs() as logs:
        for _ in range(25):
            try:
                raise ZeroDivisionError("a bug")
            except ZeroDivisionError as error:
                voice.crashed(error, 1.0)
    assert [each.times for each in ear.told if isinstance(each, MirrorCrashed)] == list(range(1, 26))
    assert [line["times"] for line in logs] == [1, 10]
    assert all(line["exc_info"] for line in logs)


def test_an_operation_is_told_when_it_begins_and_ends_and_what_it_left_to_a_person() -> None:
    ear = Ear()
    answer = Answer({"held": [documents.held(HELD)], "conflicts": []}, 1)
    act = Voice("stash", [ear]).announced(Prepared("sync", Access.BIND, lambda _mirror: answer), "t1")
    assert act(None) is answer  # type: ignore[arg-type]
    assert ear.told == [
        OperationBegan("sync", "t1"),
        HoldOpened(documents.held(HELD)),
        OperationEnded("sync", "t1", answer),
    ]


def test_an_operation_that_fails_ends_too() -> None:
    ear = Ear()

    def fail(_mirror: object) -> Answer:
        raise Unreachable("no route")

    act = Voice("stash", [ear]).announced(Prepared("space", Access.BIND, fail), "")
    with pytest.raises(Unreachable):
        act(None)  # type: ignore[arg-type]
    assert ear.told[-1] == OperationEnded("space", "", Answer({}, 1))
