"""Each check finds what is wrong in a world of which just that is broken, and says what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from syncd.cli.doctor import disk, machine, server
from syncd.cli.doctor.findings import About, Finding, Level
from syncd.cli.service import places
from syncd.cli.service.manager import ServiceFailed
from syncd.config import MirrorSettings
from syncd.core.errors import FolderMissing, Throttled, Unreachable
from syncd.local.probing import Offers, Watches
from syncd.local.root import Root
from syncd.store.store import Store

ALL = Offers(True, True, True, True, True, True)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def mirror(tmp_path: Path) -> MirrorSettings:
    return MirrorSettings(name="stash", folder=tmp_path / "Stash", state=tmp_path / "state", server="http://stash.test")


def found(finding: Finding, level: Level, words: str, code: int = 0) -> None:
    assert (finding.level, finding.code) == (level, code), finding
    assert words in finding.message
    assert bool(finding.remedy) is (level is not Level.OK)


def bound(mirror: MirrorSettings, marker: str = "m1") -> None:
    Root(mirror.folder).create("m1")
    mirror.state.mkdir()
    store = Store(mirror.state / "state.db")
    with store.transaction():
        store.facts.put("marker", marker)
    store.close()


# -- the folder


def test_before_the_first_sync_a_folder_need_not_be_there(mirror: MirrorSettings) -> None:
    found(disk.folder(mirror), Level.OK, "made at the first sync")
    mirror.folder.mkdir()
    found(disk.folder(mirror), Level.OK, "the first sync joins it")
    Root(mirror.folder).create("foreign")
    found(disk.folder(mirror), Level.OK, "bears a marker already")


def test_the_folder_of_this_mirror_is_fine_and_another_or_none_is_73(mirror: MirrorSettings) -> None:
    bound(mirror)
    found(disk.folder(mirror), Level.OK, "this mirror's marker")
    (mirror.folder / ".syncd/marker.json").write_text('{"marker": "other"}')
    found(disk.folder(mirror), Level.PROBLEM, "another marker", 73)
    shutil.rmtree(mirror.folder / ".syncd")
    found(disk.folder(mirror), Level.PROBLEM, "no marker", 73)
    shutil.rmtree(mirror.folder)
    found(disk.folder(mirror), Level.PROBLEM, "cannot be opened", 73)


def test_a_folder_that_cannot_be_written_to_is_73(mirror: MirrorSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found(disk.folder(mirror), Level.PROBLEM, "cannot be written", 73)
    mirror.folder.mkdir()
    found(disk.folder(mirror), Level.PROBLEM, "cannot be written", 73)
    shutil.rmtree(mirror.folder)
    bound(mirror)
    found(disk.folder(mirror), Level.PROBLEM, "cannot be written", 73)


# -- what the file system offers


def test_a_file_system_that_offers_all_is_fine(mirror: MirrorSettings) -> None:
    found(disk.abilities(mirror, ALL), Level.OK, "offers all")
    without = disk.abilities(mirror, Offers(True, True, False, True, True, False))
    found(without, Level.OK, "no reflinks")


@pytest.mark.parametrize("lacking", ["rename_noreplace", "rename_exchange", "birth_time", "case_sensitive"])
def test_each_thing_that_is_lacking_is_told_with_what_it_means(mirror: MirrorSettings, lacking: str) -> None:
    had = {name: name != lacking for name in Offers.__dataclass_fields__}
    found(disk.abilities(mirror, Offers(**had)), Level.WARNING, disk.OFFERED[lacking])


# -- watches


def test_enough_watches_are_fine_and_the_daemons_own_are_not_counted_twice(mirror: MirrorSettings) -> None:
    found(disk.watching(mirror, 60, Watches(100, 40, 8, 1), watched=False), Level.OK, "60 of 100 watches free")
    found(disk.watching(mirror, 60, Watches(100, 99, 8, 8), watched=True), Level.OK, "61 of 100")


@pytest.mark.parametrize(
    ("needed", "limits", "line"),
    [
        (60, Watches(100, 50, 8, 1), "fs.inotify.max_user_watches=128"),
        (100_000, Watches(65536, 0, 128, 1), "fs.inotify.max_user_watches=131072"),
        (5, Watches(100, 0, 128, 128), "fs.inotify.max_user_instances=256"),
    ],
)
def test_too_few_watches_come_with_the_exact_line(
    mirror: MirrorSettings, needed: int, limits: Watches, line: str
) -> None:
    finding = disk.watching(mirror, needed, limits, watched=False)
    found(finding, Level.WARNING, "")
    assert f"sudo sysctl {line}`" in finding.remedy
    assert f"echo {line} | sudo tee /etc/sysctl.d/90-syncd.conf" in finding.remedy


def test_without_inotify_it_is_said(mirror: MirrorSettings) -> None:
    found(disk.watching(mirror, 1, None, watched=False), Level.WARNING, "no inotify")


# -- space


@pytest.mark.parametrize(
    ("of_folder", "of_state", "level", "words"),
    [
        (10**12, 10**12, Level.OK, "may be used"),
        (10**6, 10**12, Level.PROBLEM, "no downloads"),
        (10**12, 10**6, Level.PROBLEM, "where the database is"),
    ],
)
def test_room_is_needed_on_both_disks(
    mirror: MirrorSettings, monkeypatch: pytest.MonkeyPatch, of_folder: int, of_state: int, level: Level, words: str
) -> None:
    mirror.folder.mkdir()
    mirror.state.mkdir()
    free = {mirror.folder: of_folder, mirror.state: of_state}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free[path]))
    found(disk.space(mirror), level, words, 1 if level is Level.PROBLEM else 0)


# -- database and secrets


def test_a_whole_database_is_fine_and_none_too(mirror: MirrorSettings) -> None:
    found(disk.database(mirror), Level.OK, "the first sync makes it")
    bound(mirror)
    found(disk.database(mirror), Level.OK, "is whole")


def test_a_broken_or_an_empty_database_is_said(mirror: MirrorSettings) -> None:
    mirror.state.mkdir()
    (mirror.state / "state.db").write_bytes(b"broken" * 1000)
    found(disk.database(mirror), Level.PROBLEM, "cannot be read", 1)
    (mirror.state / "state.db").write_bytes(b"")
    assert disk.database(mirror).level is Level.WARNING


def test_tokens_that_others_can_read_are_a_problem(mirror: MirrorSettings) -> None:
    found(disk.secrets(mirror), Level.OK, "only")
    mirror.state.mkdir(mode=0o700)
    token = mirror.state / "token.json"
    token.touch(0o600)
    found(disk.secrets(mirror), Level.OK, "only")
    token.chmod(0o640)
    finding = disk.secrets(mirror)
    found(finding, Level.PROBLEM, "can be read by others", 1)
    assert finding.remedy == f"Run `chmod 600 '{token}'`."
    token.chmod(0o600)
    mirror.state.chmod(0o755)
    assert f"chmod 700 '{mirror.state}'" in disk.secrets(mirror).remedy


# -- the clock

DATE = "Sat, 21 Nov 2026 12:00:00 GMT"
NOON = 1795262400.0


def answering(date: str | None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(404, headers={"Date": date} if date else {}))


@pytest.mark.parametrize(
    ("now", "level", "words"),
    [
        (NOON + 100, Level.OK, "agrees"),
        (NOON - 100, Level.OK, "agrees"),
        (NOON + 200, Level.WARNING, "200 s ahead of"),
        (NOON - 86400, Level.WARNING, "86400 s behind"),
    ],
)
def test_the_clock_is_compared_with_the_servers(mirror: MirrorSettings, now: float, level: Level, words: str) -> None:
    found(server.clock(mirror, answering(DATE), lambda: now), level, words)


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_without_a_date_is_said(mirror: MirrorSettings, date: str | None) -> None:
    found(server.clock(mirror, answering(date)), Level.WARNING, "tells no date")


def test_a_server_that_does_not_answer_is_69(mirror: MirrorSettings) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    found(server.clock(mirror, httpx.MockTransport(refuse)), Level.PROBLEM, "ConnectError", 69)


def test_the_comparison_carries_no_token(mirror: MirrorSettings) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    server.clock(mirror, httpx.MockTransport(answer))
    assert "authorization" not in asked[0].headers
    assert asked[0].headers["user-agent"].startswith("syncd/")
    assert "gzip" in asked[0].headers["accept-encoding"]


# -- the service

UNIT: dict[str, object] = {
    "unit": "syncd.service",
    "scope": "user",
    "installed": True,
    "enabled": True,
    "active": "active",
    "linger": True,
    "exit_code": 0,
    "result": "success",
}


@pytest.mark.parametrize(
    ("differs", "level", "words"),
    [
        ({}, Level.OK, "runs and starts by itself"),
        ({"installed": False}, Level.WARNING, "not installed"),
        ({"active": "failed", "exit_code": 78}, Level.PROBLEM, "ended with 78"),
        ({"active": "inactive"}, Level.WARNING, "is inactive"),
        ({"enabled": False}, Level.WARNING, "does not start by itself"),
        ({"linger": False}, Level.WARNING, "as long as you are logged in"),
        ({"linger": None}, Level.OK, "runs"),
    ],
)
def test_each_state_of_the_unit_has_its_finding(differs: dict[str, object], level: Level, words: str) -> None:
    finding = machine._of_unit(About("service"), UNIT | differs)
    found(finding, level, words, 1 if level is Level.PROBLEM else 0)


def test_the_words_for_systemctl_are_those_of_the_units_manager() -> None:
    failed = UNIT | {"active": "failed"}
    assert "journalctl --user -e" in machine._of_unit(About("service"), failed).remedy
    assert "systemctl restart syncd" in machine._of_unit(About("service"), failed | {"scope": "system"}).remedy


def test_an_instance_of_the_system_is_found_where_there_is_no_unit_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(places, "SYSTEM_UNITS", tmp_path / "units")
    monkeypatch.setattr(machine, "user_name", lambda: "nobody")
    assert machine._installed().unit == "syncd.service"
    part = tmp_path / "units/syncd@nobody.service.d/syncd.conf"
    part.parent.mkdir(parents=True)
    part.touch()
    assert machine._installed().unit == "syncd@nobody.service"
    own = tmp_path / "xdg/systemd/user/syncd.service"
    own.parent.mkdir(parents=True)
    own.touch()
    assert machine._installed().unit == "syncd.service"


def test_without_systemd_it_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found(machine.service(), Level.WARNING, "no systemd")


# -- errors


@pytest.mark.parametrize(
    ("make", "level", "code"),
    [
        (FolderMissing, Level.PROBLEM, 73),
        (Unreachable, Level.WARNING, 69),
        (Throttled, Level.WARNING, 75),
        (ServiceFailed, Level.PROBLEM, 1),
    ],
)
def test_an_error_that_a_check_met_is_a_finding(make: Callable[[str], FolderMissing], level: Level, code: int) -> None:
    found(About("x").of(make("it happened")), level, "it happened", code)
