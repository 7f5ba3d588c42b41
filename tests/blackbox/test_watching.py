"""What a person sees while a daemon works: `status --watch`, and the progress of `sync`, on a terminal and off one."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.blackbox.world import COMMAND, World, end, until
from tests.daemon.wire import ask

CLEAR = "\x1b[H\x1b[2J"


class Terminal:
    """A terminal of its own with a command on it, and everything that it has shown."""

    def __init__(self, world: World, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        environ = {**world.environment, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=world.base, env=environ, stdout=theirs, stderr=theirs, stdin=theirs, text=True
        )
        os.close(theirs)
        self._ours = ours
        self.shown = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._ours, 65536):
                self.shown += piece.decode("utf-8", "replace")
        except OSError:
            return  # the other end is closed

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(10)
        os.close(self._ours)


@contextmanager
def terminal(world: World, *arguments: str) -> Iterator[Terminal]:
    found = Terminal(world, *arguments)
    try:
        yield found
    finally:
        found.close()


def settled(world: World) -> bool:
    return bool(world.status()["mirrors"][0]["state"] == "settled")


def rested(world: World) -> subprocess.Popen[str]:
    """A daemon that is settled and paused, so that only `sync` does something."""
    daemon = world.run()
    until(lambda: settled(world), "it settles")
    world.syncd("pause").ok()
    return daemon


def test_what_happens_is_drawn_anew_in_place_until_ctrl_c(world: World) -> None:
    daemon = world.run()
    until(lambda: settled(world), "it settles")
    with terminal(world, "status", "--watch") as screen:
        until(lambda: "stash: settled" in screen.shown, "it is drawn")
        world.write("Fox.png", b"a fox")
        until(lambda: "1 item, " in screen.shown.rpartition(CLEAR)[2], "what is new is drawn")
        assert screen.shown.startswith(CLEAR)
        screen.process.send_signal(signal.SIGINT)
        assert screen.process.wait(30) == 0
    assert end(daemon) == 0


def test_watching_ends_with_the_daemon(world: World) -> None:
    daemon = world.run()
    until(lambda: settled(world), "it settles")
    watching = subprocess.Popen(
        [*COMMAND, "status", "--watch"],
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert watching.stdout.readline() == "The daemon is running.\n"
    assert end(daemon) == 0
    out, err = watching.communicate(timeout=30)
    assert (watching.returncode, err) == (0, "")
    assert out.rpartition("The daemon is running.")[2].count("No daemon is running") == 1
    assert CLEAR not in out


def test_a_killed_daemon_ends_the_watching_too(world: World) -> None:
    daemon = world.run()
    with terminal(world, "status", "--watch") as screen:
        until(lambda: "The daemon is running." in screen.shown, "it is drawn")
        daemon.kill()
        assert screen.process.wait(30) == 0


def test_a_sync_through_the_daemon_tells_each_action_once(world: World) -> None:
    daemon = rested(world)
    for name in ("Fox", "Owl"):
        world.write(f"{name}.png", name.encode())
    told = world.syncd("sync").ok()
    lines = told.out.splitlines()
    assert sorted(line.split()[1] for line in lines[:-1]) == ["Fox.png", "Owl.png"]
    assert lines[-1].startswith("stash: in sync (2 actions")
    world.write("Elk.png", b"elk")
    assert json.loads(world.syncd("sync", "--json").ok().out)["counts"] == {"upload": 1}
    assert end(daemon) == 0


@pytest.mark.parametrize("with_a_daemon", [True, False])
def test_big_work_has_a_bar_on_a_terminal(world: World, with_a_daemon: bool) -> None:
    daemon = rested(world) if with_a_daemon else None
    for number in range(25):
        world.write(f"Fox {number}.bin", bytes([number]) * 20_000)
    with terminal(world, "sync") as screen:
        assert screen.process.wait(90) == 0
    assert "━" in screen.shown  # rich's bar
    assert "stash: in sync (25 actions" in screen.shown
    if daemon is not None:
        assert end(daemon) == 0


def test_a_daemon_that_ends_in_the_middle_of_a_sync_ends_it_with_a_word(world: World) -> None:
    world.configure(upload_kib_per_second=20)
    daemon = rested(world)
    world.write("Fox.bin", bytes(400_000))
    asking = subprocess.Popen(
        [*COMMAND, "sync"], env=world.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    path = world.runtime / "control.sock"
    until(lambda: b'syncd_actions_under_way{mirror="stash"} 1.0' in ask(path, "GET", "/metrics")[1], "it is under way")
    daemon.kill()
    _, err = asking.communicate(timeout=60)
    assert asking.returncode == 75
    assert "the daemon does not answer" in err
