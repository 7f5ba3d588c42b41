"""From arguments to exit codes, in process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

import syncd
from syncd.cli.command_line import run
from syncd.cli.failing import SHAPES, wants_json
from syncd.cli.output import PipeClosed
from syncd.core import errors

Told = Callable[[], Any]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own configuration or state."""
    monkeypatch.setenv("SYNCD_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("SYNCD_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """The one JSON document on stdout."""
    return lambda: json.loads(capsys.readouterr().out)


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A configuration with one mirror."""
    (tmp_path / "config.toml").write_text(f'[mirror.stash]\nfolder = "{tmp_path}/Stash"\n')
    return tmp_path


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def broken(*_arguments: object, **_keywords: object) -> NoReturn:
        raise error

    return broken


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"syncd {syncd.__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    first = "demo serve login logout run sync status why history conflicts held"
    second = "trash show edit link space ls pause resume verify"
    for command in f"{first} {second}".split():
        assert f"\n  {command} " in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["sync", "--nonsense"],
        ["sync", "one", "two"],
        ["why"],
        ["serve", "--port", "99999"],
        ["history", "--limit", "0"],
        ["conflicts", "resolve", "x", "--keep", "neither"],
        ["trash"],
        [],
    ],
)
def test_a_usage_error_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "nowhere"],
        ["why", "/elsewhere/x"],
        ["edit", "Stash/x"],
        ["edit", "Stash/x", "--title", " "],
        ["pause", "--for", "soon"],
        ["status", "--watch", "--json"],
        ["status", "nowhere"],
    ],
)
def test_what_makes_no_sense_with_this_configuration_is_2(arguments: list[str], configured: Path) -> None:
    assert run(arguments) == 2


@pytest.mark.parametrize("command", sorted(SHAPES.keys() - {"doctor"}))  # whose findings the mistakes are
def test_with_json_an_error_comes_in_the_commands_own_shape(command: str, told: Told) -> None:
    words = {"trash": ["trash", "list"]}.get(command, [command])
    assert run([*words, "--json"]) == 78
    document = told()
    assert set(document) == set(SHAPES[command]) | {"errors"}
    (error,) = document["errors"]
    assert set(error) == {"path", "itemid", "error", "message", "remedy", "retry_at"}
    assert error["error"] == "config-error"


def test_with_json_a_usage_error_is_a_document_too(told: Told) -> None:
    assert run(["sync", "--json", "--nonsense"]) == 2
    document = told()
    assert document["errors"][0]["error"] == "usage"
    assert document["actions"] == []


def test_only_a_real_option_asks_for_json() -> None:
    assert wants_json(["sync", "--json"])
    assert not wants_json(["why", "--", "--json"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Misconfigured("wrong"), 78),
        (errors.NewerDatabase("newer"), 78),
        (errors.FolderMissing("gone"), 73),
        (errors.LoginNeeded("who are you"), 77),
        (errors.Unreachable("nobody there"), 69),
        (errors.Throttled("slowly", retry_at=2e9), 75),
        (errors.Busy("later"), 75),
        (errors.OutcomeUnknown("who knows"), 75),
        (errors.NotThere("nothing"), 1),
        (errors.Unsupported("not here"), 1),
    ],
)
def test_every_error_has_its_code_and_says_what_to_do(
    error: errors.SyncdError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("syncd.cli.settings.load", raising(error))
    assert run(["sync"]) == code
    err = capsys.readouterr().err
    assert error.message in err
    assert error.remedy in err


def test_a_bug_is_70_and_its_traceback_is_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("syncd.cli.settings.load", raising(ZeroDivisionError("access_token=abcdef123")))
    assert run(["sync"]) == 70
    err = capsys.readouterr().err
    log = tmp_path / "state" / "crash.log"
    assert str(log) in err
    assert "Traceback" not in err
    assert "ZeroDivisionError" in log.read_text()
    assert "abcdef123" not in err + log.read_text()
    assert run(["--verbose", "sync"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_with_json_is_a_document(monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    monkeypatch.setattr("syncd.cli.settings.load", raising(ZeroDivisionError()))
    assert run(["sync", "--json"]) == 70
    assert told()["errors"][0]["error"] == "bug"


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.cli.settings.load", raising(KeyboardInterrupt()))
    assert run(["sync"]) == 130


def ended(folder: Path, program: str) -> int:
    """The exit code of a program that is run by `-m`."""
    (folder / "program.py").write_text(program)
    return subprocess.run([sys.executable, "-m", "program"], cwd=folder, check=False, timeout=60).returncode


def test_a_signal_amid_an_exec_leaves_the_code_to_us(tmp_path: Path) -> None:
    """As when a sync is told to end while it imports: `-m` ended by SIGINT, whatever the command had answered."""
    program = (
        "import syncd.cli.command_line as line\n"
        "def run(arguments):\n"
        "    try: exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt: return 143\n"
        "line.run = run\n"
        "from syncd.cli import main\n"
        "main()\n"
    )
    assert ended(tmp_path, program) == 143


def test_what_does_not_come_to_its_end_is_left_after_a_time(tmp_path: Path) -> None:
    program = (
        "import os, signal, threading\n"
        "from syncd.cli.wiring import Interruption\n"
        "interruption = Interruption(seconds=0.1)\n"
        "with interruption.watched():\n"
        "    assert not interruption.is_wanted()\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    assert interruption.is_wanted()\n"
        "    threading.Event().wait(70)\n"
    )
    assert ended(tmp_path, program) == 143


def test_a_closed_pipe_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("syncd.cli.settings.load", raising(PipeClosed()))
    assert run(["sync"]) == 141
    assert capsys.readouterr().err == ""


def test_all_mistakes_of_a_configuration_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("[daemon]\npoll_secnds = 3\n[mirror.stash]\nmax_delete_percent = 120\n")
    assert run(["sync"]) == 78
    err = capsys.readouterr().err
    assert "daemon.poll_secnds" in err
    assert "mirror.stash.max_delete_percent" in err
