"""What systemd is told: when all is loaded, how it stands, that it reloads, and that every engine moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.core.errors import DiskFailed, FolderMissing, LoginNeeded, SyncdError, Throttled, Unreachable
from syncd.daemon.notify import LONGEST_STATUS, notify, reloading, status
from syncd.daemon.resting import Cause, Rest
from syncd.daemon.standing import Live
from syncd.daemon.wakes import Wake, Wakes
from syncd.daemon.watchdog import STUCK_SECONDS, Engine, Watchdog, words
from tests.daemon.supervisor import Supervisor, supervisor

SETTLED = Live(quiet=True, last_poll=1.0)
MOVING = Engine("stash", SETTLED, 0.0, lives=True)
STUCK = Engine("stash", SETTLED, STUCK_SECONDS, lives=True)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Supervisor]:
    with supervisor(tmp_path) as found:
        yield found


def test_nobody_listening_is_no_failure(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": "relative"})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


def test_a_full_socket_is_not_waited_for(systemd: Supervisor) -> None:
    sent = [notify("X=1", systemd.environ) for _ in range(2000)]
    assert sent[0]
    assert not sent[-1]


def test_it_is_ready_with_its_status_and_a_new_status_is_told_once(systemd: Supervisor) -> None:
    watchdog = Watchdog(systemd.environ)
    watchdog.ready([Engine("stash", Live(), 0.0, lives=True)])
    assert systemd.told() == ["READY=1\nSTATUS=stash: starting"]
    assert watchdog.look([MOVING], 1.0)
    assert watchdog.look([MOVING], 2.0)
    assert systemd.told() == ["STATUS=stash: settled"]
    watchdog.stopping()
    assert systemd.told() == ["STOPPING=1\nSTATUS=ending"]


def test_that_it_is_ready_is_said_until_it_is_heard(systemd: Supervisor) -> None:
    while notify("X=1", systemd.environ):
        pass
    watchdog = Watchdog(systemd.environ)
    watchdog.ready([MOVING])
    assert set(systemd.told()) == {"X=1"}
    watchdog.look([MOVING], 1.0)
    watchdog.look([MOVING], 2.0)
    assert systemd.told() == ["READY=1\nSTATUS=stash: settled"]


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (Live(), "starting"),
        (SETTLED, "settled"),
        (Live(quiet=False, last_poll=1.0), "syncing"),
        (Live(quiet=True, last_poll=1.0, rest=Rest(Cause.PAUSE, 5.0)), "paused"),
        (Live(error=FolderMissing("x")), "the folder is missing"),
        (Live(error=LoginNeeded("x")), "login needed: run `syncd login`"),
        (Live(error=Unreachable("x")), "offline"),
        (Live(error=Throttled("x")), "waiting, as the server asked for"),
        (Live(error=DiskFailed("the disk is full")), "the disk is full"),
        (Live(error=SyncdError("syncd met a bug"), rest=Rest(Cause.PAUSE, 5.0)), "syncd met a bug"),
    ],
)
def test_each_standing_has_its_words(live: Live, said: str) -> None:
    assert words([Engine("a", live, 0.0, lives=True), MOVING]) == f"a: {said}; stash: settled"


def test_a_hostile_status_stays_on_one_line_and_short() -> None:
    assert status("a\nREADY=0\x1b") == "STATUS=a READY=0 "
    assert len(status("x" * 5000)) == len("STATUS=") + LONGEST_STATUS


def test_the_watchdog_is_fed_four_times_as_often_as_asked(systemd: Supervisor) -> None:
    watchdog = Watchdog({**systemd.environ, "WATCHDOG_USEC": "40000000", "WATCHDOG_PID": "7"}, pid=7)
    watchdog.ready([MOVING])
    systemd.told()
    for second in range(21):
        watchdog.look([MOVING], float(second))
    assert systemd.told() == ["WATCHDOG=1"] * 3


@pytest.mark.parametrize("asked", [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "4", "WATCHDOG_PID": "8"}])
def test_without_a_watchdog_or_with_another_processs_it_is_not_fed(systemd: Supervisor, asked: dict[str, str]) -> None:
    watchdog = Watchdog({**systemd.environ, **asked}, pid=7)
    watchdog.ready([MOVING])
    systemd.told()
    assert watchdog.look([MOVING], 5.0)
    assert systemd.told() == []


@pytest.mark.parametrize("bad", [STUCK, Engine("stash", SETTLED, 0.0, lives=False)])
def test_one_stuck_engine_starves_the_watchdog_whatever_the_others_do(systemd: Supervisor, bad: Engine) -> None:
    watchdog = Watchdog({**systemd.environ, "WATCHDOG_USEC": "4000000"}, pid=7)
    watchdog.ready([MOVING])
    systemd.told()
    assert not watchdog.look([Engine("other", SETTLED, 0.0, lives=True), bad], 5.0)
    assert systemd.told() == ["STATUS=other: settled; stash: stuck"]
    assert watchdog.look([MOVING], 6.0)
    assert "WATCHDOG=1" in systemd.told()


def test_a_turn_stands_only_between_two_waits() -> None:
    wakes = Wakes()
    assert [wakes.turn.standing(now) for now in (0.0, 900.0)] == [0.0, 0.0]
    wakes.wake(Wake.POLL)
    wakes.wait(0)
    assert [wakes.turn.standing(now) for now in (1000.0, 1700.0)] == [0.0, 700.0]
    wakes.turn.moved()
    assert [wakes.turn.standing(now) for now in (1701.0, 1702.0)] == [0.0, 1.0]
    wakes.wait(0)
    assert wakes.turn.standing(1703.0) == 0.0


def test_reloading_is_told_with_the_time_and_ends_whatever_happens(systemd: Supervisor) -> None:
    with reloading(systemd.environ, lambda: 5_000_999):
        assert systemd.told() == ["RELOADING=1\nMONOTONIC_USEC=5000"]
    assert systemd.told() == ["READY=1"]
    with pytest.raises(ValueError, match="bad"), reloading(systemd.environ):
        raise ValueError("bad")
    assert systemd.told()[-1] == "READY=1"
