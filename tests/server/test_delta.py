"""The delta: opaque cursors, net differences, tombstones, reset, pages; following it always ends at the truth."""

from __future__ import annotations

import random
from typing import Any

import pytest

from syncd.server.changes import ChangeLog, page_cursor, seal, unseal
from syncd.server.errors import StashError
from syncd.server.model import InStack, ItemEntry, NamedFolder, NamedStack, Place, StackEntry, Submission, View
from syncd.server.stash import Stash
from tests.server.states import Copy, add, blob, check, drain, leaf, new_stash

BOTH = pytest.mark.parametrize("view", list(View))


def ids(stash: Stash, view: View, cursor: str | None) -> list[int]:
    return [entry.id for entry in drain(stash, view, cursor)[2]]


def test_a_cursor_is_opaque_and_equal_while_nothing_changes_whoever_asks() -> None:
    stash = new_stash()
    empty = stash.delta(View.V1).cursor
    add(stash)
    cursors = {stash.delta(view, cursor).cursor for view in View for cursor in (None, empty, "nonsense")}
    assert len(cursors) == 1
    (cursor,) = cursors
    assert len(cursor) == 32
    assert set(cursor) <= set("0123456789abcdef")
    assert cursor != empty


@BOTH
def test_nothing_changed_is_an_empty_page(view: View) -> None:
    stash = new_stash()
    add(stash)
    cursor = stash.delta(view).cursor
    page = stash.delta(view, cursor)
    assert (page.cursor, page.entries, page.has_more, page.next_offset, page.reset) == (cursor, (), False, None, False)


@BOTH
def test_the_first_call_tells_everything_without_reset(view: View) -> None:
    stash = new_stash()
    item = add(stash)
    page = stash.delta(view)
    assert not page.reset
    assert [entry.id for entry in page.entries] == [item.stack, item.id]


@BOTH
def test_several_changes_are_one_entry_with_the_full_state(view: View) -> None:
    stash = new_stash()
    item = add(stash)
    cursor = stash.delta(view).cursor
    for title in ("a", "b"):
        stash.submit(Submission(itemid=item.id, title=title), 0)
    (entry,) = stash.delta(view, cursor).entries
    assert isinstance(entry, ItemEntry)
    assert entry.item == stash.item(item.id)
    assert entry.container == item.stack


@BOTH
def test_a_deletion_is_a_tombstone_even_after_an_update(view: View) -> None:
    stash = new_stash()
    item = add(stash)
    cursor = stash.delta(view).cursor
    stash.submit(Submission(itemid=item.id, title="b"), 0)
    stash.delete(item.id)
    assert set(stash.delta(view, cursor).entries) == {ItemEntry(item.id, None, None), StackEntry(item.stack or 0, None)}


@BOTH
@pytest.mark.parametrize("told", [False, True])
def test_what_came_and_went_is_not_told_unless_chosen(view: View, told: bool) -> None:
    stash = new_stash(ghosts_listed=told)
    cursor = stash.delta(view).cursor
    item = add(stash)
    stash.delete(item.id)
    assert set(ids(stash, view, cursor)) == ({item.id, item.stack} if told else set())
    assert ids(stash, view, None) == []


@BOTH
def test_publishing_is_a_tombstone_and_editing_it_later_is_not_told(view: View) -> None:
    stash = new_stash()
    item = add(stash)
    cursor = stash.delta(view).cursor
    stash.publish(item.id)
    assert ItemEntry(item.id, None, None) in stash.delta(view, cursor).entries
    later = stash.delta(view).cursor
    stash.submit(Submission(itemid=item.id, title="b"), 0)
    assert stash.delta(view, later).entries == ()


@BOTH
@pytest.mark.parametrize("cursor", ["x", "f" * 32, "0" * 31, "é" * 32, "00" * 40])
def test_an_invalid_cursor_gives_everything_with_reset(view: View, cursor: str) -> None:
    stash = new_stash()
    add(stash)
    page = stash.delta(view, cursor)
    assert page.reset
    assert len(page.entries) == 2


def test_a_cursor_of_the_future_or_of_another_stash_is_invalid() -> None:
    stash, other = new_stash(1), new_stash(2)
    older = stash.copy()
    add(stash)
    add(other)
    assert older.delta(View.V1, stash.delta(View.V1).cursor).reset
    assert other.delta(View.V1, stash.delta(View.V1).cursor).reset


def test_too_many_changes_are_a_reset() -> None:
    stash = new_stash(reset_after_changes=4)
    cursor = stash.delta(View.V1).cursor
    add(stash)
    add(stash)
    assert not stash.delta(View.V1, cursor).reset
    add(stash)
    assert stash.delta(View.V1, cursor).reset


@pytest.mark.parametrize("every", [False, True])
def test_reset_is_on_the_first_page_or_on_every_one(every: bool) -> None:
    stash = new_stash(reset_on_every_page=every)
    add(stash)
    assert [stash.delta(View.V1, "x", offset, 1).reset for offset in (0, 1)] == [True, every]


@pytest.mark.parametrize("changes", [False, True])
def test_the_cursor_of_a_page_before_the_last_may_name_nothing(changes: bool) -> None:
    stash = new_stash(cursor_changes_across_pages=changes)
    add(stash)
    first, last = stash.delta(View.V1, None, 0, 1), stash.delta(View.V1, None, 1, 1)
    assert (first.cursor != last.cursor) is changes
    assert stash.delta(View.V1, first.cursor).reset is changes
    assert not stash.delta(View.V1, last.cursor).reset


@BOTH
def test_pages_under_the_original_cursor_tell_all_of_it_once(view: View) -> None:
    stash = new_stash()
    cursor = stash.delta(view).cursor
    for _ in range(10):
        add(stash, place=NamedFolder("Foxes"))
    told = [ids(stash, view, cursor), [entry.id for entry in drain(stash, view, cursor, 3)[2]]]
    assert told[0] == told[1]
    assert len(set(told[0])) == len(told[0])


def test_a_page_is_of_the_state_as_it_is_now() -> None:
    stash = new_stash()
    items = [add(stash) for _ in range(4)]
    first = stash.delta(View.V1, None, 0, 6)
    stash.delete(items[0].id)
    second = stash.delta(View.V1, None, 6, 6)
    assert first.cursor != second.cursor
    seen = {entry.id for entry in (*first.entries, *second.entries)}
    assert items[2].id not in seen or items[1].id not in seen


@pytest.mark.parametrize("first", [True, False])
def test_parents_come_before_their_children_or_after(first: bool) -> None:
    stash = new_stash(parents_first=first)
    item = add(stash, place=NamedStack("Foxes"))
    told = ids(stash, View.V1, None)
    expected = [leaf(stash, item).parent, item.stack, item.id]
    assert told == (expected if first else expected[::-1])


def test_leaves_may_stay_unlisted() -> None:
    stash = new_stash(leaves_listed=False)
    item = add(stash)
    assert ids(stash, View.V1, None) == [item.id]
    cursor = stash.delta(View.V1).cursor
    second = add(stash, place=InStack(item.stack or 0))
    assert set(ids(stash, View.V1, cursor)) == {item.stack, item.id, second.id}


@pytest.mark.parametrize(("listed", "leaves", "told"), [(True, True, True), (False, True, False), (False, False, True)])
def test_a_moved_leaf_may_bring_its_item_along(listed: bool, leaves: bool, told: bool) -> None:
    stash = new_stash(moved_item_listed=listed, leaves_listed=leaves)
    item, other = add(stash), add(stash, place=NamedStack("Foxes"))
    cursor = stash.delta(View.V1).cursor
    stash.move_stack(leaf(stash, item).id, leaf(stash, other).parent)
    assert (item.id in ids(stash, View.V1, cursor)) is told
    assert item.id in ids(stash, View.DRAFT, cursor)


@pytest.mark.parametrize("leaves", [True, False])
def test_another_title_of_a_leaf_is_told_by_its_item_where_leaves_are_not_listed(leaves: bool) -> None:
    stash = new_stash(leaves_listed=leaves)
    item = add(stash)
    cursor = stash.delta(View.V1).cursor
    stash.rename(leaf(stash, item).id, "Foxes")
    assert (item.id in ids(stash, View.V1, cursor)) is not leaves


def test_the_drafts_see_the_wrapper_of_a_moved_item_go() -> None:
    stash = new_stash()
    item = add(stash)
    cursor = stash.delta(View.DRAFT).cursor
    folder = stash.move_item(item.id, NamedFolder("Foxes"))
    entries = {entry.id: entry for entry in stash.delta(View.DRAFT, cursor).entries}
    assert entries[item.stack or 0] == StackEntry(item.stack or 0, None)
    assert isinstance(entry := entries[item.id], ItemEntry)
    assert entry.container == folder.id


def test_positions_are_told_to_v1_only() -> None:
    stash = new_stash()
    stacks = [leaf(stash, add(stash)).id for _ in range(2)]
    cursor = stash.delta(View.V1).cursor
    stash.position(stacks[1], 0)
    assert set(ids(stash, View.V1, cursor)) == set(stacks)
    assert ids(stash, View.DRAFT, cursor) == []


def test_a_cursor_seals_its_revision() -> None:
    assert [unseal(b"k", seal(b"k", revision)) for revision in (0, 1, 10**12)] == [0, 1, 10**12]
    assert unseal(b"other", seal(b"k", 1)) is None
    assert unseal(b"k", page_cursor(b"k", 1, 0)) is None
    assert len({seal(b"k", revision) for revision in range(1000)}) == 1000


def test_the_log_forgets_what_later_changes_replaced_but_no_presence() -> None:
    log = ChangeLog()
    for revision in range(1, 5000):
        log.record(revision, revision % 3, present=revision > 10)
    assert len(log._log) < 100
    assert log.since(4997) == [0, 1]
    assert not log.was_present(1, 5)
    assert log.was_present(1, 4000)


def _some_choices(drawn: random.Random) -> dict[str, Any]:
    flags = "leaves_listed named_leaf parents_first moved_item_listed ghosts_listed stack_name_appends"
    return {flag: drawn.random() < 0.5 for flag in flags.split()} | {
        "reset_after_changes": drawn.choice([None, None, 20]),
        "cursor_changes_across_pages": drawn.random() < 0.3,
    }


class Adversary:
    """Does random things to a stash, most of them possible."""

    def __init__(self, stash: Stash, drawn: random.Random) -> None:
        self.stash, self.drawn = stash, drawn

    def act(self) -> None:
        stash, drawn = self.stash, self.drawn
        itemid = drawn.choice([*stash.tree.items, 1])
        stackid, target = (drawn.choice([*stash.tree.stacks, 1]) for _ in range(2))
        match drawn.randrange(12):
            case 0 | 1 | 2 | 3:
                size = drawn.randrange(100)
                stash.submit(Submission(title=drawn.choice("xyz"), place=self.place(), blob=blob(size=size)), 0)
            case 4:
                stash.submit(Submission(itemid=itemid, title=drawn.choice("xyz")), 0)
            case 5:
                stash.delete(itemid)
            case 6 if drawn.random() < 0.3:
                stash.publish(itemid)
            case 7:
                stash.move_stack(stackid, drawn.choice([target, 0]))
            case 8:
                stash.move_item(itemid, InStack(stackid) if drawn.random() < 0.5 else NamedFolder(self.title()))
            case 9:
                stash.rename(stackid, drawn.choice(["A", "B", "D", ""]))
            case 10:
                stash.describe(stackid, drawn.choice([None, "d"]))
            case 11:
                stash.position(stackid, drawn.randrange(3))

    def place(self) -> Place | None:
        stackid = self.drawn.choice([*self.stash.tree.stacks, 1])
        return self.drawn.choice([None, InStack(stackid), NamedStack(self.title()), NamedFolder(self.title())])

    def title(self) -> str:
        return self.drawn.choice(["A", "B", "C", "Sta.sh Uploads 2"])


@pytest.mark.parametrize("seed", range(60))
def test_following_deltas_from_any_old_cursor_gives_the_full_listing(seed: int) -> None:
    drawn = random.Random(seed)
    stash = new_stash(seed, **_some_choices(drawn))
    adversary = Adversary(stash, drawn)
    copies: list[Copy] = []
    for _ in range(40):
        before = stash.revision
        try:
            adversary.act()
        except StashError:
            assert stash.revision == before
        check(stash, emptied_may_be_automatic=True)
        for view in View:
            full = Copy(view).follow(stash)
            copies.append(full)
            for old in drawn.sample(copies, min(4, len(copies))):
                if old.view is view:
                    assert old.follow(stash) == full


class Counted(dict[Any, Any]):
    """A dictionary that counts how often it is looked into, and may not be walked."""

    looks = 0

    def __getitem__(self, key: Any) -> Any:
        self.looks += 1
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self.looks += 1
        return super().__contains__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)

    def __iter__(self) -> Any:
        raise AssertionError("walked over everything")


def _looks_for_one_change(size: int) -> int:
    stash = new_stash()
    items = [add(stash, place=NamedFolder(f"Folder {index % 7}")) for index in range(size)]
    cursor = stash.delta(View.V1).cursor
    tree, log = stash.tree, stash.logs[View.V1]
    counted = [Counted(tree.items), Counted(tree.stacks), Counted(log.last), Counted(log.toggles)]
    tree.items, tree.stacks, log.last, log.toggles = counted
    assert stash.delta(View.V1, cursor).entries == ()
    stash.submit(Submission(itemid=items[3].id, title="new"), 0)
    assert [entry.id for entry in stash.delta(View.V1, cursor).entries] == [items[3].id]
    return sum(each.looks for each in counted)


def test_one_change_costs_the_same_among_few_and_among_many() -> None:
    assert _looks_for_one_change(20) == _looks_for_one_change(2000)
