"""The daemon, the socket, locks, kills and signals."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blackbox.world import World, end, until


def test_the_daemon_keeps_both_sides_the_same(each_world: World) -> None:
    world = each_world
    world.site.add("Fox.png", b"a fox")
    daemon = world.run()
    until(lambda: world.files() == {"Fox.png": b"a fox"}, "the first mirror")
    world.write("Sketches/Hen.txt", b"a hen")
    until(lambda: world.site.places() == {"Fox", "Sketches/Hen"}, "the upload")
    world.site.rename(world.site.items()["Fox"].itemid, "Vixen")
    until(lambda: set(world.files()) == {"Vixen.png", "Sketches/Hen.txt"}, "the rename here")
    (world.folder / "Vixen.png").rename(world.folder / "Sketches" / "Vixen.png")
    until(lambda: world.site.places() == {"Sketches/Vixen", "Sketches/Hen"}, "the move there")
    (world.folder / "Sketches" / "Hen.txt").unlink()
    until(lambda: world.site.places() == {"Sketches/Vixen"}, "the deletion there")
    world.site.delete(world.site.items()["Sketches/Vixen"].itemid)
    until(lambda: world.files() == {}, "the deletion here")
    assert end(daemon) == 0


def test_sync_as_a_process(each_world: World) -> None:
    world = each_world
    world.site.add("Fox.png", b"a fox")
    world.write("Sketches/Hen.txt", b"a hen")
    document = world.sync()
    assert document["settled"] is True
    assert world.files() == {"Fox.png": b"a fox", "Sketches/Hen.txt": b"a hen"}
    assert world.there() == {"Fox": b"a fox", "Sketches/Hen": b"a hen"}
    assert world.sync()["requests"] == {"total": 1, "delta": 1}


def test_commands_go_through_the_socket(world: World) -> None:
    world.configure(daemon={"poll_seconds": 3600, "poll_max_seconds": 3600})
    daemon = world.run()
    until(lambda: world.status()["mirrors"][0]["state"] == "settled", "it settles")  # else its first poll may find it
    world.site.add("Fox.png", b"a fox")
    document = world.sync()
    assert (document["settled"], document["counts"].get("download")) == (True, 1)
    assert world.files() == {"Fox.png": b"a fox"}
    status = world.status()
    assert (status["daemon"], status["mirrors"][0]["watching"]) in {("running", "inotify"), ("running", "polling")}
    assert status["mirrors"][0]["last_poll"]
    for command in (["held"], ["conflicts"], ["trash", "list"], ["history"], ["ls"], ["space"], ["verify"]):
        world.syncd(*command, "--json").ok()
    for about in ("why", "show", "link"):
        world.syncd(about, "Stash/Fox.png", "--json").ok()
    world.syncd("edit", "Stash/Fox.png", "--title", "Vixen").ok()
    world.sync()
    assert world.files() == {"Vixen.png": b"a fox"}
    assert world.sync("--dry-run")["actions"] == []
    assert end(daemon) == 0


def test_a_paused_daemon_rests_until_it_is_told_to_go_on(world: World) -> None:
    daemon = world.run()
    until(lambda: world.status()["mirrors"][0]["state"] == "settled", "it settles")
    world.syncd("pause").ok()
    assert world.status()["mirrors"][0]["state"] == "paused"
    world.site.add("Fox.png", b"a fox")
    world.syncd("resume").ok()
    until(lambda: world.files() == {"Fox.png": b"a fox"}, "it goes on")
    world.syncd("pause", "--for", "1s").ok()
    until(lambda: world.status()["mirrors"][0]["state"] != "paused", "it goes on by itself")
    assert end(daemon) == 0


def test_pausing_needs_a_daemon(world: World) -> None:
    told = world.syncd("pause", "--json")
    assert told.code not in (0, 70)
    assert told.document["errors"]


def test_status_is_watched_until_ctrl_c(world: World) -> None:
    world.sync()
    watching = world.start("status", "--watch")
    until(lambda: any("stash: settled" in log.read_text() for log in world.base.glob("log *")), "it is drawn")
    world.write("Fox.png", b"a fox")
    world.sync()
    until(lambda: any("1 item, " in log.read_text() for log in world.base.glob("log *")), "what is new is drawn")
    assert end(watching, signal.SIGINT) == 0


def test_the_daemon_outlives_a_server_that_is_down(world: World) -> None:
    world.site.add("Fox.png", b"a fox")
    world.server.stop()
    daemon = world.run()
    until(lambda: world.status()["mirrors"][0]["state"] == "offline", "it says so")
    world.server.start()
    until(lambda: world.files() == {"Fox.png": b"a fox"}, "it goes on")
    assert end(daemon) == 0


def test_the_daemon_waits_for_a_login(world: World) -> None:
    world.syncd("logout").ok()
    daemon = world.run()
    until(lambda: world.status()["mirrors"][0]["state"] == "login-needed", "it says so")
    world.server.stop()
    world.server.start()
    world.site.http.headers["Authorization"] = f"Bearer {world.server.login['access_token']}"
    world.site.add("Fox.png", b"a fox")
    world.syncd("login", "--token-file", str(world.base / "token.json")).ok()
    until(lambda: world.files() == {"Fox.png": b"a fox"}, "it goes on")
    assert end(daemon) == 0


def test_the_daemon_ends_on_either_signal_and_a_second_one_is_refused(world: World) -> None:
    daemon = world.run()
    assert world.syncd("run").code == 75
    assert end(daemon, signal.SIGINT) in (0, 130)


def test_a_lock_without_a_socket_is_75(world: World) -> None:
    world.sync()
    with Path(world.state / "stash" / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        document = world.sync(code=75)
        assert document["errors"][0]["error"] == "busy"
        assert document["errors"][0]["remedy"]
        assert world.status()["mirrors"]
        world.syncd("history").ok()


@pytest.mark.parametrize("after", [0.9, 1.3])
def test_a_kill_in_the_middle_leaves_no_duplicate_and_no_partial_file(make: Callable[..., World], after: float) -> None:
    world = make()
    for number in range(15):
        world.site.add(f"There {number}.txt", f"there {number}".encode() * 1000)
    for number in range(15):
        world.write(f"Here {number}.txt", f"here {number}".encode() * 1000)
    wanted = {f"There {n}.txt": f"there {n}".encode() * 1000 for n in range(15)}
    wanted |= {f"Here {n}.txt": f"here {n}".encode() * 1000 for n in range(15)}
    process = world.start("sync")
    try:
        process.wait(after)
    except Exception:  # noqa: BLE001 - the time-out is the point
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    here = world.files()
    assert all(wanted[path] == content for path, content in here.items())
    world.sync()
    assert world.files() == wanted
    titles = Counter(
        entry["metadata"]["title"] for entry in world.site.entries() if entry.get("itemid") and entry["metadata"]
    )
    assert titles == Counter(path.removesuffix(".txt") for path in wanted)


def test_a_second_ctrl_c_ends_a_sync_at_once_though_the_server_says_nothing(world: World) -> None:
    files = {f"Fox {number}.txt": f"fox {number}".encode() * 100 for number in range(300)}
    for path, content in files.items():
        world.write(path, content)
    process = world.start("sync", "--json")
    until(world.there, "it sends")
    world.server.process.send_signal(signal.SIGSTOP)

    def is_over() -> bool:
        process.send_signal(signal.SIGINT)  # (two that come together are one)
        return process.poll() is not None

    try:
        until(is_over, "it ends")
    finally:
        world.server.process.send_signal(signal.SIGCONT)
    assert process.returncode == 130
    (told,) = world.base.glob("log *")
    assert json.loads(told.read_text())["errors"][0]["error"] == "interrupted"
    world.sync()
    assert set(world.there().values()) == set(files.values())


def test_sigterm_ends_a_sync_in_good_order(world: World) -> None:
    for number in range(20):
        world.write(f"Fox {number}.txt", f"fox {number}".encode() * 1000)
    process = world.start("sync")
    until((world.state / "stash" / "state.db").exists, "it began")
    assert end(process) in (0, 143)
    world.sync()
    assert len(world.there()) == 20
