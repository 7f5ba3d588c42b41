"""Commands answer at once: none imports what only another one needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from syncd.cli.app import GROUPS, tree
from syncd.remotes.kinds import KINDS
from syncd.remotes.registry import kinds

# What only drawing, logging, logging in, serving and running a daemon need.
OTHERS = {
    "PIL",
    "apscheduler",
    "asyncio",
    "attr",
    "dateutil",
    "filetype",
    "keyring",
    "numpy",
    "oauthlib",
    "prometheus_client",
    "pydantic_settings",
    "rich",
    "starlette",
    "structlog",
    "syncd.server",
    "uvicorn",
    "watchdog",
}
# What it takes to do the work here.
WORK = {"httpx", "pathspec", "sqlite3", "sqlite_utils", "syncd.engine", "syncd.store.store"}
ASKING = "import syncd.cli.app, syncd.cli.finishing, syncd.cli.settings, syncd.cli.render_status, syncd.daemon.client"
COMMANDS = ("status", "sync", "verify", "held", "conflicts", "history", "ls", "trash list", "pause")


def imported(code: str, environ: dict[str, str] | None = None) -> set[str]:
    code = f"{code}\nimport json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    environ = os.environ | {} if environ is None else environ
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ)
    return set(json.loads(found.stdout.splitlines()[-1]))


def test_asking_a_daemon_imports_nothing_heavy() -> None:
    assert (OTHERS | WORK) & imported(f"{ASKING}\nfrom syncd.daemon import Answer") == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_what_it_needs_and_no_more(command: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[mirror.stash]\nfolder = "{tmp_path}/Stash"\nserver = "http://127.0.0.1:9"\nclient_id = "1"\n'
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {"SYNCD_CONFIG": str(tmp_path / "config.toml")}
    environ |= {"SYNCD_STATE_DIR": str(tmp_path / "state"), "SYNCD_RUNTIME_DIR": str(tmp_path / "run")}
    found = imported(f"from syncd.cli.command_line import run\nrun({command.split()!r})", environ)
    assert OTHERS & found == set()
    assert "syncd.engine" in found  # it came to its work


def test_a_database_that_is_up_to_date_is_opened_without_sqlite_utils(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    code = f"from pathlib import Path\nfrom syncd.store.store import Store\nStore(Path({str(path)!r})).close()"
    assert "sqlite_utils" in imported(code)
    assert "sqlite_utils" not in imported(code)


def test_the_words_for_kinds_are_those_of_the_registry() -> None:
    assert kinds() == KINDS


def test_the_tables_of_groups_name_every_command_once() -> None:
    made = {name for group, names in GROUPS.items() for name in get_command(tree(list(names))).commands}  # type: ignore[attr-defined]
    assert made == set(get_command(tree()).commands)  # type: ignore[attr-defined]
    assert sum(len(names) for names in GROUPS.values()) == len(made)


@pytest.mark.parametrize(("group", "names"), GROUPS.items())
def test_each_word_brings_its_own_group_and_no_other(group: str, names: frozenset[str]) -> None:
    for name in names:
        assert set(get_command(tree(["--verbose", name])).commands) == names, group  # type: ignore[attr-defined]


def test_a_word_that_is_no_command_brings_all() -> None:
    for words in ((), ("--help",), ("snyc",)):
        assert len(get_command(tree(words)).commands) == sum(len(names) for names in GROUPS.values())  # type: ignore[attr-defined]
