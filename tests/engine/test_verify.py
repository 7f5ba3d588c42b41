"""`verify` names every kind of difference between disk, store and remote, changes nothing, and is clean at rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.core.model import AtRoot, Changes, Into, Item, Make
from syncd.engine import verify
from syncd.engine.difference import Kind
from syncd.server import Choices
from tests.engine.desks import Desk, desk
from tests.kill.artist import png


@pytest.fixture(params=["draft15", "v1"])
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A mirror of a new account; what is done to its database here need not come to rest."""
    with desk(tmp_path, request.param) as one:
        yield one


def found(one: Desk, *, content: bool = False) -> list[tuple[str, str]]:
    """The kinds of difference, and what they are about."""
    requests, files, rows = one.changing(), one.visible(), one.mirror.store.changes
    told = [(each.kind.value, each.path) for each in verify(one.mirror, content=content)]
    assert (one.changing(), one.visible(), one.mirror.store.changes) == (requests, files, rows), "it changed something"
    return sorted(told)


def item(one: Desk, title: str) -> Item:
    return next(each for each in one.listing()[0].values() if each.title == title)


def stocked(one: Desk) -> Desk:
    """Two files at the root and two in a folder, in step."""
    one.write("Fox.txt", "a fox")
    one.write("Hen.txt", "a hen")
    one.write("Birds/Owl.txt", "an owl")
    one.write("Birds/Elk.txt", "an elk")
    one.sync()
    assert found(one, content=True) == []
    return one


def edit_unseen(one: Desk) -> None:
    """Other bytes of the same length, with the times of before: only hashing tells."""
    file = one.folder / "Fox.txt"
    before = file.stat()
    with file.open("r+b") as open_file:
        open_file.write(b"A")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def forget_the_item(one: Desk) -> None:
    one.mirror.store.remote.forget(item(one, "Fox").id)


def hide(one: Desk) -> None:
    (one.folder / "Fox.txt").chmod(0)


STEPS: dict[Kind, tuple[Callable[[Desk], object], list[tuple[str, str]]]] = {
    Kind.UNSEEN_HERE: (lambda one: one.write("New.txt", "new"), [("unseen-here", "New.txt")]),
    Kind.MISSING_HERE: (lambda one: (one.folder / "Fox.txt").unlink(), [("missing-here", "Fox.txt")]),
    Kind.MOVED_HERE: (
        lambda one: (one.folder / "Fox.txt").rename(one.folder / "Birds" / "Vixen.txt"),
        [("moved-here", "Fox.txt")],
    ),
    Kind.CHANGED_HERE: (lambda one: one.write("Fox.txt", "another fox"), [("changed-here", "Fox.txt")]),
    Kind.UNSEEN_THERE: (lambda one: one.submit("New.txt", "new"), [("unseen-there", "New")]),
    Kind.MISSING_THERE: (lambda one: one.there.delete(item(one, "Fox").id), [("missing-there", "Fox.txt")]),
    Kind.MOVED_THERE: (
        lambda one: one.there.move(item(one, "Fox"), Into(one.mirror.store.agreed.every_folder()[0].id)),
        [("moved-there", "Fox.txt")],
    ),
    Kind.RENAMED_THERE: (
        lambda one: one.there.edit(item(one, "Fox").id, Changes(title="Vixen")),
        [("renamed-there", "Fox.txt")],
    ),
    Kind.WITHOUT_ITEM: (forget_the_item, [("without-item", "Fox.txt")]),
}


@pytest.mark.parametrize("kind", STEPS)
def test_each_kind_of_difference_is_named(kind: Kind, plain: Desk) -> None:
    step, expected = STEPS[kind]
    one = stocked(plain)
    step(one)
    assert found(one) == expected
    assert found(one, content=True) == expected


def test_an_item_that_got_other_bytes_there_is_named_where_the_remote_tells(tmp_path: Path) -> None:
    with desk(tmp_path, "draft15") as one:
        stocked(one)
        one.overwrite(item(one, "Fox"), "Fox.txt", "another fox")
        assert found(one) == [("changed-there", "Fox.txt")]


def test_what_came_from_there_and_got_other_bytes_there_is_named(plain: Desk) -> None:
    """Its bytes are known, but under the version that it had then."""
    fox = plain.submit("Fox.png", png(5, 5))
    plain.sync()
    plain.overwrite(fox, "Fox.png", png(6, 6))
    assert found(plain) == [("changed-there", "Fox.png")]


def test_what_both_sides_have_and_nobody_acted_on_is_new_on_its_side(plain: Desk) -> None:
    one = stocked(plain)
    one.write("Here.txt", "here")
    one.submit("There.txt", "there")
    one.sync(dry_run=True)
    assert found(one) == [("new-here", "Here.txt"), ("new-there", "There")]


def test_bytes_that_changed_behind_the_times_are_found_by_hashing(plain: Desk) -> None:
    one = stocked(plain)
    edit_unseen(one)
    assert (one.folder / "Fox.txt").read_bytes() == b"A fox"
    assert found(one, content=True) == [("changed-here", "Fox.txt")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_named(plain: Desk) -> None:
    one = stocked(plain)
    hide(one)
    assert found(one, content=True) == [("unreadable", "Fox.txt")]
    (one.folder / "Fox.txt").chmod(0o600)


def test_every_kind_has_a_test() -> None:
    elsewhere = {Kind.CHANGED_THERE, Kind.NEW_HERE, Kind.NEW_THERE, Kind.UNREADABLE}
    assert set(STEPS) | elsewhere == set(Kind)


@pytest.mark.parametrize("dialect", ["draft15", "v1"])
@pytest.mark.parametrize(
    "choices",
    [
        Choices(cursor_changes_across_pages=True, draft_page=2, v1_page=2),
        Choices(leaves_listed=False),
        Choices(named_leaf=True),
    ],
    ids=["another-cursor-on-each-page", "leaves-not-listed", "named-leaf"],
)
def test_it_is_clean_at_rest_on_odd_servers_too(choices: Choices, dialect: str, tmp_path: Path) -> None:
    with desk(tmp_path, dialect, choices=choices) as one:
        stocked(one)
        one.submit("Sky.txt", "sky", target=Make("Skies", None))
        one.submit("Sea.txt", "sea", target=AtRoot("Sta.sh Uploads 40"))
        one.sync()
        assert found(one, content=True) == []
