"""The on_event command: the event on its standard input, one at a time, and no failure that reaches a mirror."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncd.core.errors import Unreachable
from syncd.core.events import ActionEnded, Outcome
from syncd.daemon import hook
from syncd.daemon.happenings import CycleEnded, HoldOpened, OutageMet, Paused
from syncd.daemon.hook import MOST_WAITING, Hook, environment
from syncd.daemon.opening import REAL_CLOCK
from syncd.engine import Report
from tests.daemon.home import Home, until

HELD = {
    "id": "a1",
    "kind": "deletions",
    "count": 1,
    "sample": ["$(touch owned)"],
    "since": 1.0,
    "reason": "`id`; rm -rf",
}


@contextmanager
def hooked(script: Path, text: str, *names: str, **choices: float) -> Iterator[Hook]:
    """A hook that runs a Python script."""
    script.write_text(text)
    found = Hook(REAL_CLOCK, **choices)
    found.adjust((sys.executable, str(script)), names)
    with found.working():
        yield found


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def keeping(file: Path) -> str:
    return f"import sys\nopen({str(file)!r}, 'a').write(sys.stdin.read())\n"


def test_the_event_is_a_line_of_json_on_standard_input(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with hooked(tmp_path / "hook.py", keeping(kept), "hold_opened", "paused") as running:
        running.heard("stash", HoldOpened(HELD))
        running.heard("stash", CycleEnded(Report(), 1.0))
        running.heard("stash", Paused(7.0))
        until(lambda: len(lines(kept)) == 2, "both were told")
    assert [(line["event"], line["mirror"]) for line in lines(kept)] == [("hold_opened", "stash"), ("paused", "stash")]
    assert lines(kept)[0]["held"] == HELD
    assert (running.runs, running.failures) == (2, 0)


def test_an_outage_that_is_only_counted_runs_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with hooked(tmp_path / "hook.py", keeping(kept), "outage_began") as running:
        for times in (1, 2, 3):
            running.heard("stash", OutageMet(Unreachable("no route"), 1.0, times))
        until(lambda: lines(kept), "told")
    assert running.runs == 1


def test_nothing_of_an_event_is_ever_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "kept"
    text = f"import sys\nopen({str(kept)!r}, 'w').write(repr(sys.argv[1:]))\n"
    with hooked(tmp_path / "hook.py", text, "hold_opened") as running:
        running.heard("stash", HoldOpened(HELD))
        until(kept.exists, "told")
    assert kept.read_text() in ("", "[]")
    assert not (tmp_path / "owned").exists()


def test_one_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    text = (
        "import os, signal, time\n"
        "child = os.fork()\n"
        f"if child: open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child}}')\n"
        "time.sleep(600)\n"
    )
    with (
        structlog.testing.capture_logs() as logs,
        hooked(tmp_path / "hook.py", text, "paused", patience=1.0) as running,
    ):
        running.heard("stash", Paused(None))
        until(lambda: running.failures, "killed")
    (parent, child) = map(int, pids.read_text().split())
    until(lambda: not any(is_alive(pid) for pid in (parent, child)), "both are gone")
    assert [line["reason"] for line in logs] == ["it was killed: it took longer than 1 s"]


def test_failures_are_counted_and_told_at_growing_intervals(tmp_path: Path) -> None:
    with (
        structlog.testing.capture_logs() as logs,
        hooked(tmp_path / "hook.py", "raise SystemExit(3)", "paused") as running,
    ):
        for _ in range(12):
            running.heard("stash", Paused(None))
        until(lambda: running.runs == 12 and running.failures == 12, "all failed")
    assert [(line["reason"], line["times"]) for line in logs] == [("it ended with 3", 1), ("it ended with 3", 10)]


@pytest.mark.parametrize("program", ["/nowhere/to/be/found", "/", ""])
def test_one_that_cannot_be_started_is_a_failure_and_no_more(program: str) -> None:
    found = Hook(REAL_CLOCK)
    found.adjust((program,), ("paused",))
    with structlog.testing.capture_logs() as logs, found.working():
        found.heard("stash", Paused(None))
        until(lambda: found.failures == 1, "failed")
    assert logs[0]["reason"].startswith("it cannot be started: ")


def test_what_waits_is_bounded_and_telling_returns_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "END_SECONDS", 0.2)
    with hooked(tmp_path / "hook.py", "import time\ntime.sleep(600)\n", "action_ended") as running:
        for _ in range(3 * MOST_WAITING):
            running.heard("stash", ActionEnded("upload", "Fox.png", 7, Outcome.DONE, "new here"))
        assert 2 * MOST_WAITING - 1 <= running.failures <= 2 * MOST_WAITING
    assert running.runs == 1  # at the end what runs is killed, and what waits is left out


def test_it_reads_nothing_and_no_harm_is_done(tmp_path: Path) -> None:
    with hooked(tmp_path / "hook.py", "", "hold_opened") as running:
        running.heard("stash", HoldOpened({**HELD, "sample": ["x" * 500_000]}))
        until(lambda: running.runs, "ran")
    assert running.failures == 0


def test_secrets_and_what_systemd_gave_us_are_not_handed_on() -> None:
    given = {
        "PATH": "/bin",
        "SYNCD_CONFIG": "/c",
        "SYNCD_MIRROR__STASH__CLIENT_SECRET": "hush",
        "syncd_mirror__a__client_secret": "hush",
        "SYNCD_TOKEN_STASH": "hush",
        "NOTIFY_SOCKET": "/run/x",
        "WATCHDOG_USEC": "1",
        "LISTEN_FDS": "1",
        "CREDENTIALS_DIRECTORY": "/run/c",
    }
    assert environment(given) == {"PATH": "/bin", "SYNCD_CONFIG": "/c"}


def test_the_daemon_runs_what_is_configured(at_home: Home) -> None:
    kept = at_home.path / "kept"
    script = at_home.path / "hook.py"
    script.write_text(keeping(kept))
    command = json.dumps([sys.executable, str(script)])
    environ = {"SYNCD_DAEMON__ON_EVENT": command, "SYNCD_DAEMON__ON_EVENTS": "cycle_ended,paused"}
    at_home.beside = environ
    with at_home.running():
        until(at_home.is_settled, "settled")
        at_home.ask("pause")
        until(lambda: "paused" in [line["event"] for line in lines(kept)], "told")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
