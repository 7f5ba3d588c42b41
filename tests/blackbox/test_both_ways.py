"""What happens on one side arrives on the other, in every dialect; over real HTTP, with commands in this process."""

from __future__ import annotations

from collections.abc import Callable

from tests.blackbox.world import World

CHANGING = {"submit", "delete", "move", "update", "folder", "position"}


def changing(document: dict[str, dict[str, int]]) -> int:
    """How many requests of a run changed something there."""
    return sum(count for name, count in document["requests"].items() if name in CHANGING)


def outcomes(document: dict[str, list[dict[str, str]]]) -> set[tuple[str, str, str]]:
    return {(each["action"], each["path"], each["outcome"]) for each in document["actions"]}


def test_the_first_mirror_brings_everything_here(each_desk: World) -> None:
    world = each_desk
    world.site.add("Fox.png", b"a fox")
    world.site.add("Hen.txt", b"a hen", "Sketches")
    world.site.add("Owl.png", b"an owl", "Sketches")
    document = world.sync()
    assert world.files() == {"Fox.png": b"a fox", "Sketches/Hen.txt": b"a hen", "Sketches/Owl.png": b"an owl"}
    assert document["settled"] is True
    assert document["counts"]["download"] == 3
    assert document["bytes"]["down"] >= 16
    again = world.sync()
    assert again["actions"] == []
    assert again["requests"] == {"total": 1, "delta": 1}


def test_what_is_made_here_arrives_there(each_desk: World) -> None:
    world = each_desk
    world.sync()
    world.write("Fox.png", b"a fox")
    world.write("Sketches/Hen.txt", b"a hen")
    world.write("Sketches/Owl.png", b"an owl")
    document = world.sync()
    assert outcomes(document) >= {("upload", "Fox.png", "done"), ("upload", "Sketches/Hen.txt", "done")}
    assert world.there() == {"Fox": b"a fox", "Sketches/Hen": b"a hen", "Sketches/Owl": b"an owl"}
    assert world.files() == {"Fox.png": b"a fox", "Sketches/Hen.txt": b"a hen", "Sketches/Owl.png": b"an owl"}
    assert world.sync()["requests"]["total"] <= 2
    assert changing(world.sync()) == 0


def test_edits_and_renames_here_arrive_there(each_desk: World) -> None:
    world = each_desk
    world.sync()
    world.write("Fox.png", b"a fox")
    world.write("Hen.txt", b"a hen")
    world.sync()
    ids = {place: shown.itemid for place, shown in world.site.items().items()}
    world.write("Fox.png", b"another fox, bigger")
    document = world.sync()
    assert outcomes(document) == {("replace", "Fox.png", "done")}
    (world.folder / "Hen.txt").rename(world.folder / "Rooster.txt")
    document = world.sync()
    assert outcomes(document) == {("rename", "Rooster.txt", "done")}
    assert changing(document) == 1
    assert document["bytes"] == {"up": 0, "down": 0}
    shown = world.site.items()
    assert {place: each.content for place, each in shown.items()} == {
        "Fox": b"another fox, bigger",
        "Rooster": b"a hen",
    }
    assert (shown["Fox"].itemid, shown["Rooster"].itemid) == (ids["Fox"], ids["Hen"])


def test_moves_and_folder_renames_here_are_one_request_each(each_desk: World) -> None:
    world = each_desk
    world.sync()
    world.write("Fox.png", b"a fox")
    world.write("Sketches/Hen.txt", b"a hen")
    world.write("Sketches/Owl.txt", b"an owl")
    world.sync()
    ids = {shown.itemid for shown in world.site.items().values()}
    (world.folder / "Fox.png").rename(world.folder / "Sketches" / "Fox.png")
    document = world.sync()
    assert (changing(document), document["bytes"]) == (1, {"up": 0, "down": 0})
    (world.folder / "Sketches").rename(world.folder / "Drawings")
    document = world.sync()
    assert (changing(document), document["bytes"]) == (1, {"up": 0, "down": 0})
    shown = world.site.items()
    assert set(shown) == {"Drawings/Fox", "Drawings/Hen", "Drawings/Owl"}
    assert {each.itemid for each in shown.values()} == ids
    assert set(world.files()) == {"Drawings/Fox.png", "Drawings/Hen.txt", "Drawings/Owl.txt"}
    assert world.sync()["actions"] == []


def test_edits_renames_and_moves_there_arrive_here(each_desk: World) -> None:
    world = each_desk
    fox, hen = world.site.add("Fox.png", b"a fox"), world.site.add("Hen.txt", b"a hen")
    for name in ("Owl.txt", "Elk.txt"):
        world.site.add(name, name.encode(), "Sketches")
    world.sync()
    inode = (world.folder / "Hen.txt").stat().st_ino
    world.site.replace(fox, "Fox.png", b"another fox, bigger")
    world.site.rename(hen, "Rooster")
    world.sync()
    assert world.files()["Fox.png"] == b"another fox, bigger"
    assert (world.folder / "Rooster.txt").stat().st_ino == inode
    world.site.move(hen, "Sketches")
    world.site.rename_folder("Sketches", "Drawings")
    world.sync()
    assert set(world.files()) == {"Fox.png", "Drawings/Rooster.txt", "Drawings/Owl.txt", "Drawings/Elk.txt"}
    assert (world.folder / "Drawings" / "Rooster.txt").stat().st_ino == inode
    assert not (world.folder / "Sketches").exists()
    assert changing(world.sync()) == 0


def test_deletions_go_both_ways_and_land_in_the_trash(each_desk: World) -> None:
    world = each_desk
    for name in ("Fox.png", "Hen.txt", "Owl.txt"):
        world.site.add(name, name.encode())
    world.sync()
    world.site.delete(world.site.items()["Fox"].itemid)
    (world.folder / "Hen.txt").unlink()
    document = world.sync()
    assert outcomes(document) == {("delete-local", "Fox.png", "done"), ("delete-remote", "Hen.txt", "done")}
    assert world.files() == {"Owl.txt": b"Owl.txt"}
    assert world.there() == {"Owl": b"Owl.txt"}
    trash = world.syncd("trash", "list", "--json").ok().document["trash"]
    assert {each["path"] for each in trash} == {"Fox.png", "Hen.txt"}
    for each in trash:
        world.syncd("trash", "restore", each["id"]).ok()
    world.sync()
    assert world.files() == {name: name.encode() for name in ("Fox.png", "Hen.txt", "Owl.txt")}
    assert set(world.there()) == {"Fox", "Hen", "Owl"}
    assert world.syncd("trash", "list", "--json").ok().document["trash"] == []


def test_both_changed_is_a_conflict_that_keeps_both(desk: Callable[..., World]) -> None:
    world = desk()
    fox = world.site.add("Fox.png", b"a fox")
    world.sync()
    world.site.replace(fox, "Fox.png", b"their fox")
    world.write("Fox.png", b"my fox, larger")
    document = world.sync("--full", code=1)
    (conflict,) = document["conflicts"]
    assert conflict["path"] == "Fox.png"
    assert world.files() == {"Fox.png": b"their fox", conflict["copy"]: b"my fox, larger"}
    assert world.syncd("conflicts", "--json").ok().document == {"conflicts": [conflict]}
    world.syncd("conflicts", "resolve", "Stash/Fox.png", "--keep", "local").ok()
    world.sync()
    assert world.files() == {"Fox.png": b"my fox, larger"}
    assert world.there() == {"Fox": b"my fox, larger"}
    assert world.syncd("conflicts").ok().out == "There is no conflict.\n"


def test_the_brake_holds_many_deletions_until_a_person_answers(desk: Callable[..., World]) -> None:
    world = desk(max_delete_count=2, max_delete_percent=20)
    for number in range(6):
        world.site.add(f"Fox {number}.txt", f"fox {number}".encode())
    world.sync()
    for number in range(4):
        (world.folder / f"Fox {number}.txt").unlink()
    document = world.sync(code=1)
    assert len(world.there()) == 6
    (hold,) = world.syncd("held", "--json").ok().document["held"]
    assert hold["count"] == 4
    assert [each["id"] for each in document["held"]] == [hold["id"]]
    assert world.syncd("held", "confirm", "nothing").code == 1
    world.syncd("held", "confirm", hold["id"]).ok()
    world.sync()
    assert set(world.there()) == {"Fox 4", "Fox 5"}
