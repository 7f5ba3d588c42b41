"""The units: what is filled in, that no word of a person is read as a directive, and what systemd says of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.cli.service.units import Installation, drop_in, ends_linger, is_ours, system_unit, template, user_unit
from syncd.daemon import END_SECONDS
from syncd.daemon.watchdog import STUCK_SECONDS

NASTY = '/home/ada/a "b" %n $HOME\\ \ttab:colon'
analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")


def made(**keys: object) -> Installation:
    given = {"command": [sys.executable, "-m", "syncd", "run"], "folders": [Path("/home/ada/Stash")], "manager": 252}
    return Installation(**{**given, **keys})  # type: ignore[arg-type]


def analyzed(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *words], env=environ, capture_output=True, text=True, check=False)


def test_the_command_is_absolute_and_the_comments_are_gone() -> None:
    unit = user_unit(made(command=["/opt/syncd", "--config", "/x y/c.toml", "run"]))
    assert 'ExecStart="/opt/syncd" "--config" "/x y/c.toml" "run"\n' in unit
    assert "ExecStart=syncd" not in unit
    assert [line for line in unit.splitlines()[1:] if line.startswith("#")] == []
    assert is_ours(unit)
    assert not is_ours(template("syncd.service"))


def test_from_systemd_253_on_reloading_is_systemds_own_and_the_signal_comes_once() -> None:
    old, new = user_unit(made(manager=252)), user_unit(made(manager=253))
    assert "Type=notify\n" in old
    assert "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'\n" in old
    assert "Type=notify-reload\n" in new
    assert "ExecReload" not in new


def test_from_systemd_254_on_restarts_come_slower_and_slower() -> None:
    assert "RestartSec=10s\nRestartSteps=6\nRestartMaxDelaySec=5min\n" in user_unit(made(manager=254))
    assert "RestartSteps" not in user_unit(made(manager=253))


def test_lingering_that_came_with_it_is_remembered() -> None:
    assert ends_linger(user_unit(made(linger=True)))
    assert not ends_linger(user_unit(made()))


def test_what_a_person_wrote_is_never_a_directive() -> None:
    hostile = Path("/home/ada/x\nExecStartPre=/bin/false")
    for text in (
        user_unit(made(command=[str(hostile)], environment={"A": f"b{hostile}"})),
        drop_in(made(folders=[hostile], environment={"A": f"b{hostile}"}, configuration=hostile / "c")),
    ):
        assert not re.search(r"^ExecStartPre", text, re.MULTILINE)
    assert r'"/home/ada/a \"b\" %%n $HOME\\ \ttab:colon"' in drop_in(made(folders=[Path(NASTY)]))
    assert r"%%n $$HOME\\" in user_unit(made(command=[NASTY]))


def test_only_what_hidden_homes_hold_is_bound() -> None:
    text = drop_in(
        made(
            folders=[Path("/home/ada/Stash"), Path("/srv/stash")],
            programs=[Path("/usr"), Path("/home/ada/.local/pipx/venvs/syncd")],
            configuration=Path("/run/user/1000/syncd/config.toml"),
            credentials=[("stash.token", Path("/etc/100%/stash.token"))],
        )
    )
    assert 'BindPaths="/home/ada/Stash"\nReadWritePaths="/srv/stash"\n' in text
    assert 'BindReadOnlyPaths="/home/ada/.local/pipx/venvs/syncd"\nBindReadOnlyPaths="/run/user/1000/syncd"\n' in text
    assert '"/usr"' not in text
    assert 'RequiresMountsFor="/home/ada/Stash"\nRequiresMountsFor="/srv/stash"\n' in text
    assert "LoadCredential=stash.token:/etc/100%%/stash.token\n" in text


@pytest.mark.parametrize("name", ["syncd.service", "syncd@.service"])
def test_the_times_of_the_units_are_those_of_the_daemon(name: str) -> None:
    unit = dict(line.split("=", 1) for line in template(name).splitlines() if "=" in line and line[0] != "#")
    assert float(unit["TimeoutStopSec"].removesuffix("s")) > END_SECONDS
    assert float(unit["WatchdogSec"].removesuffix("min")) * 60 < STUCK_SECONDS
    assert (unit["Type"], unit["Restart"], unit["RestartPreventExitStatus"]) == ("notify", "on-failure", "77 78")


@analyze
def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    nasty = made(folders=[Path(NASTY)], environment={"A": NASTY}, credentials=[("stash.token", Path(NASTY))])
    (tmp_path / "syncd.service").write_text(user_unit(nasty))
    checked = analyzed(tmp_path, "verify", "--user", str(tmp_path / "syncd.service"))
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    (tmp_path / "syncd@ada.service").write_text(system_unit(nasty))
    (tmp_path / "syncd@ada.service.d").mkdir()
    (tmp_path / "syncd@ada.service.d/syncd.conf").write_text(drop_in(nasty))
    checked = analyzed(tmp_path, "verify", "--system", str(tmp_path / "syncd@ada.service"))
    assert [line for line in checked.stderr.splitlines() if "syncd" in line] == []
    assert checked.returncode == 0


@analyze
@pytest.mark.parametrize(
    ("scope", "name", "most"), [("--user", "syncd.service", 62), ("--system", "syncd@a.service", 13)]
)
def test_they_are_as_hard_as_promised(tmp_path: Path, scope: str, name: str, most: int) -> None:
    made_here = made(folders=[Path("/srv/stash")])
    (tmp_path / name).write_text(user_unit(made_here) if scope == "--user" else system_unit(made_here))
    words = ("security", scope, "--offline=true", "--no-pager", f"--threshold={most}", str(tmp_path / name))
    checked = analyzed(tmp_path, *words)
    assert checked.returncode == 0, checked.stdout[-200:] + checked.stderr
