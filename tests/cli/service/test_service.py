"""`syncd service` asks systemd for the right things, undoes all of them, and says what to do when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.cli.service import manager, places
from tests.blackbox.desk import Desk
from tests.cli.service.conftest import Systemd

RUNNING = {
    "LoadState": "loaded",
    "UnitFileState": "enabled",
    "ActiveState": "active",
    "SubState": "running",
    "MainPID": 4711,
    "StatusText": "stash: settled",
    "Result": "success",
    "ExecMainStatus": 0,
    "NRestarts": 2,
}
KEYS = {
    *("unit", "scope", "file", "installed", "enabled", "active", "state", "status", "pid", "restarts", "result"),
    *("exit_code", "linger"),
}


@pytest.fixture(autouse=True)
def nobody_lingers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "linger").mkdir()
    monkeypatch.setattr(manager, "LINGERING", tmp_path / "linger")
    return tmp_path / "linger"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    return tmp_path / "xdg/systemd/user/syncd.service"


def test_it_is_written_enabled_and_started_and_started_anew_when_repeated(
    desk: Desk, systemd: Systemd, unit: Path
) -> None:
    for _ in range(2):
        systemd.shows(**RUNNING)
        told = desk.syncd("service", "install", "--json").ok().document["service"]
        assert set(told) == KEYS
        assert (told["installed"], told["active"], told["pid"], told["linger"]) == (True, "active", 4711, False)
        assert systemd.asked() == [
            "systemctl --user --no-ask-password daemon-reload",
            "systemctl --user --no-ask-password enable --quiet syncd.service",
            "systemctl --user --no-ask-password restart syncd.service",
        ]
    text = unit.read_text()
    assert f'"--config" "{desk.environment["SYNCD_CONFIG"]}" "run"' in text
    assert f'Environment="SYNCD_STATE_DIR={desk.environment["SYNCD_STATE_DIR"]}"' in text
    assert "LoadCredential" not in text


def test_credentials_beside_the_configuration_are_loaded(desk: Desk, systemd: Systemd, unit: Path) -> None:
    folder = Path(desk.environment["SYNCD_CONFIG"]).parent / "credentials"
    folder.mkdir()
    for name in ("stash.token", "stash.client_secret", "other.token"):
        (folder / name).write_text("x")
    desk.syncd("service", "install").ok()
    loaded = [line for line in unit.read_text().splitlines() if line.startswith("LoadCredential")]
    assert loaded == [f"LoadCredential={name}:{folder / name}" for name in ("stash.token", "stash.client_secret")]


def test_settings_of_this_shell_that_the_service_will_not_have_are_named(
    desk: Desk, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd.shows(**RUNNING)
    assert "Not seen" not in desk.syncd("service", "install").ok().out
    monkeypatch.setenv("SYNCD_MIRROR__STASH__CLIENT_SECRET", "hidden")
    told = desk.syncd("service", "install").ok().out
    assert "SYNCD_MIRROR__STASH__CLIENT_SECRET" in told
    assert "hidden" not in told


def test_uninstalling_leaves_nothing(desk: Desk, systemd: Systemd, unit: Path, tmp_path: Path) -> None:
    assert desk.syncd("service", "uninstall", "--json").ok().document["service"]["removed"] is False
    desk.syncd("service", "install").ok()
    systemd.asked()
    systemd.shows(ActiveState="failed")
    assert desk.syncd("service", "uninstall", "--json").ok().document == {
        "service": {"unit": "syncd.service", "removed": True}
    }
    assert systemd.asked() == [
        "systemctl --user --no-ask-password disable --quiet --now syncd.service",
        "systemctl --user --no-ask-password daemon-reload",
        "systemctl --user --no-ask-password reset-failed syncd.service",
    ]
    assert list((tmp_path / "xdg").rglob("*")) == []
    assert "not installed" in desk.syncd("service", "status").ok().out


def test_lingering_goes_with_it_only_if_it_came_with_it(desk: Desk, systemd: Systemd, nobody_lingers: Path) -> None:
    me = manager.user_name()
    desk.syncd("service", "install", "--linger").ok()
    assert systemd.asked()[0] == f"loginctl --no-ask-password enable-linger {me}"
    (nobody_lingers / me).touch()
    desk.syncd("service", "install").ok()
    desk.syncd("service", "uninstall").ok()
    assert systemd.asked()[-1] == f"loginctl --no-ask-password disable-linger {me}"
    desk.syncd("service", "install", "--linger").ok()
    desk.syncd("service", "uninstall").ok()
    assert [line for line in systemd.asked() if "linger" in line] == []


def test_lingering_that_is_refused_is_said_before_anything_is_done(desk: Desk, systemd: Systemd, unit: Path) -> None:
    systemd.fails("enable-linger")
    error = desk.syncd("service", "install", "--linger", "--json").ok(1).document["errors"][0]
    assert "sudo loginctl enable-linger" in error["remedy"]
    assert not unit.exists()
    desk.syncd("service", "install", "--no-linger").ok()


def test_a_unit_of_somebody_else_stays(desk: Desk, systemd: Systemd, unit: Path) -> None:
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=mine\n")
    for command in ("install", "uninstall"):
        error = desk.syncd("service", command, "--json").ok(1).document["errors"][0]
        assert (error["error"], "not written by syncd" in error["message"]) == ("service-failed", True)
    assert unit.read_text() == "[Service]\nExecStart=mine\n"
    assert systemd.asked() == []


@pytest.mark.parametrize("command", ["install", "status"])
def test_without_a_manager_it_says_what_to_do(desk: Desk, systemd: Systemd, unit: Path, command: str) -> None:
    (systemd.path / "away").touch()
    error = desk.syncd("service", command, "--json").ok(1).document["errors"][0]
    assert "No medium found" in error["message"]
    assert "XDG_RUNTIME_DIR" in error["remedy"]
    assert not unit.exists()


@pytest.mark.parametrize("command", ["install", "status"])
def test_without_systemd_it_says_what_to_do(
    desk: Desk, systemd: Systemd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = desk.syncd("service", command).ok(1)
    assert "systemctl is not here" in told.err
    assert "syncd run" in told.err


def test_a_start_that_fails_is_told_with_where_to_look(desk: Desk, systemd: Systemd) -> None:
    systemd.fails("restart")
    error = desk.syncd("service", "install", "--json").ok(1).document["errors"][0]
    assert "restart syncd.service failed" in error["message"]
    assert "journalctl --user -e -u syncd.service" in error["remedy"]


def test_a_wrong_configuration_is_not_installed(desk: Desk, systemd: Systemd, unit: Path) -> None:
    desk.configure(colour="red")
    desk.syncd("service", "install").ok(78)
    assert not unit.exists()
    assert systemd.asked() == []


class TestForTheSystem:
    """The template and one user's part of it."""

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(places, "SYSTEM_UNITS", tmp_path / "etc/systemd/system")
        monkeypatch.setattr(places, "SYSTEM_CONFIGURATION", tmp_path / "etc/syncd")

    def test_template_and_part_come_and_go(self, desk: Desk, systemd: Systemd, tmp_path: Path) -> None:
        desk.folder.mkdir()
        told = desk.syncd("service", "install", "--system", "--user", "nobody", "--json").ok().document["service"]
        assert (told["unit"], told["linger"], told["scope"]) == ("syncd@nobody.service", None, "system")
        assert systemd.asked()[-1] == "systemctl --system --no-ask-password restart syncd@nobody.service"
        units = tmp_path / "etc/systemd/system"
        part = units / "syncd@nobody.service.d/syncd.conf"
        assert f'Environment="SYNCD_CONFIG={desk.environment["SYNCD_CONFIG"]}"' in part.read_text()
        assert str(desk.folder) in part.read_text()
        assert "User=%i" in (units / "syncd@.service").read_text()
        (units / "syncd@other.service.d").mkdir()
        desk.syncd("service", "uninstall", "--system", "--user", "nobody").ok()
        assert [path.name for path in units.iterdir()] == sorted(["syncd@.service", "syncd@other.service.d"])
        (units / "syncd@other.service.d").rmdir()
        desk.syncd("service", "install", "--system", "--user", "nobody").ok()
        desk.syncd("service", "uninstall", "--system", "--user", "nobody").ok()
        assert not list(units.iterdir()) if units.exists() else True

    def test_a_folder_that_is_not_there_cannot_be_given(self, desk: Desk, systemd: Systemd) -> None:
        error = desk.syncd("service", "install", "--system", "--user", "nobody", "--json").ok(1).document["errors"][0]
        assert "mkdir" in error["remedy"]
        assert systemd.asked() == []

    @pytest.mark.parametrize("words", [("--user", "root"), ("--user", "no-such-user-here")])
    def test_somebody_must_be_meant(self, desk: Desk, systemd: Systemd, words: tuple[str, str]) -> None:
        told = desk.syncd("service", "install", "--system", *words).ok(1)
        assert "--user NAME" in told.err


def test_a_user_is_named_for_the_system_only(desk: Desk, systemd: Systemd) -> None:
    assert "--system" in desk.syncd("service", "status", "--user", "ada").ok(1).err
