"""Exit codes, the shapes of JSON, and what a dry run leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import syncd
from tests.blackbox.world import COMMAND, World, environment


def test_the_console_script_is_the_module() -> None:
    script = Path(sys.executable).with_name("syncd")
    if not script.exists():
        pytest.skip("not installed")
    for command in ([str(script)], COMMAND):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True, env=environment())
        assert done.stdout == f"syncd {syncd.__version__}\n"


def test_the_version_needs_neither_rich_nor_the_engine() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "syncd", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"rich", "httpx", "pydantic", "starlette", "syncd.engine", "syncd.config", "sqlite3", "PIL"}


def test_a_closed_pipe_is_quiet() -> None:
    command = " ".join([*COMMAND, "--help", "|", "true"])
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env=environment())
    assert done.stderr == ""


def test_a_server_that_is_down_is_69_and_status_still_works(world: World) -> None:
    world.sync()
    world.server.stop()
    document = world.sync(code=69)
    assert document["settled"] is False
    assert document["errors"][0]["error"] == "unreachable"
    assert world.status()["mirrors"][0]["settled"] is not None
    world.server.start()
    world.sync()


def test_a_missing_folder_is_73(world: World) -> None:
    world.site.add("Fox.png", b"a fox")
    world.sync()
    shutil.move(world.folder, world.base / "gone")
    assert world.sync(code=73)["errors"][0]["error"] == "folder-missing"
    assert world.status()["mirrors"][0]["state"] == "folder-missing"
    world.folder.mkdir()
    world.sync(code=73)
    assert list(world.folder.iterdir()) == []
    world.folder.rmdir()
    shutil.move(world.base / "gone", world.folder)
    assert world.sync()["actions"] == []
    assert set(world.there()) == {"Fox"}


def test_no_token_is_77(world: World) -> None:
    world.syncd("logout").ok()
    assert world.sync(code=77)["errors"][0]["error"] == "login-needed"
    assert world.status()["mirrors"][0]["state"] == "login-needed"
