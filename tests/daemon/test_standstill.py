"""Work that is pending while nothing is waited for and nothing moves is said aloud; whatever has a name is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from syncd.core.errors import NoProgress, Unreachable
from syncd.core.events import ActionEnded, Outcome
from syncd.core.steps import Waiting
from syncd.daemon.happenings import Happening, OutageMet
from syncd.daemon.resting import Resting
from syncd.daemon.standing import Live, Serving, standing
from syncd.daemon.standstill import STANDSTILL_SECONDS, Standstill
from syncd.daemon.voice import Voice
from syncd.engine import Eyes, Report
from syncd.store.history import Failure
from tests.daemon.home import Home

STUCK = Report(pending={"download": 2}, waiting=(Waiting("Fox.txt", 7, "its folder has no directory yet"),))
FAILURE = Failure("item:7", "Fox.txt", 7, "download", "refused", "No.", "Nothing to do.", None, 1, 0.0)
HOUR = 3600.0


@dataclass
class Bench:
    """A detector, and what it says."""

    resting: Resting
    heard_all: list[Happening] = field(default_factory=list)

    def heard(self, mirror: str | None, happening: Happening) -> None:
        self.heard_all.append(happening)

    def __post_init__(self) -> None:
        self.detector = Standstill(Voice("stash", [self]), self.resting)

    def looks(self, *times: float, live: Live | None = None) -> list[bool]:
        """Whether it says so, at each of these steady seconds."""
        shown = [self.detector.shown(live or Live(), now) for now in times]
        return [isinstance(each.error, NoProgress) for each in shown]


@pytest.fixture
def bench(at_home: Home) -> Bench:
    settings = at_home.settings.require_mirrors()[0]
    return Bench(Resting(settings, lambda: 0.0, lambda: False))


def test_work_that_does_not_move_is_said_after_three_polls_and_again_later(bench: Bench) -> None:
    bench.detector.ended(STUCK)
    assert bench.looks(0, STANDSTILL_SECONDS - 1, STANDSTILL_SECONDS, STANDSTILL_SECONDS + 3) == [
        False,
        False,
        True,
        True,
    ]
    (told,) = bench.heard_all
    assert isinstance(told, OutageMet)
    assert told.error.message == "3 things are pending, and none has moved for 15 minutes."
    bench.detector.ended(STUCK)
    assert bench.looks(2 * STANDSTILL_SECONDS) == [True]
    assert len(bench.heard_all) == 2


def test_what_moves_or_settles_ends_it(bench: Bench) -> None:
    done = ActionEnded("download", "Fox.txt", 7, Outcome.DONE, "new there")
    for report in (Report(pending={"download": 1}, actions=(done,)), Report(settled=True)):
        bench.detector.ended(STUCK)
        assert bench.looks(0, HOUR) == [False, True]
        bench.detector.ended(report)
        assert bench.looks(HOUR + 1) == [False]
        bench.detector.ended(Report(settled=True))


@pytest.mark.parametrize(
    "report",
    [
        Report(settled=True, pending={}),
        Report(pending={"upload": 1}, due=5.0),
        Report(pending={"upload": 1}, retry_at=5.0),
        Report(pending={"upload": 1}, failures=(FAILURE,)),
        Report(pending={"upload": 1}, progress=True),
    ],
    ids=["settled", "due", "retry", "failing", "more at once"],
)
def test_what_status_names_is_no_standstill(report: Report, bench: Bench) -> None:
    bench.detector.ended(report)
    assert bench.looks(0, HOUR, 2 * HOUR) == [False, False, False]
    assert bench.heard_all == []


def test_an_outage_and_a_pause_are_waited_out(bench: Bench) -> None:
    bench.detector.ended(STUCK)
    offline = Live(error=Unreachable("No connection."))
    assert bench.looks(0, HOUR, live=offline) == [False, False]
    bench.detector.ended(STUCK)
    bench.resting.pause(None)
    assert bench.looks(HOUR, 2 * HOUR) == [False, False]
    bench.resting.resume()
    bench.detector.ended(STUCK)
    assert bench.looks(2 * HOUR, 2 * HOUR + 1, 3 * HOUR) == [False, False, True]


def test_status_shows_it_as_an_error_with_what_to_do(at_home: Home) -> None:
    settings = at_home.settings.require_mirrors()[0]
    with at_home.running() as worker:
        serving = Serving(Live(error=NoProgress("3 things are pending.")), Eyes(), None)
        document: Any = standing(settings, worker._post.wiring, serving)
    assert document["state"] == "error"
    (error,) = document["errors"]
    assert (error["error"], error["message"]) == ("no-progress", "3 things are pending.")
    assert "syncd sync --full" in error["remedy"]
