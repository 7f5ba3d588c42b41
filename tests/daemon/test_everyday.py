"""Everyday life of a daemon: the machine sleeps, the network goes, the disk fails, one of several mirrors is broken."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import structlog

from syncd.config import MirrorSettings
from syncd.daemon import Wiring, rounds
from syncd.daemon.jumps import Jumps
from syncd.remotes.faces import Backoff, Remote, Tokens
from syncd.store.tokens import TokenFile
from tests.daemon.home import DEADLINE, Home, build_remote, until
from tests.daemon.test_signals import ended, is_sending, process

# --- the clock


def test_a_clock_that_is_slewed_never_jumps_and_one_that_is_set_does() -> None:
    now, steady = 1000.0, 50.0
    jumps = Jumps(lambda: now, lambda: steady)
    for _ in range(1000):
        now, steady = now + 1.004, steady + 1.0
        assert jumps.jumped() == 0.0
    now, steady = now + 3600.0, steady + 1.0
    assert round(jumps.jumped()) == 3599
    assert jumps.jumped() == 0.0
    now -= 86400
    assert round(jumps.jumped()) == -86400


@pytest.mark.parametrize("jump", [8 * 3600.0, -86400.0])
def test_after_a_suspension_one_cycle_over_fresh_connections_catches_up(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    monkeypatch.setattr(rounds, "MOMENT", 0.05)
    at_home.poll = at_home.poll_max = 3600
    built: list[Remote] = []
    reconnected: list[int] = []

    def watched(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
        remote = build_remote(settings, tokens, backoff)
        plain = remote.reconnect

        def reconnect() -> None:
            reconnected.append(1)
            plain()

        remote.reconnect = reconnect  # type: ignore[method-assign]
        built.append(remote)
        return remote

    at_home.wiring = Wiring(watched)
    with at_home.running() as worker:
        until(at_home.is_settled, "settled")
        before = max(remote.requests()["delta"] for remote in built if remote.requests())
        at_home.put("Owl", b"the owl")
        monkeypatch.setattr(Jumps, "jumped", _once(jump))
        until(lambda: "Owl.txt" in at_home.files(), "caught up")
        until(at_home.is_settled, "settled")
        assert reconnected == [1]
        after = max(remote.requests()["delta"] for remote in built if remote.requests())
        assert after - before <= 3  # the owl is there; nothing more is there
        assert worker.live.error is None


def _once(jump: float) -> Callable[[Jumps], float]:
    left = [jump]
    return lambda _self: left.pop() if left else 0.0


# --- the network


def test_a_network_that_goes_in_the_middle_is_a_state_and_no_items_error(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.upload_kib = 300
    for number in range(12):
        at_home.write(f"Fox {number}.bin", os.urandom(60_000))
    with at_home.running():
        until(at_home.titles, "uploads began")
        at_home.down()
        until(lambda: at_home.status()["state"] == "offline", "offline")
        errors = at_home.status()["errors"]
        assert [(error["error"], error["path"], error["itemid"]) for error in errors] == [("unreachable", None, None)]
        at_home.up()
        until(lambda: len(at_home.titles()) == 12, "all are there")
        until(at_home.is_settled, "settled")
        assert at_home.status()["errors"] == []
    assert len(at_home.titles()) == 12


# --- the database


def test_a_database_that_somebody_locks_is_told_and_waited_for(at_home: Home) -> None:
    database = at_home.path / "state" / "stash" / "state.db"
    with at_home.running():
        until(at_home.is_settled, "settled")
        with closing(sqlite3.connect(database, isolation_level=None, timeout=DEADLINE)) as other:
            other.execute("BEGIN IMMEDIATE")
            at_home.write("Fox.txt", b"the fox")
            until(lambda: at_home.status()["state"] == "error", "told")
            (error,) = at_home.status()["errors"]
            assert error["error"] == "database-failed" and "another program" in error["message"]
            assert "Close the program" in error["remedy"]
            other.execute("ROLLBACK")
        until(lambda: at_home.titles() == ["Fox"], "goes on")
        until(at_home.is_settled, "settled")
    assert not list(database.parent.glob("state.db.corrupt-*"))


def test_a_table_that_is_lost_in_the_middle_is_rebuilt_and_nothing_is_lost(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    database = at_home.path / "state" / "stash" / "state.db"
    with structlog.testing.capture_logs() as logs, at_home.running():
        until(at_home.is_settled, "settled")
        with closing(sqlite3.connect(database, isolation_level=None, timeout=DEADLINE)) as other:
            other.execute("DROP TABLE changed_item")
        at_home.write("Owl.txt", b"the owl")
        until(lambda: at_home.titles() == ["Fox", "Owl"], "goes on")
        until(at_home.is_settled, "settled")
    assert list(database.parent.glob("state.db.corrupt-*"))
    assert at_home.files() == {"Fox.txt": b"the fox", "Owl.txt": b"the owl"}
    assert not [line for line in logs if line["event"] == "mirror-crashed"]


# --- several mirrors


def _break_folder(home: Home) -> None:
    (home.path / "Other").rename(home.path / "Away")


def _break_login(home: Home) -> None:
    TokenFile(home.path / "state" / "other").forget()


def _break_database(home: Home) -> None:
    database = home.path / "state" / "other" / "state.db"
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    database.unlink()
    database.mkdir()


def _nothing(_home: Home) -> None:
    return


@pytest.mark.parametrize(
    ("spoil", "state", "error"),
    [
        (_break_folder, "folder-missing", "folder-missing"),
        (_break_login, "login-needed", "login-needed"),
        (_break_database, "error", "database-failed"),
        (_nothing, "error", "syncd-error"),
    ],
    ids=["folder", "login", "database", "bug"],
)
def test_a_mirror_that_fails_alone_leaves_the_others_alone(
    at_home: Home, spoil: Callable[[Home], None], state: str, error: str
) -> None:
    TokenFile(at_home.path / "state" / "other").save(at_home.token)
    at_home.more = (
        f'[mirror.other]\nfolder = "{at_home.path}/Other"\nserver = "{at_home.login.server}"\n'
        f'client_id = "{at_home.login.client_id}"\nclient_secret = "{at_home.login.client_secret}"\n'
    )
    with at_home.running():
        until(lambda: all(mirror["settled"] for mirror in mirrors(at_home).values()), "both settled")
    spoil(at_home)
    if spoil is _nothing:
        at_home.wiring = Wiring(_buggy)
    with at_home.running():
        until(lambda: mirrors(at_home)["other"]["state"] == state, "told")
        assert [each["error"] for each in mirrors(at_home)["other"]["errors"]] == [error]
        at_home.write("Fox.txt", b"the fox")
        until(lambda: at_home.titles() == ["Fox"], "the other goes on")
        until(at_home.is_settled, "and settles")
        assert mirrors(at_home)["other"]["state"] == state


def mirrors(home: Home) -> dict[str, Any]:
    document: Any = home.daemon.status()
    return {mirror["name"]: mirror for mirror in document["mirrors"]}


def _buggy(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
    remote = build_remote(settings, tokens, backoff)
    if settings.name == "other" and threading.current_thread().name.startswith("engine"):
        remote.drain = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    return remote


# --- the end


def test_a_drain_is_left_in_its_middle_when_the_process_is_to_end(at_home: Home) -> None:
    for number in range(30):
        at_home.put(f"Fox {number}", b"fox %d" % number)
    gate, asked = threading.Event(), threading.Event()

    def slow(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
        remote = build_remote(settings, tokens, backoff)
        plain = remote.drain

        def drain(*given: Any) -> Iterator[Any]:
            for step in plain(*given):
                asked.set()
                gate.wait(DEADLINE)
                yield step

        remote.drain = drain  # type: ignore[method-assign, assignment]
        return remote

    at_home.wiring = Wiring(slow)
    with structlog.testing.capture_logs() as logs, at_home.running() as worker:
        asked.wait(DEADLINE)
        worker.stop()
        gate.set()
        assert worker.join(DEADLINE)
    assert not [line for line in logs if line["event"] in ("outage", "mirror-crashed", "cycle-ended")]
    assert at_home.files() == {}
    at_home.wiring = Wiring(build_remote)
    assert at_home.ask("sync").exit_code == 0
    assert len(at_home.files()) == 30


def test_a_slow_upload_ends_within_its_time_and_is_there_once(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.upload_kib = 150
    at_home.write("Fox.bin", os.urandom(400_000))
    with process(at_home, end_seconds=25) as started:
        until(lambda: is_sending(at_home), "an upload begins")
        log = ended(started, signal.SIGTERM)
    assert log[-1]["event"] == "daemon-ended"
    assert at_home.titles() == ["Fox"]
