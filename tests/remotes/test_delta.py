"""The law of the delta's pages, over a server's pages given as values; every small server is enumerated."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from syncd.core.errors import NotThere, Refused, Unreachable
from syncd.core.model import Folder, FolderGone, Item, ItemGone
from syncd.remotes.faces import Drained, Page, Problem, Reset, Told
from syncd.remotes.stash import delta
from syncd.remotes.stash.leaves import with_leaves
from syncd.remotes.stash.wire import Sheet

Asked = tuple[str | None, int]


def sheet(number: int, of: int, *, cursor: str = "new", reset: bool = False) -> Sheet:
    """Page `number` of so many, with one item each."""
    more = number + 1 < of
    return Sheet(cursor, more, number + 1 if more else None, reset, (Item(number + 1, "", 1, None),), ())


class Server:
    """Tells pages by what is asked; keeps what was asked."""

    def __init__(self, *sheets: Sheet) -> None:
        self.sheets = sheets
        self.asked: list[Asked] = []

    def fetch(self, cursor: str | None, offset: int) -> Sheet:
        self.asked.append((cursor, offset))
        return self.sheets[offset]


def items(told: Iterator[Told]) -> tuple[list[int], Drained]:
    """What an engine would hold at the end of a drain."""
    held: list[int] = []
    for each in told:
        match each:
            case Page(entries):
                held += [entry.id for entry in entries]
            case Reset():
                held = []
            case Drained():
                return held, each
    raise AssertionError("no end")


@pytest.mark.parametrize(("cursor", "epoch"), [("old", False), (None, True), ("", True)])
def test_pages_are_asked_for_under_the_cursor_of_the_beginning(cursor: str | None, epoch: bool) -> None:
    server = Server(*(sheet(number, 3) for number in range(3)))
    held, end = items(delta.drain(server.fetch, cursor))
    assert held == [1, 2, 3]
    assert end == Drained("new", epoch=epoch, steady=True)
    assert server.asked == [(cursor or None, 0), (cursor or None, 1), (cursor or None, 2)]


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_reset_from_the_first_page_on_is_told_once_and_begins_an_epoch(everywhere: bool) -> None:
    server = Server(*(sheet(number, 3, reset=everywhere or number == 0) for number in range(3)))
    told = list(delta.drain(server.fetch, "old"))
    assert [each for each in told if isinstance(each, Reset)] == [told[0]]
    assert items(iter(told)) == ([1, 2, 3], Drained("new", epoch=True, steady=True))


def test_pages_after_a_reset_are_not_asked_for_under_the_cursor_that_was_refused() -> None:
    class Forgetful(Server):
        def fetch(self, cursor: str | None, offset: int) -> Sheet:
            self.asked.append((cursor, offset))
            if cursor is None or offset == 0:
                return sheet(offset, 3, reset=cursor is not None)
            return Sheet("new", False, None, False, (), ())

    server = Forgetful()
    assert items(delta.drain(server.fetch, "old")) == ([1, 2, 3], Drained("new", epoch=True, steady=True))
    assert server.asked == [("old", 0), (None, 0), (None, 1), (None, 2)]


def test_a_reset_of_one_page_is_the_whole_listing() -> None:
    server = Server(sheet(0, 1, reset=True))
    assert items(delta.drain(server.fetch, "old")) == ([1], Drained("new", epoch=True, steady=True))
    assert server.asked == [("old", 0)]


def test_a_reset_in_the_middle_begins_again_from_nothing() -> None:
    class Changing(Server):
        def fetch(self, cursor: str | None, offset: int) -> Sheet:
            self.asked.append((cursor, offset))
            return sheet(offset, 3, reset=cursor is not None and offset == 1)

    server = Changing()
    held, end = items(delta.drain(server.fetch, "old"))
    assert held == [1, 2, 3]
    assert end == Drained("new", epoch=True, steady=True)
    assert server.asked == [("old", 0), ("old", 1), (None, 0), (None, 1), (None, 2)]


def test_a_server_that_resets_in_the_middle_for_ever_is_left_alone() -> None:
    server = Server(sheet(0, 3), sheet(1, 3, reset=True))
    with pytest.raises(Unreachable, match="resets"):
        list(delta.drain(server.fetch, "old"))
    assert len(server.asked) == 2 * (delta.MOST_RESTARTS + 1)


def test_the_last_new_beginning_counts_too() -> None:
    server = Server()

    def fetch(cursor: str | None, offset: int) -> Sheet:
        server.asked.append((cursor, offset))
        return sheet(offset, 2, reset=offset == 1 and len(server.asked) <= 2 * delta.MOST_RESTARTS)

    assert items(delta.drain(fetch, "old"))[0] == [1, 2]


def test_pages_that_name_several_cursors_are_not_steady() -> None:
    server = Server(*(sheet(number, 3, cursor=f"c{number}") for number in range(3)))
    assert items(delta.drain(server.fetch, "old"))[1] == Drained("c2", epoch=False, steady=False)


@pytest.mark.parametrize(
    "bad",
    [
        Sheet("c", True, 0, False, (ItemGone(1),), ()),
        Sheet("c", True, None, False, (ItemGone(1),), ()),
        Sheet("c", True, 1, False, (), ()),
    ],
    ids=["same offset", "no offset", "empty page"],
)
def test_going_in_circles_is_noticed_at_once(bad: Sheet) -> None:
    server = Server(bad, bad)
    with pytest.raises(Unreachable, match="circles"):
        list(delta.drain(server.fetch, "old"))
    assert len(server.asked) == 1


def test_pages_without_end_are_bounded() -> None:
    def fetch(_: str | None, offset: int) -> Sheet:
        return Sheet("c", True, offset + 1, False, (ItemGone(1),), ())

    with pytest.raises(Unreachable, match="no end"):
        for _ in delta.drain(fetch, None):
            pass


@pytest.mark.parametrize("refusal", [Refused("Bad cursor."), NotThere("No cursor.")])
def test_a_refused_cursor_is_a_reason_to_wait(refusal: Exception) -> None:
    def fetch(_: str | None, __: int) -> Sheet:
        raise refusal

    with pytest.raises(Unreachable, match="cursor"):
        list(delta.drain(fetch, "old"))


@pytest.mark.parametrize("resets", list(product([False, True], repeat=3)))
@pytest.mark.parametrize("cursors", list(product("ab", repeat=3)))
@pytest.mark.parametrize("cursor", ["old", None])
def test_every_server_of_three_pages_ends_and_an_epoch_is_whole(
    cursor: str | None, cursors: tuple[str, ...], resets: tuple[bool, ...]
) -> None:
    server = Server(*(sheet(n, 3, cursor=cursors[n], reset=resets[n]) for n in range(3)))
    try:
        held, end = items(delta.drain(server.fetch, cursor))
    except Unreachable:
        assert not resets[0]
        assert any(resets)
        return
    assert held == [1, 2, 3]
    assert end.epoch == (cursor is None or resets[0])
    assert end.steady == (len(set(cursors)) == 1)


# -- the stacks of items that a v1 server does not list


def leafless(*told: Told, known: tuple[int, ...] = (), there: tuple[Folder, ...] = ()) -> tuple[list[Told], list[int]]:
    asked: list[int] = []

    def look(folder: int) -> Folder:
        asked.append(folder)
        found = [each for each in there if each.id == folder]
        if not found:
            raise NotThere("no such stack")
        return found[0]

    return list(with_leaves(iter(told), lambda folder: folder in known, look)), asked


LEAF, PARENT = Folder(10, "", 20, listed=False), Folder(20, "Dir", None, listed=False)
END, EPOCH = Drained("c", epoch=False, steady=True), Drained("c", epoch=True, steady=True)
ITEM = Item(1, "Fox", 10, None)


def test_a_leaf_that_was_told_or_is_known_is_not_asked_for() -> None:
    assert leafless(Page((Folder(10, "", None), ITEM)), END)[1] == []
    assert leafless(Page((ITEM, Folder(10, "", None))), EPOCH)[1] == []
    assert leafless(Page((ITEM,)), END, known=(10,))[1] == []


def test_a_missing_leaf_is_told_before_the_end_with_the_parents_that_are_missing_too() -> None:
    told, asked = leafless(Page((ITEM,)), END, there=(LEAF, PARENT))
    assert told == [Page((ITEM,)), Page((LEAF,)), Page((PARENT,)), END]
    assert asked == [10, 20]
    assert leafless(Page((ITEM,)), END, known=(20,), there=(LEAF, PARENT))[1] == [10]


def test_an_epoch_trusts_nothing_that_was_known_before() -> None:
    assert leafless(Page((ITEM,)), EPOCH, known=(10,), there=(LEAF, PARENT))[1] == [10, 20]


def test_what_a_reset_or_a_tombstone_took_back_is_not_asked_for() -> None:
    assert leafless(Page((ITEM,)), Reset(), EPOCH)[1] == []
    assert leafless(Page((ITEM, ItemGone(1))), END)[1] == []


def test_a_leaf_that_is_not_there_is_a_problem_of_its_item_only() -> None:
    other = Item(2, "Owl", 30, None)
    told, asked = leafless(Page((ITEM, other)), END, there=(Folder(30, "", None, listed=False),))
    problems = [problem for each in told if isinstance(each, Page) for problem in each.problems]
    assert [type(problem) for problem in problems] == [Problem]
    assert problems[0].itemid == 1
    assert asked == [10, 30]


def test_a_stack_that_is_no_longer_listed_as_it_became_a_leaf_is_asked_for() -> None:
    gone = FolderGone(10)
    for page in (Page((gone, ITEM)), Page((ITEM, gone))):
        told, asked = leafless(page, END, known=(10, 20), there=(LEAF, PARENT))
        assert told == [page, Page((LEAF,)), END]
        assert asked == [10]
    assert leafless(Page((gone, ITEM)), Page((Folder(10, "", 20),)), END, known=(10, 20))[1] == []
    assert leafless(Page((ITEM, FolderGone(20))), END, known=(20,), there=(LEAF, PARENT))[1] == [10, 20]
