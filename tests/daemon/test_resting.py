"""A mirror rests when somebody says so, outside of its hours, and on a metered connection; what is asked is done."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from syncd.config import MirrorSettings
from syncd.core.hours import parse_hours
from syncd.daemon import rounds
from syncd.daemon.metered import ASK_SECONDS, Connection
from syncd.daemon.resting import Cause, Rest, Resting, StoredPause, next_opening
from tests.daemon.bus import Bus, system_bus
from tests.daemon.home import Home, until


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The wall's clock changes at 2025-03-30 02:00 (to 03:00) and at 2025-10-26 03:00 (to 02:00)."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    with system_bus(tmp_path) as found:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", found.address)
        yield found


def resting(path: Path, at: str = "2025-07-01 12:00+00:00", *, metered: bool = False, **keys: object) -> Resting:
    now = datetime.fromisoformat(at).timestamp()
    settings = MirrorSettings.model_validate({"name": "stash", "state": path, **keys})
    return Resting(settings, lambda: now, lambda: metered)


def test_a_pause_outlasts_the_process_and_ends_in_its_time(tmp_path: Path) -> None:
    now = datetime.fromisoformat("2025-07-01 12:00+00:00").timestamp()
    resting(tmp_path).pause(now + 60)
    assert resting(tmp_path).rest() == Rest(Cause.PAUSE, now + 60)
    assert resting(tmp_path, "2025-07-01 12:01+00:00").rest() is None
    resting(tmp_path).pause(None)
    assert resting(tmp_path, "2035-07-01 12:00+00:00").rest() == Rest(Cause.PAUSE, math.inf)
    assert resting(tmp_path).resume() and not resting(tmp_path).resume()
    assert resting(tmp_path).rest() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"until": "soon"}', "\0"])
def test_a_pause_file_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "pause.json").write_text(text)
    assert StoredPause(tmp_path).load() is None


def test_a_pause_that_cannot_be_kept_holds_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    held = resting(tmp_path / "file" / "state")
    held.pause(None)
    assert held.rest() == Rest(Cause.PAUSE, math.inf)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2025-07-01 23:30+02:00", None),
        ("2025-07-01 06:59+02:00", None),
        ("2025-07-01 07:00+02:00", "2025-07-01 22:00+02:00"),
        ("2025-03-30 06:30+02:00", None),  # an hour shorter night
        ("2025-03-30 12:00+02:00", "2025-03-30 22:00+02:00"),
        ("2025-10-26 06:30+01:00", None),  # an hour longer one
        ("2025-10-25 12:00+02:00", "2025-10-25 22:00+02:00"),
        ("2025-10-26 07:00+01:00", "2025-10-26 22:00+01:00"),
    ],
)
def test_hours_are_those_of_the_wall_also_when_its_clock_changes(tmp_path: Path, at: str, until: str | None) -> None:
    expected = until and Rest(Cause.HOURS, datetime.fromisoformat(until).timestamp())
    assert resting(tmp_path, at, active="22:00-07:00").rest() == expected


@pytest.mark.usefixtures("berlin")
def test_hours_that_begin_in_a_skipped_hour_begin_right_after_it() -> None:
    eve = datetime.fromisoformat("2025-03-30 00:30+01:00").astimezone().replace(tzinfo=None)
    opening = datetime.fromisoformat("2025-03-30 03:30+02:00").timestamp()
    assert next_opening(parse_hours("02:30-04:00"), eve) == opening


def test_the_own_word_comes_before_the_hours_and_these_before_the_connection(tmp_path: Path) -> None:
    held = resting(tmp_path, active="00:00-00:01", metered=True, pause_on_metered=True)
    assert (held.rest() or Rest(Cause.PAUSE, 0)).cause is Cause.HOURS
    held.pause(None)
    assert (held.rest() or Rest(Cause.HOURS, 0)).cause is Cause.PAUSE
    assert resting(tmp_path / "b", metered=True).rest() is None
    assert resting(tmp_path / "b", metered=True, pause_on_metered=True).rest() == Rest(Cause.METERED, math.inf)


@pytest.mark.usefixtures("berlin")
def test_limits_hold_in_their_hours(tmp_path: Path) -> None:
    assert resting(tmp_path, "2025-07-01 10:00+02:00", limit_hours="08:00-18:00").is_limited()
    assert not resting(tmp_path, "2025-07-01 20:00+02:00", limit_hours="08:00-18:00").is_limited()
    assert resting(tmp_path).is_limited()


# --- NetworkManager


@pytest.mark.parametrize(("number", "metered"), [(0, False), (1, True), (2, False), (3, True), (4, False)])
def test_networkmanager_is_asked_over_the_bus(bus: Bus, number: int, metered: bool) -> None:
    bus.metered = number
    connection = Connection()
    assert connection.look(wanted=True) is metered
    assert connection.is_metered() is metered
    assert bus.asked == ["org.freedesktop.NetworkManager.Metered"]


def test_nobody_is_asked_while_nobody_minds(bus: Bus) -> None:
    bus.metered = 1
    connection = Connection()
    assert not connection.look(wanted=False) and bus.asked == []
    assert connection.look(wanted=True) and connection.is_metered()
    assert connection.look(wanted=False) and not connection.is_metered()


def test_it_is_asked_now_and_then(bus: Bus) -> None:
    steady = 0.0
    connection = Connection(steady=lambda: steady)
    for steady in (0.0, 1.0, ASK_SECONDS - 1, ASK_SECONDS, ASK_SECONDS + 1):  # noqa: B007 - the lambda sees it
        connection.look(wanted=True)
    assert len(bus.asked) == 2


@pytest.mark.parametrize("missing", ["bus", "manager", "library"])
def test_what_cannot_be_asked_counts_as_not_metered_and_is_told_once(
    bus: Bus, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    match missing:
        case "bus":
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")
        case "manager":
            bus.metered = None
        case "library":
            monkeypatch.setitem(sys.modules, "jeepney", None)
    steady = 0.0
    connection = Connection(steady=lambda: steady)
    with structlog.testing.capture_logs() as logs:
        for steady in (0.0, 100.0, 200.0):  # noqa: B007 - the lambda sees it
            assert not connection.look(wanted=True)
    assert [line["event"] for line in logs] == ["metered-unknown"]


# --- in a daemon


def test_a_pause_survives_a_restart_of_the_daemon(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        at_home.ask("pause", **{"for": 3600})
    with at_home.running():
        until(lambda: at_home.status()["state"] == "paused", "still paused")
        assert at_home.status()["paused_by"] == "pause"
        at_home.write("Fox.txt", b"the fox")
        assert at_home.ask("sync").document["counts"] == {"upload": 1}
        at_home.ask("resume")
    with at_home.running():
        until(at_home.is_settled, "goes on")


def test_outside_of_its_hours_a_mirror_rests_until_they_begin(at_home: Home) -> None:
    now = datetime.now()  # noqa: DTZ005 - the wall's
    first, second = (now.hour + 2) % 24, (now.hour + 3) % 24
    at_home.more = f'active = "{first:02}:00-{second:02}:00"\n'
    with at_home.running():
        until(lambda: at_home.status()["state"] == "paused", "rests")
        status = at_home.status()
        assert status["paused_by"] == "hours" and status["last_poll"] is None
        assert datetime.fromtimestamp(status["paused_until"]).hour == first  # noqa: DTZ006 - the wall's
        assert at_home.ask("sync").exit_code == 0


def test_on_a_metered_connection_a_mirror_rests_until_it_is_over(
    at_home: Home, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOMENT", 0.05)
    monkeypatch.setattr("syncd.daemon.metered.ASK_SECONDS", 0.1)
    at_home.more = "pause_on_metered = true\n"
    with at_home.running():
        until(at_home.is_settled, "settled")
        bus.metered = 1
        until(lambda: at_home.status()["paused_by"] == "metered", "rests")
        at_home.write("Fox.txt", b"the fox")
        bus.metered = 4
        until(lambda: at_home.titles() == ["Fox"], "goes on")
        until(at_home.is_settled, "settled")
