"""What commands answer: their JSON, their lines and codes, in process against a server on the loopback."""

from __future__ import annotations

from collections.abc import Callable

from tests.blackbox.world import World

SYNC_KEYS = {
    *("mirror", "settled", "cycles", "seconds", "actions", "counts", "requests", "bytes", "held", "conflicts"),
    *("errors", "ignored"),
}
MIRROR_KEYS = {
    *("name", "kind", "direction", "folder", "state", "settled", "pending", "held", "conflicts", "errors", "ignored"),
    *("published", "items", "bytes", "space", "last_poll", "next_poll", "watching"),
}


def test_usage_errors_are_2(world: World) -> None:
    assert world.syncd("sync", "--nonsense").code == 2
    told = world.syncd("why", "/elsewhere/x.png")
    assert told.code == 2
    assert str(world.folder) in told.err
    document = world.syncd("sync", "nowhere", "--json").ok(2).document
    assert document["errors"][0]["error"] == "usage"


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
    world.sync()
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
    (row,) = [each for each in world.syncd("ls", "Sketches", "--json").ok().document["ls"] if each["kind"] == "item"]
    assert (row["itemid"], row["state"]) == (itemid, "synced")
    assert "Fox at dawn.png" in world.syncd("ls", "Sketches").ok().out
    assert world.syncd("verify", "--content").ok().out == "No difference.\n"
    assert world.syncd("held").ok().out == "Nothing is held.\n"


def test_several_mirrors_are_told_apart(world: World) -> None:
    section = world.config.read_text().partition("[mirror.stash]")[2]
    world.config.write_text(f"{world.config.read_text()}\n[mirror.other]{section.replace('Stash', 'Other')}")
    world.syncd("login", "other", "--token-file", str(world.base / "token.json")).ok()
    told = world.syncd("sync", "--json").ok(2).document
    assert "stash, other" in told["errors"][0]["message"]
    world.site.add("Fox.png", b"a fox")
    for name in ("stash", "other"):
        world.syncd("sync", name).ok()
    assert (world.base / "Other" / "Fox.png").read_bytes() == b"a fox"
    past = world.syncd("history", "--json").ok().document["history"]
    assert [each["mirror"] for each in past] == ["other", "stash"]
    assert [each["name"] for each in world.status()["mirrors"]] == ["stash", "other"]
    (world.base / "Other" / "Fox.png").unlink()
    world.syncd("sync", "other").ok()
    (trashed,) = world.syncd("trash", "list", "--json").ok().document["trash"]
    assert trashed["mirror"] == "other"
    world.syncd("trash", "restore", trashed["id"]).ok()
    assert (world.base / "Other" / "Fox.png").exists()


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
