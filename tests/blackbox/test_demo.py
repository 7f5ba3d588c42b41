"""The demo, as a newcomer runs it."""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from pathlib import Path

from tests.blackbox.world import COMMAND, end, environment, until


def test_once_plays_both_directions_and_keeps_every_promise(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "demo", "--once"],
        env=environment(TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BROKEN" not in done.stdout
    for word in ("download", "upload", "rename", "delete-remote", "delete-local"):
        assert word in done.stdout
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_play_in_somebody_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    command = [*COMMAND, "demo", "--once", "--dir", str(tmp_path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_it_keeps_running_until_it_is_told_to_end(tmp_path: Path) -> None:
    base = tmp_path / "demo"
    with (tmp_path / "log").open("w") as log:
        command = [*COMMAND, "demo", "--dir", str(base)]
        process = subprocess.Popen(command, env=environment(), stdout=log, stderr=log, text=True)
        try:
            until((base / "Stash" / "Sketches" / "Fox at dawn.png").exists, "the artworks arrive")
            (base / "Stash" / "Mine.txt").write_text("mine")
            told = until(lambda: find(base, "Mine.txt"), "mine is an item")
            assert told["state"] == "synced"
        finally:
            assert end(process) == 0
    assert "Try" in (tmp_path / "log").read_text()


def find(base: Path, path: str) -> dict[str, str] | None:
    """What the demo's own syncd lists."""
    done = subprocess.run([str(base / "syncd"), "ls", "--json"], capture_output=True, text=True, check=False)
    rows = json.loads(done.stdout)["ls"] if done.returncode == 0 else []
    return next((row for row in rows if row["path"] == path), None)


def test_it_can_be_stopped_and_started_again(tmp_path: Path) -> None:
    base = tmp_path / "demo"
    for name in ("first.txt", "second.txt"):
        with (tmp_path / "log").open("a") as log:
            command = [*COMMAND, "demo", "--dir", str(base)]
            process = subprocess.Popen(command, env=environment(), stdout=log, stderr=log, text=True)
            try:
                until((base / "Stash" / "Notes.txt").exists, "the mirror is there")
                (base / "Stash" / name).write_text(name)
                until(partial(find, base, name), f"{name} is an item")
            finally:
                assert end(process) == 0
    assert os.access(base / "syncd", os.X_OK)
