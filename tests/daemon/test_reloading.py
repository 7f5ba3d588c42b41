"""A running daemon takes another configuration on: what can be taken on as it runs, and nothing that makes no sense."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncd.config import Settings, load
from syncd.daemon import rounds
from syncd.daemon.mirrors import Mirrors
from syncd.daemon.reloading import Configuration
from syncd.daemon.run import supervised
from tests.daemon.home import DEADLINE, Home, until
from tests.daemon.supervisor import supervisor
from tests.daemon.test_signals import ended, process


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOMENT", 0.05)


@contextmanager
def reloading(home: Home) -> Iterator[Mirrors]:
    """The daemon, which reads the home's file anew when it changes; to change it, ask for `home.settings`."""
    settings = home.settings
    configuration = Configuration(settings.paths.config, lambda: read(home))
    with supervised(settings, home.wiring, end_seconds=DEADLINE, configuration=configuration) as mirrors:
        yield mirrors


def read(home: Home) -> Settings:
    return load(home.path / "config.toml", home.environ, kinds=("stash",))


def write(home: Home, *, more: str | None = None, text: str | None = None, **changed: Any) -> None:
    """Writes another configuration."""
    for name, value in changed.items():
        setattr(home, name, value)
    if more is not None:
        home.more = more
    file, before = home.path / "config.toml", (home.path / "config.toml").read_text()
    if text is not None:
        file.write_text(text)
    else:
        _ = home.settings
    assert file.read_text() != before


def other(home: Home) -> str:
    return (
        f'[mirror.other]\nfolder = "{home.path}/Other"\nserver = "{home.login.server}"\n'
        f'client_id = "{home.login.client_id}"\nclient_secret = "{home.login.client_secret}"\nsettle_seconds = 0.1\n'
    )


def names(home: Home) -> list[str]:
    document: Any = home.daemon.status()
    return [mirror["name"] for mirror in document["mirrors"]]


def test_a_changed_file_is_read_and_its_times_hold_at_once(at_home: Home) -> None:
    at_home.poll = at_home.poll_max = 3600
    with reloading(at_home):
        until(at_home.is_settled, "settled")
        at_home.put("Owl", b"the owl")
        write(at_home, poll=0.1, poll_max=0.2)
        until(lambda: "Owl.txt" in at_home.files(), "polled")
        at_home.put("Fox", b"the fox")
        until(lambda: "Fox.txt" in at_home.files(), "polled again")


def test_a_mirror_is_added_and_removed_while_the_other_goes_on(at_home: Home) -> None:
    at_home.tokens.__class__(at_home.path / "state" / "other").save(at_home.token)
    with reloading(at_home) as mirrors:
        until(at_home.is_settled, "settled")
        first = mirrors[0]
        write(at_home, more=other(at_home))
        until(lambda: names(at_home) == ["stash", "other"], "added")
        at_home.put("Owl", b"the owl")
        until((at_home.path / "Other" / "Owl.txt").exists, "the added one works")
        write(at_home, more="")
        until(lambda: names(at_home) == ["stash"], "removed")
        assert mirrors[0] is first
        assert at_home.daemon.status()["errors"] == []
    assert (at_home.path / "Other" / "Owl.txt").exists()


def test_another_folder_opens_the_mirror_anew_and_another_limit_does_not(at_home: Home) -> None:
    with reloading(at_home) as mirrors:
        until(at_home.is_settled, "settled")
        first = mirrors[0]
        write(at_home, upload_kib=7, more="ignore = ['*.psd']\ntrash_days = 3\n")
        until(lambda: mirrors._settings.mirrors[0].ignore == ("*.psd",), "read")
        assert mirrors[0] is first and first.lives
        write(at_home, more="minor_version = '20200519'\n")
        until(lambda: mirrors[0] is not first, "opened anew")
        until(lambda: not first.lives, "the old one ended")
        until(at_home.is_settled, "settled")


def test_what_makes_no_sense_is_told_by_its_key_and_changes_nothing(at_home: Home) -> None:
    with reloading(at_home) as mirrors:
        until(at_home.is_settled, "settled")
        good = (at_home.path / "config.toml").read_text()
        write(at_home, text=good.replace("settle_seconds = 0.1", "settle_seconds = -1\nfolders = 3"))
        until(lambda: at_home.daemon.status()["errors"], "told")
        errors: Any = at_home.daemon.status()["errors"]
        (error,) = errors
        assert "mirror.stash.settle_seconds" in error["message"]
        assert "mirror.stash.folders: unknown key; did you mean folder?" in error["message"]
        assert (error["error"], "goes on to hold" in error["remedy"]) == ("misconfigured", True)
        at_home.put("Owl", b"the owl")
        until(lambda: "Owl.txt" in at_home.files(), "goes on")
        assert len(mirrors) == 1
        write(at_home, text=good)
        until(lambda: at_home.daemon.status()["errors"] == [], "mended")


@pytest.mark.parametrize("text", ["", "[daemon]\n", "not toml"])
def test_a_file_that_lost_its_mirrors_stops_none(at_home: Home, text: str) -> None:
    with reloading(at_home):
        until(at_home.is_settled, "settled")
        write(at_home, text=text)
        until(lambda: at_home.daemon.status()["errors"], "told")
        at_home.put("Owl", b"the owl")
        until(lambda: "Owl.txt" in at_home.files(), "goes on")


def test_what_is_ignored_from_now_on_is_neither_sent_nor_deleted(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.write("Owl.txt", b"the owl")
    with reloading(at_home):
        until(lambda: len(at_home.titles()) == 2, "uploaded")
        until(at_home.is_settled, "settled")
        write(at_home, more='ignore = ["Fox*"]\n')
        until(lambda: at_home.status()["ignored"], "ignored")
        at_home.write(".syncignore", b"Owl*\n")
        until(lambda: sum(at_home.status()["ignored"].values()) >= 2, "both ignored")
        until(at_home.is_settled, "settled")
        at_home.write("Owl.txt", b"another owl")
        at_home.write("Elk.txt", b"the elk")
        until(lambda: "Elk" in at_home.titles(), "the rest goes on")
        assert set(at_home.titles()) >= {"Fox", "Owl"}
        assert {"Fox.txt", "Owl.txt"} <= set(at_home.files())


def test_a_limit_that_is_lifted_speeds_up_what_is_under_way(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.write("Fox.bin", os.urandom(3_000_000))
    with reloading(at_home) as mirrors:
        write(at_home, upload_kib=64)
        until(lambda: mirrors[0].turn.standing(0.0) == 0.0 and at_home.status()["state"] == "syncing", "under way")
        write(at_home, upload_kib=0)
        until(lambda: at_home.titles() == ["Fox"], "uploaded", seconds=25)  # 46 s at the old rate


def test_other_numbers_of_transfers_are_taken_on(at_home: Home) -> None:
    for number in range(6):
        at_home.write(f"Fox {number}.txt", b"fox %d" % number)
    with reloading(at_home):
        until(lambda: len(at_home.titles()) == 6, "uploaded")
        text = (at_home.path / "config.toml").read_text()
        write(at_home, text=text.replace("[daemon]", "[daemon]\ntransfers = 2"))
        for number in range(6):
            at_home.write(f"Owl {number}.txt", b"owl %d" % number)
        until(lambda: len(at_home.titles()) == 12, "uploaded by the new threads")


def test_a_signal_asks_for_the_file_and_it_is_told_in_the_log(at_home: Home, tmp_path: Path) -> None:
    with supervisor(tmp_path) as systemd, process(at_home, NOTIFY_SOCKET=str(systemd.path)) as started:
        until(at_home.is_settled, "settled")
        started.send_signal(signal.SIGHUP)
        until(lambda: systemd.next().startswith("RELOADING=1"), "systemd is told")
        until(lambda: systemd.next().startswith("READY=1"), "and when it is over")
        write(at_home, text="[mirror.stash]\nfolder = 3\n")
        until(lambda: at_home.daemon.status()["errors"], "told")
        log = ended(started)
    read_at_once, *_ = [line for line in log if line["event"] == "configuration-read"]
    assert (read_at_once["added"], read_at_once["told"]) == ([], [])
    (refused,) = [line for line in log if line["event"] == "configuration-refused"]
    assert refused["level"] == "error" and "mirror.stash.folder" in refused["message"]


def test_a_file_in_the_middle_of_being_written_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("a")
    configuration = Configuration(file, lambda: pytest.fail("not to be read"))
    assert not configuration.is_due() and not configuration.is_due()
    file.write_text("ab")
    assert not configuration.is_due()
    file.write_text("abc")
    assert not configuration.is_due()
    assert configuration.is_due()
    file.unlink()
    assert not configuration.is_due()
    assert configuration.is_due()
    configuration.want()
    assert configuration.is_due()
