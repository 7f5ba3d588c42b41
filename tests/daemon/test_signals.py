"""The real process ends cleanly on SIGTERM, whatever it is doing, and tells systemd how it stands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncd.store.store import Store
from tests.daemon.home import DEADLINE, Home, until
from tests.daemon.supervisor import supervisor

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def process(home: Home, *, end_seconds: float = 10, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon of its own; killed at the end if it still runs."""
    _ = home.settings  # writes the file
    command = [sys.executable, "-m", "tests.daemon.process", str(home.path / "config.toml"), str(end_seconds)]
    everything = {**os.environ, **home.environ, **environ}
    with subprocess.Popen(command, cwd=CHECKOUT, env=everything, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def ended(started: subprocess.Popen[str], number: int = signal.SIGTERM) -> list[dict[str, Any]]:
    """Sends a signal and waits for the end; the log. The exit code must be 0."""
    started.send_signal(number)
    _, log = started.communicate(timeout=DEADLINE)
    assert started.returncode == 0, log
    return [json.loads(line) for line in log.splitlines()]


def is_sending(home: Home) -> bool:
    database = home.path / "state" / "stash" / "state.db"
    if not database.exists() or not home.daemon.is_running():
        return False
    store = Store(database, read_only=True)
    try:
        return bool(store.intents.every())
    finally:
        store.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_the_log_tells_what_it_did(at_home: Home, number: int) -> None:
    at_home.write("Fox.txt", b"the fox")
    with process(at_home) as started:
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        until(at_home.is_settled, "settled")
        log = ended(started, number)
    events = [line["event"] for line in log]
    assert events[0] == "daemon-started" and events[-1] == "daemon-ended"
    (done,) = (line for line in log if line["event"] == "action-done")
    assert (done["mirror"], done["action"], done["path"], done["reason"]) == ("stash", "upload", "Fox.txt", "new here")
    assert not at_home.settings.paths.socket.exists()


def test_an_upload_under_way_comes_to_its_end(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.upload_kib = 100
    at_home.write("Fox.bin", os.urandom(300_000))
    with process(at_home) as started:
        until(lambda: is_sending(at_home), "an upload begins")
        ended(started)
    assert at_home.titles() == ["Fox"]
    document: Any = at_home.ask("sync").document
    assert document["settled"] is True and document["counts"] == {}
    assert "submit" not in document["requests"]


def test_an_upload_that_does_not_end_is_left_in_limbo_and_resolved_by_the_next_run(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.upload_kib = 20
    content = os.urandom(400_000)
    at_home.write("Fox.bin", content)
    with process(at_home, end_seconds=0.2) as started:
        until(lambda: is_sending(at_home), "an upload begins")
        log = ended(started)
    assert log[-1]["event"] == "daemon-left-early"
    at_home.upload_kib = 0
    assert at_home.ask("sync").exit_code == 0
    assert at_home.titles() == ["Fox"]
    assert at_home.files() == {"Fox.bin": content}


def test_systemd_is_told_ready_and_stopping(at_home: Home, tmp_path: Path) -> None:
    with (
        supervisor(tmp_path) as systemd,
        process(at_home, WATCHDOG_USEC="400000", NOTIFY_SOCKET=str(systemd.path)) as started,
    ):
        assert systemd.next().startswith("READY=1\nSTATUS=stash: ")
        assert (at_home.path / "state/stash/state.db").exists()
        assert at_home.daemon.is_running()
        until(lambda: systemd.next() == "STATUS=stash: settled", "its status")
        until(lambda: systemd.next() == "WATCHDOG=1", "the watchdog")
        ended(started)
        assert systemd.told()[-1] == "STOPPING=1\nSTATUS=ending"


def test_systemd_is_told_when_a_mirror_cannot_be_opened(at_home: Home, tmp_path: Path) -> None:
    (at_home.path / "state/stash/token.json").write_text("{")
    with supervisor(tmp_path) as systemd, process(at_home, NOTIFY_SOCKET=str(systemd.path)) as started:
        first = systemd.next()
        assert first.startswith("READY=1\nSTATUS=stash: ")
        assert "token.json is no JSON" in first
        at_home.tokens.keep_in_file(at_home.token)
        until(lambda: systemd.next() == "STATUS=stash: settled", "it goes on")
        ended(started)
