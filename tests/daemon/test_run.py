"""The daemon keeps a mirror in step, and heals from every outage by itself."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncd.config import MirrorSettings
from syncd.core.errors import Busy
from syncd.daemon import Wiring, perform, timetable
from syncd.daemon.run import supervised
from syncd.local.root import Root
from syncd.local.watch import Watcher
from syncd.remotes.faces import Backoff, Remote, Tokens
from syncd.store.store import Store, StoredBackoff
from tests.daemon.home import DEADLINE, Home, build_remote, home, until


def test_a_new_file_is_on_the_server_and_a_new_item_here_within_the_interval(at_home: Home) -> None:
    with at_home.running():
        until(at_home.folder.is_dir, "the folder is made")
        at_home.write("Fox.txt", b"the fox")
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        at_home.put("Owl", b"the owl")
        until(lambda: at_home.files() == {"Fox.txt": b"the fox", "Owl.txt": b"the owl"}, "downloaded")
        until(at_home.is_settled, "settled")


def test_it_goes_on_when_the_server_is_back(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        at_home.down()
        until(lambda: at_home.status()["state"] == "offline", "offline is told")
        at_home.write("Fox.txt", b"the fox")
        at_home.up()
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        until(at_home.is_settled, "settled")


def test_it_goes_on_once_somebody_logs_in(at_home: Home) -> None:
    at_home.tokens.forget()
    at_home.poll_max = 3600
    with at_home.running():
        until(lambda: at_home.status()["state"] == "login-needed", "login-needed is told")
        at_home.log_in()
        until(at_home.is_settled, "settled")


def test_it_goes_on_once_somebody_logs_in_without_the_keyring_that_was_missing(
    at_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    (at_home.path / "state/stash/token.json").write_text('{"keyring": "stash"}')
    at_home.poll_max = 3600
    with at_home.running():
        until(lambda: at_home.status()["errors"], "the keyring is told of")
        told = at_home.status()
        assert (told["state"], told["errors"][0]["error"]) == ("error", "keyring-unavailable")
        at_home.tokens.keep_in_file(at_home.token)
        until(at_home.is_settled, "settled")


def test_it_goes_on_once_the_folder_is_back_and_deletes_nothing_meanwhile(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    away = at_home.path / "unmounted"
    with at_home.running():
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        until(at_home.is_settled, "settled")
        at_home.folder.rename(away)
        until(lambda: at_home.status()["state"] == "folder-missing", "folder-missing is told")
        away.rename(at_home.folder)
        at_home.write("Owl.txt", b"the owl")
        until(lambda: at_home.titles() == ["Fox", "Owl"], "goes on")
        until(at_home.is_settled, "settled")


def test_a_second_daemon_is_refused(at_home: Home) -> None:
    with at_home.running(), pytest.raises(Busy), supervised(at_home.settings, at_home.wiring):
        pass


def test_a_dead_daemons_socket_is_replaced(at_home: Home) -> None:
    socket: Path = at_home.settings.paths.socket
    socket.parent.mkdir(parents=True)
    socket.touch()
    with at_home.running():
        assert at_home.daemon.is_running()
        assert socket.stat().st_mode & 0o777 == 0o600
    assert not socket.exists()


def test_a_poll_that_finds_nothing_is_one_request_and_writes_nothing(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    counted: list[Remote] = []

    def counting(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
        counted.append(build_remote(settings, tokens, backoff))
        return counted[-1]

    at_home.wiring = Wiring(counting)
    with at_home.running():
        until(at_home.is_settled, "settled")
        until(lambda: at_home.status()["next_poll"] - at_home.status()["last_poll"] > 0.4, "the interval grew")
        database = at_home.path / "state" / "stash" / "state.db-wal"
        served = max(counted, key=lambda remote: sum(remote.requests().values()))  # the others only asked for status
        before, written = served.requests(), database.stat().st_mtime_ns
        polls = [at_home.status()["last_poll"]]

        def four_more() -> bool:
            polls.append(at_home.status()["last_poll"])
            return len(set(polls)) > 4

        until(four_more, "four more polls")
        after = served.requests()
        sent = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name)}
        assert set(sent) == {"delta"}
        assert sent["delta"] in {4, 5}
        assert database.stat().st_mtime_ns == written


def test_a_pause_stops_cycles_but_not_what_is_asked_for(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        assert at_home.ask("pause").document == {"paused": True, "until": None}
        until(lambda: at_home.status()["state"] == "paused", "paused is told")
        at_home.write("Fox.txt", b"the fox")
        last = at_home.status()["last_poll"]
        assert at_home.ask("space").exit_code == 0
        assert at_home.status()["last_poll"] == last
        assert at_home.ask("sync").document["counts"] == {"upload": 1}
        assert at_home.status()["state"] == "paused"
        at_home.put("Owl", b"the owl")
        assert at_home.ask("resume").document == {"paused": False}
        until(lambda: "Owl.txt" in at_home.files(), "goes on")


def test_a_pause_ends_by_itself(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        document = at_home.ask("pause", **{"for": 0.3}).document
        assert isinstance(document["until"], float)
        at_home.write("Fox.txt", b"the fox")
        until(lambda: at_home.titles() == ["Fox"], "goes on")
    assert at_home.ask("pause").exit_code == 75


def test_a_decision_over_the_socket_is_carried_out_at_once(at_home: Home) -> None:
    at_home.poll = at_home.poll_max = 3600
    for number in range(3):
        at_home.put(f"Fox {number}", b"fox %d" % number)
    with at_home.running():
        until(lambda: len(at_home.files()) == 3, "downloaded")
        for itemid in list(at_home.stash().tree.items):
            at_home.delete(itemid)
        answer = at_home.ask("sync")
        held: Any = answer.document["held"]
        assert answer.exit_code == 1
        assert at_home.ask("held-confirm", id=held[0]["id"]).exit_code == 0
        until(lambda: at_home.files() == {}, "deleted")


def test_a_broken_database_is_set_aside_in_the_middle_and_nothing_is_lost(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    state = at_home.path / "state" / "stash"
    with at_home.running():
        until(at_home.is_settled, "settled")
        break_database(state / "state.db")
        at_home.write("Owl.txt", b"the owl")
        until(lambda: at_home.titles() == ["Fox", "Owl"], "goes on")
        until(at_home.is_settled, "settled")
    assert list(state.glob("state.db.corrupt-*"))
    assert at_home.files() == {"Fox.txt": b"the fox", "Owl.txt": b"the owl"}


def test_a_bug_in_a_mirror_is_told_and_the_mirror_starts_anew(at_home: Home) -> None:
    built: list[int] = []

    def buggy(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
        built.append(1)
        if len(built) == 1:
            raise ZeroDivisionError("a bug")
        return build_remote(settings, tokens, backoff)

    at_home.wiring = Wiring(buggy)
    with structlog.testing.capture_logs() as logs, at_home.running():
        until(lambda: any(line["event"] == "mirror-crashed" for line in logs), "told")
        until(at_home.is_settled, "goes on")


def test_a_mirror_that_cannot_work_does_not_keep_the_others_from_it(at_home: Home) -> None:
    broken = at_home.path / "state" / "broken"
    broken.mkdir(parents=True)
    (broken / "lock").mkdir()  # no lock can be taken here
    at_home.more = f'[mirror.broken]\nfolder = "{at_home.path}/Other"\nserver = "{at_home.login.server}"\n'
    at_home.write("Fox.txt", b"the fox")
    with at_home.running():
        until(lambda: at_home.titles() == ["Fox"], "the other goes on")
        other: Any = at_home.daemon.status()["mirrors"]
        assert [mirror["name"] for mirror in other] == ["stash", "broken"]
        until(lambda: at_home.standing("broken")["state"] == "error", "the error is told")
        assert perform(at_home.settings, at_home.wiring, "broken", "sync", {}).exit_code != 0


def test_a_command_without_a_daemon_is_refused_while_another_holds_the_mirror(at_home: Home) -> None:
    state = at_home.path / "state" / "stash"
    with Root(at_home.folder).lock(state):
        assert at_home.ask("sync").exit_code == 75
        assert at_home.ask("held").exit_code == 0
        with at_home.running():
            until(lambda: any(e["error"] == "busy" for e in at_home.status()["errors"]), "busy is told")


def test_it_waits_for_a_lock_and_takes_over(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    with Root(at_home.folder).lock(at_home.path / "state" / "stash"):
        running = at_home.running()
        running.__enter__()
    try:
        until(lambda: at_home.titles() == ["Fox"], "goes on")
    finally:
        running.__exit__(None, None, None)


def test_a_back_off_is_obeyed_and_ends(tmp_path: Path) -> None:
    with home(tmp_path) as at_home:
        with at_home.running():
            until(at_home.is_settled, "settled")
        StoredBackoff(tmp_path / "state" / "stash").save(time.time() + 1.5, 1)
        with at_home.running():
            until(lambda: at_home.status()["state"] == "throttled", "throttled is told")
            until(at_home.is_settled, "goes on")


def test_without_watches_it_looks_at_the_folder_with_every_poll(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watcher, "start", Watcher._poll)  # as if the system had no watches left
    with at_home.running():
        until(at_home.is_settled, "settled")
        assert at_home.status()["watching"] == "polling"
        at_home.write("Fox.txt", b"the fox")
        until(lambda: at_home.titles() == ["Fox"], "uploaded")


@pytest.mark.parametrize("watches", [True, False])
def test_a_sync_sees_what_changed_right_before_it(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, *, watches: bool
) -> None:
    at_home.poll = at_home.poll_max = 3600
    if not watches:
        monkeypatch.setattr(Watcher, "start", Watcher._poll)
    with at_home.running():
        until(at_home.is_settled, "settled")
        for number in range(5):
            at_home.write(f"{number}.txt", f"{number}".encode())
            assert at_home.ask("sync").document["counts"] == {"upload": 1}


def test_a_full_look_follows_at_intervals(at_home: Home) -> None:
    at_home.full_scan_hours = 1 / 3600
    with at_home.running():
        until(at_home.is_settled, "settled")
        first = fact(at_home, "true_up")
        until(lambda: fact(at_home, "true_up") != first, "the next one")
        until(at_home.is_settled, "settled")


def test_the_trash_is_emptied_of_what_has_expired(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable, "FIRST_EXPIRY_SECONDS", 1.0)
    at_home.more = "trash_days = 0\n"
    at_home.put("Fox", b"the fox")
    itemid = at_home.put("Owl", b"the owl")
    at_home.ask("sync")
    at_home.delete(itemid)
    at_home.ask("sync")
    trash: Any = at_home.ask("trash").document["trash"]
    assert len(trash) == 1
    with at_home.running():
        until(lambda: at_home.ask("trash").document == {"trash": []}, "emptied")
    assert at_home.files() == {"Fox.txt": b"the fox"}


def test_a_long_cycle_makes_way_for_what_somebody_asks(at_home: Home) -> None:
    at_home.upload_kib = 200
    for number in range(24):
        at_home.write(f"Fox {number}.bin", bytes([number]) * 20_000)
    with at_home.running():
        until(at_home.titles, "uploads began")
        answer = at_home.daemon.perform("stash", "verify", {})
        assert answer.exit_code == 1
        assert len(at_home.titles()) < 24
        until(lambda: len(at_home.titles()) == 24, "goes on")
        until(at_home.is_settled, "settled")


def fact(at_home: Home, name: str) -> str | None:
    store = Store(at_home.path / "state" / "stash" / "state.db", read_only=True)
    try:
        return store.facts.get(name)
    finally:
        store.close()


def break_database(path: Path) -> None:
    """Has a table stand where no page is."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=DEADLINE)) as database:
        database.execute("PRAGMA writable_schema = ON")
        (version,) = database.execute("PRAGMA schema_version").fetchone()
        database.execute("UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'changed_item'")
        database.execute(f"PRAGMA schema_version = {version + 1}")
