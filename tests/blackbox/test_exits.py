"""Exit codes, the shapes of JSON, and what a dry run leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import syncd
from tests.blackbox.world import COMMAND, World, environment

SYNC_KEYS = {
    *("mirror", "settled", "cycles", "seconds", "actions", "counts", "requests", "bytes", "held", "conflicts"),
    *("errors", "ignored"),
}
MIRROR_KEYS = {
    *("name", "kind", "direction", "folder", "state", "settled", "pending", "held", "conflicts", "errors", "ignored"),
    *("published", "items", "bytes", "space", "last_poll", "next_poll", "watching"),
}


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


def test_usage_errors_are_2(world: World) -> None:
    assert world.syncd("sync", "--nonsense").code == 2
    told = world.syncd("why", "/elsewhere/x.png")
    assert told.code == 2
    assert str(world.folder) in told.err
    document = world.syncd("sync", "nowhere", "--json").ok(2).document
    assert document["errors"][0]["error"] == "usage"


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


def test_mistakes_in_the_configuration_are_78_all_in_one_go(make: Callable[..., World]) -> None:
    world = make()
    world.configure(colour="red", max_delete_percent=120)
    told = world.syncd("sync").ok(78)
    assert "mirror.stash.colour" in told.err
    assert "mirror.stash.max_delete_percent" in told.err
    assert world.syncd("status", "--json").ok(78).document["mirrors"] == []
    assert world.syncd("--config", str(world.base / "nowhere.toml"), "sync").code == 78


def test_sync_has_the_shape_that_scripts_rely_on(world: World) -> None:
    world.sync()
    world.write("Fox.png", b"a fox")
    (world.folder / "link").symlink_to("Fox.png")
    document = world.sync()
    assert set(document) >= SYNC_KEYS
    assert (document["mirror"], document["settled"], document["counts"]) == ("stash", True, {"upload": 1})
    (action,) = document["actions"]
    assert {key: action[key] for key in ("action", "path", "outcome")} == {
        "action": "upload",
        "path": "Fox.png",
        "outcome": "done",
    }
    assert action["itemid"] == world.site.items()["Fox"].itemid
    assert action["reason"]
    assert document["ignored"] == {"symlink": 1}
    assert document["requests"]["total"] == sum(n for name, n in document["requests"].items() if name != "total")
    assert document["bytes"]["up"] == 5


def test_status_has_the_shape_that_scripts_rely_on(world: World) -> None:
    world.write("Fox.png", b"a fox")
    before = world.status()
    assert set(before) == {"daemon", "mirrors"}
    assert set(before["mirrors"][0]) >= MIRROR_KEYS
    assert before["mirrors"][0]["settled"] is False
    world.sync()
    (mirror,) = world.status()["mirrors"]
    assert (mirror["state"], mirror["settled"], mirror["items"]) == ("settled", True, 1)
    assert mirror["space"]["total"] > mirror["space"]["available"] > 0
    assert world.syncd("status").ok().out.splitlines()[1].startswith("stash: settled")


def test_a_dry_run_changes_nothing_and_exits_0(world: World) -> None:
    world.site.add("Fox.png", b"a fox")
    world.write("Hen.txt", b"a hen")
    there = world.there()
    document = world.sync("--dry-run")
    planned = {(each["action"], each["outcome"]) for each in document["actions"]}
    assert planned == {("download", "planned"), ("upload", "planned")}
    assert world.files() == {"Hen.txt": b"a hen"}
    assert world.there() == there
    assert not {"submit", "delete", "move", "update"} & set(document["requests"])
    assert "nothing was changed" in world.syncd("sync", "--dry-run").ok().out
    world.sync()
    assert set(world.there()) == {"Fox", "Hen"}


def test_the_commands_that_ask(world: World) -> None:
    world.write("Sketches/Fox at dawn.png", b"a fox")
    world.sync()
    itemid = next(iter(world.site.items().values())).itemid
    path = "Stash/Sketches/Fox at dawn.png"
    inside = world.folder / "Sketches"
    why = world.syncd("why", "Fox at dawn.png", "--json", cwd=inside).ok().document
    assert (why["path"], why["itemid"]) == ("Sketches/Fox at dawn.png", itemid)
    assert "upload" in world.syncd("why", path).ok().out
    (past,) = world.syncd("history", path, "--json").ok().document["history"]
    assert {key: past[key] for key in ("action", "itemid", "outcome")} == {
        "action": "upload",
        "itemid": itemid,
        "outcome": "done",
    }
    assert world.syncd("history", "--limit", "1").ok().out.count("\n") == 1
    link = world.syncd("link", path).ok().out.strip()
    assert link.startswith(("https://sta.sh/0", f"{world.server.address}/0"))
    assert world.syncd("space", "--json").ok().document["total"] > 0
    (row,) = [each for each in world.syncd("ls", "--json").ok().document["ls"] if each["kind"] == "item"]
    assert (row["itemid"], row["state"]) == (itemid, "synced")
    assert "Fox at dawn.png" in world.syncd("ls", "Sketches").ok().out
    assert world.syncd("verify", "--content").ok().out == "No difference.\n"
    assert world.syncd("held").ok().out == "Nothing is held.\n"


def test_verify_names_a_difference_and_exits_1(world: World) -> None:
    world.write("Fox.png", b"a fox")
    world.sync()
    world.write("Fox.png", b"another")
    told = world.syncd("verify", "--json", "--content").ok(1).document
    assert [(each["kind"], each["path"]) for each in told["verify"]] == [("changed-here", "Fox.png")]


def test_an_items_metadata_is_shown_and_changed(world: World) -> None:
    world.write("Fox.png", b"a fox")
    world.sync()
    document = world.syncd(
        *("edit", "Stash/Fox.png", "--title", "Hen", "--comments", "For you", "--keywords", "red, hen", "--json")
    ).ok()
    assert document.document["title"] == "Hen"
    world.sync()
    assert world.files() == {"Hen.png": b"a fox"}
    shown = world.syncd("show", "Stash/Hen.png", "--json").ok().document
    assert (shown["title"], shown["comments"], shown["keywords"]) == ("Hen", "For you", ["red", "hen"])
    world.server.stop()
    assert world.syncd("edit", "Stash/Hen.png", "--title", "Elk").code == 69


def test_secrets_appear_nowhere(world: World) -> None:
    world.write("Fox.png", b"a fox")
    spoken = [world.syncd("--verbose", "sync", "--json"), world.syncd("--verbose", "status"), world.syncd("history")]
    for secret in (world.server.login[key] for key in ("access_token", "refresh_token", "client_secret")):
        for each in spoken:
            assert secret not in each.out + each.err
