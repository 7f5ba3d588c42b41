"""`syncd doctor` as a command: its document, its exit codes, beside a daemon and without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncd.config import load
from syncd.daemon.run import supervised
from tests.blackbox.desk import Desk
from tests.daemon.home import Home, until

CHECKS = [
    "configuration",
    "daemon",
    "service",
    "folder",
    "file-system",
    "watches",
    "space",
    "database",
    "secrets",
    "clock",
    "login",
    "server",
]


@pytest.fixture(autouse=True)
def no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def examined(desk: Desk, code: int) -> dict[str, dict[str, Any]]:
    document = desk.syncd("doctor", "--json").ok(code).document
    assert set(document) == {"doctor"}
    for finding in document["doctor"]:
        assert set(finding) == {"check", "mirror", "state", "message", "remedy"}
        assert finding["state"] == "ok" or finding["remedy"]
    return {finding["check"]: finding for finding in document["doctor"]}


def test_a_healthy_world(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.sync()
    before = sorted(path for path in desk.folder.rglob("*"))
    findings = examined(desk, 0)
    assert list(findings) == CHECKS
    assert {name for name, each in findings.items() if each["state"] != "ok"} <= {"daemon", "service", "watches"}
    assert "free" in findings["server"]["message"]
    assert sorted(path for path in desk.folder.rglob("*")) == before
    text = desk.syncd("doctor").ok().out
    assert "login" in text
    assert desk.server.login["access_token"] not in text + json.dumps(findings)


def test_before_the_first_sync(make: Callable[..., Desk]) -> None:
    desk = make()
    findings = examined(desk, 0)
    assert list(findings) == [name for name in CHECKS if name not in ("file-system", "watches")]
    assert not desk.folder.exists()


def test_every_mistake_of_the_configuration_is_a_finding(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.configure(colour="red", max_delete_percent=120)
    document = desk.syncd("doctor", "--json").ok(78).document["doctor"]
    told = sorted(each["message"].partition(":")[0] for each in document if each["check"] == "configuration")
    assert told == ["mirror.stash.colour", "mirror.stash.max_delete_percent"]


def test_no_mirror_at_all_is_78(make: Callable[..., Desk]) -> None:
    desk = make()
    Path(desk.environment["SYNCD_CONFIG"]).write_text("")
    assert examined(desk, 78)["configuration"]["state"] == "problem"


def test_a_missing_folder_is_73_and_the_other_checks_are_made(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.sync()
    desk.folder.rename(desk.base / "unmounted")
    findings = examined(desk, 73)
    assert findings["folder"]["state"] == "problem"
    assert findings["server"]["state"] == "ok"


def test_logged_out_is_77(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.syncd("logout").ok()
    findings = examined(desk, 77)
    assert "syncd login" in findings["login"]["remedy"]
    assert "server" not in findings


def test_no_server_is_69(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.sync()
    desk.server.stop()
    try:
        findings = examined(desk, 69)
    finally:
        desk.server.start()
    assert findings["clock"]["state"] == "problem"
    assert findings["server"]["state"] == "warning"
    assert findings["database"]["state"] == "ok"


def test_a_broken_database_is_told_and_nothing_is_set_aside(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.sync()
    database = Path(desk.environment["SYNCD_STATE_DIR"]) / "stash/state.db"
    database.write_bytes(b"broken" * 1000)
    assert examined(desk, 1)["database"]["state"] == "problem"
    assert database.read_bytes() == b"broken" * 1000


def test_beside_a_daemon_that_holds_the_mirror(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncd.cli.doctor import _examined

    settings = at_home.settings
    with supervised(settings, at_home.wiring):
        until(at_home.is_settled, "settled")
        findings = {each.check: each for each in _examined(settings, settings.mirrors, at_home.wiring)}
        assert "stash is settled" in findings["daemon"].message
        assert [name for name, each in findings.items() if each.level == "problem"] == []
        two = load(settings.paths.config, at_home.environ | {"SYNCD_MIRROR__NEW__FOLDER": "/srv/x"}, kinds=("stash",))
        found = {each.check: each for each in _examined(two, (), at_home.wiring)}
        assert "does not serve new" in found["daemon"].message
