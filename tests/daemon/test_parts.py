"""The daemon's small parts, each by itself: wake-ups, the timetable, the log, the token watch, the border, systemd."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from syncd.core.errors import Busy, Unreachable
from syncd.core.events import ActionEnded, Outcome
from syncd.daemon.address import claimed, connected
from syncd.daemon.arguments import Arguments
from syncd.daemon.documents import Answer
from syncd.daemon.notify import READY, notify
from syncd.daemon.operations import Prepared, prepare
from syncd.daemon.scheduler import Scheduler
from syncd.daemon.telling import Chorus, Log, is_told
from syncd.daemon.token_watch import TokenWatch
from syncd.daemon.voice import Voice
from syncd.daemon.wakes import MOST_TASKS, Wake, Wakes
from syncd.engine import Report
from tests.daemon.home import until


def held() -> Prepared:
    return prepare("held", {})


def test_equal_wake_ups_count_as_one() -> None:
    wakes = Wakes()
    for kind in (Wake.DIRTY, Wake.DIRTY, Wake.POLL):
        wakes.wake(kind)
    assert wakes.wait(0) == ({Wake.DIRTY, Wake.POLL}, None)
    assert wakes.wait(0) == (set(), None)


def test_operations_come_one_by_one_and_not_without_bound() -> None:
    wakes = Wakes()
    replies = [wakes.give(held()) for _ in range(MOST_TASKS)]
    with pytest.raises(Busy):
        wakes.give(held())
    _, task = wakes.wait(0)
    assert task is not None and wakes.asked
    task.reply.set_result(Answer({}))
    assert replies[0].result(0) == Answer({})
    wakes.stop()
    wakes.refuse_all()
    with pytest.raises(Busy):
        replies[1].result(0)
    with pytest.raises(Busy):
        wakes.give(held())


def test_a_sleep_ends_when_the_process_is_to_end() -> None:
    wakes = Wakes()
    wakes.stop()
    began = time.monotonic()
    wakes.sleep(60)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (lambda timetable, wakes, at: timetable.poll("stash", wakes, at), Wake.POLL),
        (lambda timetable, wakes, at: timetable.true_ups("stash", wakes, at, 3600), Wake.TRUE_UP),
        (lambda timetable, wakes, at: timetable.expiries("stash", wakes, at), Wake.EXPIRY),
    ],
)
def test_the_timetable_wakes_a_mirror_at_its_times(plan: Callable[..., None], kind: Wake) -> None:
    wakes = Wakes()
    with Scheduler() as timetable:
        plan(timetable, wakes, time.time() + 3600)
        plan(timetable, wakes, time.time() + 0.2)
        assert wakes.wait(10) == ({kind}, None)


def test_a_poll_whose_time_was_missed_is_caught_up() -> None:
    wakes = Wakes()
    with Scheduler() as timetable:
        timetable.poll("stash", wakes, time.time() - 3600)
        assert wakes.wait(10) == ({Wake.POLL}, None)


def test_what_fails_again_is_counted_and_not_repeated() -> None:
    failed = ActionEnded("upload", "Fox.png", None, Outcome.FAILED, "new here", "disk-failed: the disk is full")
    done = ActionEnded("upload", "Fox.png", 7, Outcome.DONE, "new here")
    with structlog.testing.capture_logs() as logs:
        listener = Chorus(Voice("stash", [Log()]))
        for _ in range(25):
            listener.told(failed)
        listener.told(done)
        listener.told(failed)
    assert [(line["event"], line.get("times")) for line in logs] == [
        ("action-failed", 1),
        ("action-failed", 10),
        ("action-done", None),
        ("action-failed", 1),
    ]
    assert {line["mirror"] for line in logs} == {"stash"}


def test_an_outage_is_told_once_and_its_end_with_how_often_it_was_met() -> None:
    with structlog.testing.capture_logs() as logs:
        log = Voice("stash", [Log()])
        for _ in range(5):
            log.outage(Unreachable("no route"), 1.0)
        log.cycle_ended(Report(settled=True), 0.1)
        log.cycle_ended(Report(settled=True), 0.1)
    lines = [(line["event"], line.get("times")) for line in logs if line["log_level"] != "debug"]
    assert lines == [("outage", 1), ("outage-ended", 5)]


def test_the_same_is_told_at_powers_of_ten() -> None:
    assert [times for times in range(1, 2000) if is_told(times)] == [1, 10, 100, 1000]


def test_another_token_is_noticed_once(tmp_path: Path) -> None:
    watch, token = TokenWatch(tmp_path), tmp_path / "token.json"
    assert not watch.is_on and not watch.has_changed()
    watch.begin()
    assert not watch.has_changed()
    token.write_text("{}")
    assert watch.has_changed() and not watch.has_changed() and not watch.is_on
    watch.begin()
    token.unlink()
    assert watch.has_changed()


def test_arguments_are_taken_by_type_and_none_is_left_over() -> None:
    given = Arguments({"path": "a", "full": True, "for": 3, "keywords": ["a"], "title": None})
    assert (given.text("path"), given.flag("full"), given.maybe_number("for")) == ("a", True, 3.0)
    assert (given.maybe_words("keywords"), given.maybe_text("title"), given.flag("dry_run")) == (("a",), None, False)
    given.end()
    with pytest.raises(ValueError, match="unknown: colour"):
        Arguments({"colour": "red"}).end()
    with pytest.raises(ValueError, match="for must be a number"):
        Arguments({"for": float("inf")}).maybe_number("for")


@pytest.mark.parametrize("name", ["s", "s" * 90])
def test_one_socket_one_daemon_and_a_long_path_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "control.sock"
    with claimed(path):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        connected(path, 1).close()
        with pytest.raises(Busy), claimed(path):
            pass
        connected(path, 1).close()
    with pytest.raises(FileNotFoundError):
        connected(path, 1)
    with claimed(path):
        connected(path, 1).close()


def test_nobody_is_told_where_nobody_listens(tmp_path: Path) -> None:
    assert not notify(READY, {})
    assert not notify(READY, {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    name = f"syncd-test-{tmp_path.name}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        assert notify(READY, {"NOTIFY_SOCKET": f"@{name}"})
        assert receiver.recv(100) == b"READY=1"


def test_until_fails_at_its_deadline() -> None:
    with pytest.raises(AssertionError, match="never"):
        until(lambda: False, "never", seconds=0.05)
