"""Servers of other habits (W18-W22): the main job is done under each choice that nobody documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.core.errors import Refused, Throttled, Unreachable
from syncd.core.model import Changes, Into, Item, Make, Withdrawn
from syncd.engine import cycle
from syncd.remotes.faces import Drained, Page, Problem, Reset, Told
from syncd.server import Choices, Settings, serving
from tests.engine.desks import Desk, at_server, desk, reopened
from tests.engine.rest import rests

HABITS = {
    "resets-on-every-page": Choices(reset_on_every_page=True, draft_page=3, v1_page=3),
    "another-cursor-a-page": Choices(cursor_changes_across_pages=True, draft_page=2, v1_page=2),
    "leaves-not-listed": Choices(leaves_listed=False),
    "leaves-not-listed-named": Choices(leaves_listed=False, named_leaf=True),
    "named-leaf": Choices(named_leaf=True),
    "children-first": Choices(parents_first=False, draft_page=2, v1_page=2),
    "same-title-another-stack": Choices(stack_name_appends=False),
    "answers-the-leaf": Choices(submit_answers_leaf=True),
    "moved-item-not-listed": Choices(moved_item_listed=False),
    "ghosts-listed": Choices(ghosts_listed=True),
    "resets-soon": Choices(reset_after_changes=2, draft_page=3, v1_page=3),
    "small-pages": Choices(draft_page=2, v1_page=2, draft_null_next_offset=True),
    "cuts-titles": Choices(title_length=12),
}


ONLY_V1 = {"leaves-not-listed", "leaves-not-listed-named", "answers-the-leaf", "moved-item-not-listed"}


@pytest.fixture(params=["draft15", "v1"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=HABITS)
def odd(request: pytest.FixtureRequest, tmp_path: Path, dialect: str) -> Iterator[Desk]:
    """A desk at a server of odd habits."""
    if dialect != "v1" and request.param in ONLY_V1:
        pytest.skip("a habit that only v1 can have")
    with desk(tmp_path, dialect, choices=HABITS[request.param]) as found:
        yield found


def _agree(one: Desk, expected: dict[str, bytes]) -> None:
    run = one.sync()
    assert run.report.settled, run.report
    assert one.files() == expected
    deep = {k.removesuffix(".txt"): v for k, v in expected.items()}
    found = {k.replace(" / ", "/"): v for k, v in one.titles().items()}
    assert found == deep


def test_what_happens_here_arrives_there(odd: Desk) -> None:
    odd.write("root.txt", "root")
    odd.write("A/one.txt", "one")
    odd.write("A/two.txt", "two")
    odd.write("A/Deep/three.txt", "three")
    odd.write("B/four.txt", "four")
    tree = {"root.txt": b"root", "A/one.txt": b"one", "A/two.txt": b"two", "A/Deep/three.txt": b"three"}
    _agree(odd, tree | {"B/four.txt": b"four"})
    odd.write("A/one.txt", "ONE!")
    odd.rename("B/four.txt", "A/four.txt")
    odd.rename("A/two.txt", "A/zwei.txt")
    odd.sync()  # where a folder is its only item's own leaf, it goes along with that item
    odd.rename("root.txt", "B/root.txt")
    after = {"A/one.txt": b"ONE!", "A/four.txt": b"four", "A/zwei.txt": b"two", "B/root.txt": b"root"}
    _agree(odd, after | {"A/Deep/three.txt": b"three"})
    odd.rename("A", "Z")
    odd.remove("Z/zwei.txt")
    moved = {"Z/one.txt": b"ONE!", "Z/four.txt": b"four", "B/root.txt": b"root", "Z/Deep/three.txt": b"three"}
    _agree(odd, moved)
    odd.rename("Z/four.txt", "four.txt")
    _agree(odd, {"Z/one.txt": b"ONE!", "four.txt": b"four", "B/root.txt": b"root", "Z/Deep/three.txt": b"three"})
    rests(odd)


def test_what_happens_there_arrives_here(odd: Desk) -> None:
    odd.submit("root.txt", "root")
    one = odd.submit("one.txt", "one", target=Make("A", None))
    assert one.folder is not None
    two = odd.submit("two.txt", "two", target=Into(one.folder))
    four = odd.submit("four.txt", "four", target=Make("B", None))
    assert four.folder is not None
    _agree(odd, {"root.txt": b"root", "A/one.txt": b"one", "A/two.txt": b"two", "B/four.txt": b"four"})
    odd.overwrite(one, "one.txt", "ONE!")
    odd.there.edit(two.id, Changes(title="zwei"))
    now = odd.there.read(two.id)
    assert isinstance(now, Item)
    odd.there.move(now, Into(four.folder))
    _agree(odd, {"root.txt": b"root", "A/one.txt": b"ONE!", "B/zwei.txt": b"two", "B/four.txt": b"four"})
    odd.there.rename_folder(four.folder, "Z")
    odd.there.delete(two.id)
    _agree(odd, {"root.txt": b"root", "A/one.txt": b"ONE!", "Z/four.txt": b"four"})
    rests(odd)


def test_both_sides_at_once(odd: Desk) -> None:
    odd.submit("theirs.txt", "theirs", target=Make("A", None))
    odd.write("A/mine.txt", "mine")
    odd.write("same.txt", "same")
    odd.submit("same.txt", "same")
    run = odd.sync()
    assert run.report.settled, run.report
    assert odd.files() == {"A/theirs.txt": b"theirs", "A/mine.txt": b"mine", "same.txt": b"same"}
    assert sorted(odd.titles().values()) == [b"mine", b"same", b"theirs"]
    rests(odd)


# --- servers that page for ever, refuse their cursor, or tell half


class _Told:
    """Exchanges what the next drains of a desk tell."""

    def __init__(self, one: Desk, *drains: object) -> None:
        self.one, self.drains = one, list(drains)
        self.real = one.lossy.remote.drain
        one.lossy.remote.drain = self.drain  # type: ignore[method-assign]

    def drain(self, cursor: str | None, known: object) -> Iterator[Told]:
        following = self.drains.pop(0) if self.drains else None
        if isinstance(following, Exception):
            raise following
        told = list(self.real(cursor, known))  # type: ignore[arg-type]
        return iter(following(told) if callable(following) else told)


@pytest.mark.parametrize("error", [Unreachable("pages for ever"), Unreachable("the cursor was refused twice")])
def test_a_delta_that_makes_no_sense_is_tried_again_and_deletes_nothing(two: Desk, error: Exception) -> None:
    two.write("a.txt", "a")
    two.sync()
    _Told(two, error, error)
    two.write("b.txt", "b")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.titles() == {"a": b"a", "b": b"b"}


def test_a_throttled_delta_is_waited_for(two: Desk) -> None:
    two.write("a.txt", "a")
    _Told(two, Throttled("slow down", retry_at=two.hours.now() + 20.0))
    run = two.sync()
    assert run.report.settled, run.report
    assert sum(two.hours.slept) >= 19.0


def test_a_drain_that_moved_says_nothing_about_absence(two: Desk) -> None:
    """The listing lost an item to a shifted offset; its pages named several cursors."""
    for name in "abc":
        two.write(f"{name}.txt", name)
    two.sync()
    lost = two.mirror.store.agreed.at("b.txt")
    assert lost is not None

    def shifted(told: list[Told]) -> list[Told]:
        pages = [
            Page(tuple(e for e in t.entries if getattr(e, "id", None) != lost.id)) if isinstance(t, Page) else t
            for t in told[:-1]
        ]
        assert isinstance(told[-1], Drained)
        return [*pages, Drained(told[-1].cursor, epoch=True, steady=False)]

    _Told(two, *[shifted] * 5)
    run = two.sync(true_up=True)
    assert set(two.files()) == {"a.txt", "b.txt", "c.txt"}
    assert run.report.settled, run.report


def test_what_one_of_five_drains_that_moved_told_is_not_taken_for_gone_by_the_last(two: Desk) -> None:
    two.write("a.txt", "a")
    two.sync()
    two.submit("Fox.txt", "fox")

    def moved(told: list[Told]) -> list[Told]:
        assert isinstance(told[-1], Drained)
        return [*told[:-1], replace(told[-1], steady=False)]

    def moved_past(told: list[Told]) -> list[Told]:
        return [Page(()), *moved(told)[-1:]]

    _Told(two, moved, *[moved_past] * 4)
    assert cycle(two.mirror).true_up_wanted
    assert two.files() == {"a.txt": b"a", "Fox.txt": b"fox"}


def test_what_a_listing_that_moved_told_is_not_taken_for_gone_by_the_changes_told_after_it(two: Desk) -> None:
    """The server reset a drain, which was repeated from the stored cursor: that tells only what is new."""
    for name in "abc":
        two.write(f"{name}.txt", name)
    two.sync()
    two.sync(true_up=True)
    items = tuple(two.listing()[0].values())

    def listed(told: list[Told]) -> list[Told]:
        assert isinstance(told[-1], Drained)
        return [Reset(), Page(items[:1]), Drained(told[-1].cursor, epoch=True, steady=False)]

    told = _Told(two, listed)
    asked: list[int] = []
    real = two.mirror.remote.read

    def counted(itemid: int) -> Item | Withdrawn:
        asked.append(itemid)
        return real(itemid)

    two.mirror.remote.read = counted  # type: ignore[method-assign]
    assert cycle(two.mirror).error is None
    assert not told.drains and not asked


def test_a_listing_that_is_wanted_outlives_the_process(two: Desk) -> None:
    """Five drains moved, so the last one's cursor was taken (W21): what it is past is not told by any later one."""
    two.write("a.txt", "a")
    two.sync()
    two.submit("Fox.txt", "fox")

    def moved(told: list[Told]) -> list[Told]:
        assert isinstance(told[-1], Drained)
        return [Page(()), replace(told[-1], steady=False)]

    _Told(two, *[moved] * 5)
    assert cycle(two.mirror).true_up_wanted
    one = reopened(two)
    assert not cycle(one.mirror).true_up_wanted
    assert one.files() == {"a.txt": b"a", "Fox.txt": b"fox"}
    drains: list[str | None] = []
    real = one.mirror.remote.drain

    def counted(cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:
        drains.append(cursor)
        return real(cursor, known)

    one.mirror.remote.drain = counted  # type: ignore[method-assign]
    one.sync()
    assert None not in drains


def test_an_empty_listing_deletes_nothing(two: Desk) -> None:
    for name in "abc":
        two.write(f"{name}.txt", name)
    two.sync()
    _Told(two, lambda told: [told[-1]])
    run = two.sync(true_up=True)
    assert set(two.files()) == {"a.txt", "b.txt", "c.txt"}
    assert {held.kind for held in run.report.held} <= {"delete-local"}


def test_one_absent_from_a_complete_listing_is_asked_for_before_anything_is_deleted(two: Desk) -> None:
    for name in "abcd":
        two.write(f"{name}.txt", name)
    two.sync()
    lost = two.mirror.store.agreed.at("b.txt")
    assert lost is not None

    def without(told: list[Told]) -> list[Told]:
        return [
            Page(tuple(e for e in t.entries if getattr(e, "id", None) != lost.id)) if isinstance(t, Page) else t
            for t in told
        ]

    _Told(two, without)
    run = two.sync(true_up=True)
    assert set(two.files()) == {"a.txt", "b.txt", "c.txt", "d.txt"}
    assert not run.actions


def test_an_item_that_the_server_refuses_to_tell_of_stops_nothing_else(two: Desk) -> None:
    for name in "ab":
        two.write(f"{name}.txt", name)
    two.sync()
    lost = two.mirror.store.agreed.at("b.txt")
    assert lost is not None

    def refused() -> None:
        two.lossy.suffer("read", applied=False, error=Refused("It is not to be told."), before=refused)

    two.lossy.remote.delete(lost.id)
    two.write("c.txt", "c")
    refused()
    run = two.sync()
    assert two.titles() == {"a": b"a", "c": b"c"}
    assert set(two.files()) == {"a.txt", "b.txt", "c.txt"}
    assert {(failure.path, failure.action) for failure in run.report.failures} >= {("b.txt", "look")}
    assert {failure.path for failure in run.report.failures} == {"b.txt"}
    two.lossy.faults.clear()
    two.hours.ahead += 3601.0
    run = two.sync()
    assert set(two.files()) == {"a.txt", "c.txt"}
    assert run.report.settled and not run.report.failures, run.report


@pytest.mark.parametrize("dialect", ["draft15", "v1"])
def test_a_title_that_the_server_cuts_to_the_one_it_has_is_no_change_to_wait_for(tmp_path: Path, dialect: str) -> None:
    """Such a write is never told by the delta (here not even its time is another), so what was told still counts."""
    settings = Settings(choices=Choices(title_length=3), clock=lambda: 1_700_000_000.0)
    with serving(tmp_path / "server", settings=settings) as server, at_server(tmp_path, server, dialect) as one:
        one.write("Foxy.txt", "fox")
        one.write("A/other.txt", "other")
        assert one.sync().report.settled
        (name,) = (name for name in one.files() if "/" not in name)
        one.rename(name, "Foxes.txt")
        assert one.sync().report.settled
        one.rename("Foxes.txt", "A/Foxes.txt")
        run = one.sync()
        assert run.report.settled, run.report
        assert one.files()["A/Foxes.txt"] == b"fox"
        assert one.titles() in ({"A/Fox": b"fox", "A/oth": b"other"}, {"A / Fox": b"fox", "A / oth": b"other"})


def test_an_entry_that_cannot_be_read_is_asked_for_again_at_once(two: Desk) -> None:
    """The cursor does not pass it (I10), and a complete listing ends the failure."""
    two.write("a.txt", "a")
    two.sync()
    cursor = two.mirror.store.remote.cursor
    two.submit("Fox.txt", "fox")

    def torn(told: list[Told]) -> list[Told]:
        return [Page((), (Problem(None, "not an object"),)) if isinstance(t, Page) else t for t in told]

    _Told(two, torn)
    report = cycle(two.mirror)
    assert report.true_up_wanted and [failure.action for failure in report.failures] == ["look"]
    assert two.mirror.store.remote.cursor == cursor
    _Told(two, lambda told: told)
    run = two.sync(true_up=True)
    assert run.report.settled and not run.report.failures, run.report
    assert two.files() == {"a.txt": b"a", "Fox.txt": b"fox"}


@pytest.mark.parametrize("other", ["moved in", "new"])
def test_a_folder_that_leaves_with_its_only_item_takes_nothing_in(tmp_path: Path, other: str) -> None:
    """On a v1 server whose named stack is the item's own leaf, moving the item out moves the stack."""
    with desk(tmp_path, "v1", choices=Choices(named_leaf=True)) as one:
        one.write("D/out.txt", "out")
        one.write("in.txt" if other == "moved in" else "keep.txt", "in")
        assert one.sync().report.settled
        one.rename("D/out.txt", "out.txt")
        if other == "moved in":
            one.rename("in.txt", "D/in.txt")
        else:
            one.write("D/in.txt", "in")
        run = one.sync()
        assert run.report.settled, run.report
        assert {"out.txt", "D/in.txt"} <= one.files().keys()
        assert one.titles().keys() == {name.removesuffix(".txt") for name in one.files()}
        rests(one)
