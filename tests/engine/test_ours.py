"""What somebody puts in the place of our own write before its first reading is not taken for ours (W25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from syncd.core.actions import Adopt
from syncd.core.guard import Brake
from syncd.core.model import Into, Item, Make
from syncd.engine import Policy, verify
from syncd.engine.removing import adopt
from syncd.remotes.faces import Drained, Told
from syncd.remotes.registry import Surroundings
from syncd.server import Choices
from tests.engine.desks import Desk, connected, desk
from tests.engine.lossy import Lossy
from tests.kill.artist import png


class Between(httpx.HTTPTransport):
    """After the next answer to a submission that carries a file, and before anybody hears of it, something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], object] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        kind = request.headers.get("content-type", "")
        if self.then and request.url.path.endswith("stash/submit") and kind.startswith("multipart"):
            answer.read()
            act, self.then = self.then, None
            act()
        return answer


@pytest.fixture(params=["draft10", "draft15", "v1"])
def between(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Desk, Between]]:
    """A desk, and its transport."""
    with desk(tmp_path, request.param) as one:
        transport = Between()
        remote = connected(one.serving, one.dialect, Surroundings(transport=transport))
        one.mirror = replace(one.mirror, remote=Lossy(remote))
        yield one, transport
        remote.close()


def sole(one: Desk) -> Item:
    (found,) = one.listing()[0].values()
    return found


def told(one: Desk) -> list[tuple[str, str]]:
    return [(found.kind.value, found.path) for found in verify(one.mirror, content=True)]


MINE, ALIKE, THEIRS = (png(5, 5) + end for end in (b"mine", b"mime", b"by somebody else"))


@pytest.mark.parametrize("step", ["submitted", "replaced"])
def test_other_bytes_of_another_size_come_at_once_where_sizes_are_told(
    between: tuple[Desk, Between], step: str
) -> None:
    one, transport = between
    if one.dialect == "v1":
        pytest.skip("v1 tells sizes as people read them")
    if step == "replaced":
        one.write("Fox.png", png(5, 5))
        one.sync()
    one.write("Fox.png", MINE)
    transport.then = lambda: one.overwrite(sole(one), "Fox.png", THEIRS)
    run = one.sync()
    assert one.files() == {"Fox.png": THEIRS}
    assert list(one.titles().values()) == [THEIRS]
    assert run.report.settled
    assert told(one) == []


@pytest.mark.parametrize("step", ["submitted", "replaced"])
def test_other_bytes_of_the_same_size_are_named_and_come_with_a_true_up(
    between: tuple[Desk, Between], step: str
) -> None:
    one, transport = between
    if step == "replaced":
        one.write("Fox.png", png(5, 5))
        one.sync()
    one.write("Fox.png", MINE)
    transport.then = lambda: one.overwrite(sole(one), "Fox.png", ALIKE)
    one.sync()
    assert told(one) == [("changed-there", "Fox.png")]
    one.sync(true_up=True)
    assert one.files() == {"Fox.png": ALIKE}
    assert told(one) == []


@pytest.mark.parametrize("there", ["deleted", "published"])
@pytest.mark.parametrize("here", ["as it was", "edited", "deleted", "renamed"])
def test_what_goes_there_before_its_first_listing_is_noticed(two: Desk, here: str, there: str) -> None:
    """No tombstone tells of it: for the cursor from before the submission it never was there."""
    two.write("a.txt", "one")
    two.write("b.txt", "two")
    two.lossy.meanwhile("submit a", after=lambda: _goes(two, there, here))
    run = two.sync()
    kept = {"deleted": {}, "published": {"a.txt": b"one"}}[there]
    match here:
        case "edited":
            kept = {"a.txt": b"three"}
        case "deleted":
            kept = {}
        case "renamed":
            kept = {"c.txt": b"one"} if kept else {}
    assert two.files() == {"b.txt": b"two"} | kept
    assert two.titles() == {"b": b"two"} | ({"a": b"three"} if (here, there) == ("edited", "deleted") else {})
    assert run.report.settled, run.report


@pytest.mark.parametrize("there", ["deleted", "published"])
@pytest.mark.parametrize("dialect", ["draft15", "v1"])
def test_it_is_noticed_where_no_listing_is_ever_steady(tmp_path: Path, dialect: str, there: str) -> None:
    """And asked for once: no poll after that lists everything again."""
    choices = Choices(cursor_changes_across_pages=True, draft_page=2, v1_page=4)
    with desk(tmp_path, dialect, choices=choices, policy=Policy(brake=Brake(20, 0))) as one:
        for number in range(5):
            one.submit(f"{number}.txt", f"text {number}")
        one.sync()
        one.write("a.txt", "one")
        one.lossy.meanwhile("submit a", after=lambda: _goes(one, there, "as it was"))
        one.sync()
        before = one.remote.requests()["delta"]
        run = one.sync()
        assert one.remote.requests()["delta"] - before == 1
        assert run.report.settled or run.report.held, run.report


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("dialect", ["draft15", "v1"])
def test_what_went_there_over_the_brake_is_held_where_no_listing_is_ever_steady(
    tmp_path: Path, dialect: str, moved: bool
) -> None:
    """Every listing leaves open whether it is there (W21), and no tombstone need ever come."""
    choices = Choices(cursor_changes_across_pages=True, reset_after_changes=2, draft_page=2, v1_page=4)
    with desk(tmp_path, dialect, choices=choices, policy=Policy(brake=Brake(1, 1))) as one:
        for number in range(5):
            one.submit(f"{number}.txt", f"text {number}")
        one.write("d/there.txt", "there")
        one.sync()
        for itemid in [item.id for item in one.listing()[0].values() if item.title in {"0", "1", "2"}]:
            one.there.delete(itemid)
        for number in range(3) if moved else ():
            one.rename(f"{number}.txt", f"d/{number}.txt")
        run = one.sync()
        assert [(held.kind, len(held.subjects)) for held in run.report.held] == [("delete-local", 3)], run.report
        assert not run.report.pending and not run.report.failures, run.report


def _goes(one: Desk, there: str, here: str) -> None:
    item = next(each for each in one.listing()[0].values() if each.title == "a")
    one.ever.discard(b"one")
    if there == "deleted":
        one.there.delete(item.id)
    else:
        one.publish(item.id)
    match here:
        case "edited":
            one.write("a.txt", "three")
        case "deleted":
            one.remove("a.txt")
        case "renamed":
            one.rename("a.txt", "c.txt")


class Late(Lossy):
    """Its next listing is an old one, which tells nothing new."""

    old = False

    def drain(self, cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:
        if self.old and cursor is not None:
            self.old = False
            return iter([Drained(cursor, epoch=False, steady=True)])
        return super().drain(cursor, known)


def test_what_is_listed_late_is_asked_for_once_and_stays(two: Desk) -> None:
    two.sync()
    two.mirror = replace(two.mirror, remote=(late := Late(two.remote)))
    two.write("a.txt", "one")
    late.meanwhile("submit", after=lambda: setattr(late, "old", True))
    before = two.remote.requests()
    run = two.sync()
    after = two.remote.requests()
    assert (late.old, run.report.settled, two.files()) == (False, True, {"a.txt": b"one"})
    reads = {name: after[name] - before.get(name, 0) for name in ("item", "metadata", "delta") if name in after}
    assert reads == {"v1": {"item": 2, "delta": 1}, "draft15": {"metadata": 1, "delta": 1}}[two.dialect]


def test_a_text_that_was_replaced_and_moved_there_right_after_our_rename_is_fetched(two: Desk) -> None:
    """Of a text v1 tells no version; what stands elsewhere now is no echo of ours, whatever it is called."""
    one = two
    one.write("Birds/Hen.txt", "hen")
    one.write("Fox.txt", "fox")
    one.sync(true_up=True)
    birds = one.mirror.store.agreed.folder_at("Birds")
    assert birds is not None
    fox = next(each for each in one.listing()[0].values() if each.title == "Fox")

    def theirs() -> None:
        one.overwrite(fox, "Fox.txt", "fax")
        now = one.there.read(fox.id)
        assert isinstance(now, Item)
        one.there.move(now, Into(birds.id))

    one.rename("Fox.txt", "Vixen.txt")
    one.lossy.meanwhile("edit", after=theirs)
    one.sync()
    assert one.files() == {"Birds/Hen.txt": b"hen", "Birds/Vixen.txt": b"fax"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_picture_that_becomes_a_text_there_about_when_we_move_it_is_fetched(two: Desk, when: str) -> None:
    """v1 tells a version of the one and none of the other: that it tells none now is no echo of ours."""
    one = two
    one.submit("Hen.txt", "hen", target=Make("Birds", None))
    fox = one.submit("Fox.png", png(5, 5))
    one.sync()
    one.rename("Fox.png", "Birds/Fox.png")
    change = {when: lambda: one.overwrite(fox, "Fox.txt", "a text now")}
    one.lossy.meanwhile("drain" if when == "before" else "move", **change)
    one.sync()
    assert sorted(one.files().values()) == [b"a text now", b"hen"]


def test_an_echo_in_a_place_that_was_not_agreed_proves_nothing(two: Desk) -> None:
    """The name stays, as it is agreed, so both sides seem to hold the same: that is no proof of the bytes."""
    one = two
    one.write("Birds/Hen.txt", "hen")
    one.write("Fox.txt", "fox")
    one.sync()
    before = one.mirror.store.agreed.at("Fox.txt")
    assert before is not None and before.provisional
    told = one.mirror.store.remote.item(before.id)
    assert told is not None
    file = one.mirror.store.local.file("Fox.txt")
    assert file is not None
    adopt(one.mirror, Adopt(told.item, before.folder, file, "its name stays"))
    after = one.mirror.store.agreed.at("Fox.txt")
    assert after is not None and after.provisional


def test_a_new_file_of_the_bytes_that_we_sent_is_not_followed_before_these_are_proven(
    between: tuple[Desk, Between],
) -> None:
    """What was told of the item was taken for our echo: somebody had other bytes there, which replaced the new file."""
    one, transport = between
    one.write("Fox.txt", "fox")
    transport.then = lambda: one.overwrite(sole(one), "Fox.txt", "fax")
    one.sync()
    one.remove("Fox.txt")
    one.write("Wolf.txt", "fox")
    one.sync()
    run = one.sync(true_up=True)
    assert run.report.settled, run.report
    assert one.files() == {"Fox.txt": b"fax", "Wolf.txt": b"fox"}


def test_what_was_fetched_before_is_no_proof_of_an_echo_since(between: tuple[Desk, Between]) -> None:
    one, _ = between
    one.write("Fox.txt", "fox")
    one.sync()
    for old, new in (("Fox", "Wolf"), ("Wolf", "Hen")):
        one.remove(f"{old}.txt")
        one.write(f"{new}.txt", "fox")
        one.sync()
    run = one.sync()
    assert run.report.settled, run.report
    assert list(one.titles()) == ["Hen"]
    assert one.files() == {"Hen.txt": b"fox"}
