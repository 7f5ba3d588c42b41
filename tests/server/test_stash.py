"""The pure state: where items go, what moves, what stays when emptied, what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from syncd.server.choices import TitleRule
from syncd.server.errors import (
    AlreadyPublished,
    DuplicateTitle,
    InvalidRequest,
    InvalidTarget,
    QuotaExceeded,
    StashError,
    TooLarge,
    UnknownItem,
    UnknownStack,
)
from syncd.server.model import ROOT, InStack, NamedFolder, NamedStack, Submission, View
from syncd.server.stash import Stash
from tests.server.states import add, blob, check, leaf, new_stash


def test_an_item_alone_stands_in_an_automatic_leaf_at_the_root() -> None:
    stash = new_stash()
    first, second = leaf(stash, add(stash)), leaf(stash, add(stash))
    assert (first.title, second.title) == ("Sta.sh Uploads 1", "Sta.sh Uploads 2")
    assert first.parent == second.parent == ROOT
    assert (first.position, second.position) == (0, 1)


def test_a_named_stack_holds_items_in_leaves_of_their_own() -> None:
    stash = new_stash()
    done = stash.submit(Submission(title="a", place=NamedStack("Foxes"), blob=blob()), 0)
    assert done.stack is not None
    assert (done.stack.title, done.stack.item) == ("Foxes", None)
    assert leaf(stash, done.item).parent == done.stack.id
    assert stash.folder_of(done.item) == done.stack


def test_a_named_stack_may_be_the_leaf_itself() -> None:
    stash = new_stash(named_leaf=True)
    item = add(stash, place=NamedStack("Foxes"))
    assert leaf(stash, item).title == "Foxes"
    second = add(stash, place=NamedStack("Foxes"))
    assert leaf(stash, item).parent == leaf(stash, second).parent
    assert stash.folder_of(stash.item(item.id)) == stash.stack(leaf(stash, second).parent)
    check(stash)


def test_the_answer_may_name_the_items_own_leaf() -> None:
    stash = new_stash(submit_answers_leaf=True)
    done = stash.submit(Submission(title="a", place=NamedStack("Foxes"), blob=blob()), 0)
    assert done.stack == leaf(stash, done.item)


@pytest.mark.parametrize(("appends", "stacks"), [(True, 1), (False, 2)])
def test_an_existing_stack_name_appends_or_makes_a_second_one(appends: bool, stacks: int) -> None:
    stash = new_stash(stack_name_appends=appends)
    add(stash, place=NamedStack("Foxes"))
    add(stash, place=NamedStack("Foxes"))
    assert len(stash.contents(ROOT)) == stacks


def test_the_drafts_always_append_to_a_folder_of_that_title_wherever_it_is() -> None:
    stash = new_stash(stack_name_appends=False)
    outer, inner = (leaf(stash, add(stash, place=NamedStack(title))).parent for title in ("A", "B"))
    stash.move_stack(inner, outer)
    item = add(stash, place=NamedFolder("B"))
    assert stash.folder_of(item) == stash.stack(inner)


def test_a_leaf_that_gets_a_second_item_becomes_a_parent_of_leaves() -> None:
    stash = new_stash()
    first = add(stash)
    lone = leaf(stash, first)
    second = add(stash, place=InStack(lone.id))
    assert stash.stack(lone.id).item is None
    assert stash.stack(lone.id).title == lone.title
    assert leaf(stash, first).parent == leaf(stash, second).parent == lone.id
    assert [item.id for item in stash.folder_items(lone.id)] == [first.id, second.id]


def test_moving_onto_a_leaf_makes_a_new_stack_and_reports_it() -> None:
    stash = new_stash()
    first, second = add(stash), add(stash)
    moving, target = leaf(stash, second), leaf(stash, first)
    moved = stash.move_stack(moving.id, target.id)
    assert moved.target == stash.stack(target.id)
    assert [stack.id for stack in moved.changes] == [moving.id, leaf(stash, first).id]
    assert leaf(stash, second).parent == target.id
    check(stash)


def test_moving_an_untitled_leaf_to_the_root_gives_it_a_title() -> None:
    stash = new_stash()
    item = add(stash, place=NamedStack("Foxes"))
    moved = stash.move_stack(leaf(stash, item).id)
    assert moved.target is None
    assert moved.changes[0].title == "Sta.sh Uploads 1"
    assert moved.changes[0].parent == ROOT


def test_moving_where_it_is_changes_nothing() -> None:
    stash = new_stash()
    item = add(stash)
    before = stash.revision
    stash.move_stack(leaf(stash, item).id, ROOT)
    assert stash.revision == before


def test_a_stack_cannot_move_into_what_it_contains() -> None:
    stash = new_stash()
    item = add(stash, place=NamedStack("Foxes"))
    inner = leaf(stash, item)
    for target in (inner.id, inner.parent):
        with pytest.raises(InvalidTarget):
            stash.move_stack(inner.parent, target)


def test_a_named_stack_stays_when_emptied_and_an_automatic_one_goes() -> None:
    stash = new_stash()
    named, alone = add(stash, place=NamedStack("Foxes")), add(stash)
    kept, gone = leaf(stash, named).parent, leaf(stash, alone).id
    stash.delete(named.id)
    stash.delete(alone.id)
    assert stash.contents(kept) == ()
    with pytest.raises(UnknownStack):
        stash.stack(gone)
    check(stash)


def test_a_named_leaf_stays_when_its_item_goes() -> None:
    stash = new_stash(named_leaf=True)
    first, second = add(stash, place=NamedStack("A")), add(stash, place=NamedStack("B"))
    named = leaf(stash, first).id, leaf(stash, second).id
    stash.delete(first.id)
    stash.move_item(second.id, NamedFolder("C"))
    assert [stash.size(stackid) for stackid in named] == [0, 0]
    assert [folder.title for folder in (stash.folder_of(stash.item(second.id)),) if folder] == ["C"]
    check(stash)


def test_an_emptied_automatic_parent_goes_with_all_its_automatic_parents() -> None:
    stash = new_stash()
    first = add(stash)
    lone = leaf(stash, first).id
    second = add(stash, place=InStack(lone))
    for item in (first, second):
        stash.delete(item.id)
    assert stash.contents(ROOT) == ()


def test_the_drafts_move_an_item_to_a_folder_made_for_it() -> None:
    stash = new_stash()
    item = add(stash)
    lone = leaf(stash, item).id
    folder = stash.move_item(item.id, NamedFolder("Foxes"))
    assert folder.title == "Foxes"
    assert stash.folder_of(stash.item(item.id)) == folder
    with pytest.raises(UnknownStack):
        stash.folder(lone)


def test_the_drafts_move_an_item_to_the_root_by_an_unused_automatic_title() -> None:
    stash = new_stash()
    item = add(stash, place=NamedFolder("Foxes"))
    folder = stash.move_item(item.id, NamedFolder("Sta.sh Uploads 9"))
    assert (folder.id, folder.title, folder.parent) == (leaf(stash, item).id, "Sta.sh Uploads 9", ROOT)


def test_moving_to_the_same_folder_changes_nothing() -> None:
    stash = new_stash()
    item = add(stash, place=NamedFolder("Foxes"))
    before = stash.revision
    assert stash.move_item(item.id, NamedFolder("Foxes")).title == "Foxes"
    assert stash.revision == before


def test_the_drafts_do_not_see_an_items_wrapper_within_a_folder() -> None:
    stash = new_stash()
    item = add(stash, place=NamedFolder("Foxes"))
    with pytest.raises(UnknownStack):
        stash.folder(leaf(stash, item).id)


def test_titles_of_stacks_are_unique_within_their_parent() -> None:
    stash = new_stash()
    foxes, hares = (leaf(stash, add(stash, place=NamedStack(title))).parent for title in ("Foxes", "Hares"))
    with pytest.raises(DuplicateTitle):
        stash.rename(hares, "Foxes")
    assert stash.rename(foxes, "Foxes").title == "Foxes"
    stash.move_stack(hares, foxes)
    assert stash.rename(hares, "Foxes").parent == foxes


def test_a_stack_can_be_described_and_placed_among_its_siblings() -> None:
    stash = new_stash()
    ids = [leaf(stash, add(stash)).id for _ in range(3)]
    stash.position(ids[2], 0)
    assert [stack.id for stack in stash.contents(ROOT)] == [ids[2], ids[0], ids[1]]
    assert stash.describe(ids[0], "red").description == "red"
    assert stash.describe(ids[0], None).description is None
    with pytest.raises(InvalidRequest):
        stash.position(ids[0], -1)


def test_contents_are_paged() -> None:
    stash = new_stash()
    items = [add(stash, place=NamedStack("Foxes")) for _ in range(5)]
    parent = leaf(stash, items[0]).parent
    assert [stack.id for stack in stash.contents(parent, 3, 5)] == [leaf(stash, item).id for item in items[3:]]
    assert stash.contents(leaf(stash, items[0]).id) == (items[0],)


def test_metadata_alone_can_change_and_the_file_be_replaced() -> None:
    stash = new_stash()
    item = add(stash)
    edited = stash.submit(Submission(itemid=item.id, tags=("fox",), artist_comments="hi"), 5).item
    assert (edited.title, edited.tags, edited.version) == ("Fox", ("fox",), item.version)
    replaced = stash.submit(Submission(itemid=item.id, blob=blob("1" * 64, 30)), 5).item
    assert replaced.version != item.version
    assert (replaced.created, replaced.tags) == (item.created, ("fox",))
    assert stash.used_space == 30


def test_an_edit_that_makes_no_difference_is_no_revision() -> None:
    stash = new_stash()
    item = add(stash)
    before = stash.revision
    stash.submit(Submission(itemid=item.id, title="Fox"), 5)
    assert stash.revision == before


def test_a_writer_item_has_text_instead_of_a_file() -> None:
    stash = new_stash()
    item = stash.submit(Submission(title="Poem", html="<b>é</b>"), 0).item
    assert (item.blob, item.html, item.size) == (None, "<b>é</b>", 9)
    assert stash.submit(Submission(itemid=item.id, blob=blob()), 0).item.html is None


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        (TitleRule.STEM, "100_0500"),
        (TitleRule.SPACED_STEM, "100 0500"),
        (TitleRule.FILENAME, "100_0500.jpg"),
        (TitleRule.UNTITLED, ""),
    ],
)
def test_an_untitled_submission_gets_a_title_by_rule(rule: TitleRule, title: str) -> None:
    stash = new_stash(title_rule=rule)
    assert stash.submit(Submission(blob=blob(filename="100_0500.jpg")), 0).item.title == title


def test_titles_may_be_cut() -> None:
    stash = new_stash(title_length=3)
    item = add(stash, "Foxes")
    assert item.title == "Fox"
    assert stash.submit(Submission(itemid=item.id, title="Hares"), 0).item.title == "Har"


def test_a_published_item_leaves_the_stash_but_can_be_read_and_changed() -> None:
    stash = new_stash()
    item = add(stash)
    lone = leaf(stash, item).id
    published = stash.publish(item.id)
    assert (published.stack, stash.folder_of(published), stash.used_space) == (None, None, 0)
    assert lone not in stash.tree.stacks
    done = stash.submit(Submission(itemid=item.id, title="Hare"), 0)
    assert (done.item.title, done.stack) == ("Hare", None)
    with pytest.raises(AlreadyPublished):
        stash.publish(item.id)
    with pytest.raises(UnknownItem):
        stash.delete(item.id)
    with pytest.raises(UnknownItem):
        stash.move_item(item.id, NamedFolder("A"))


def test_space_is_counted_and_kept() -> None:
    stash = new_stash(total_space=100, largest_file=90)
    item = add(stash, size=60)
    assert stash.space() == (40, 100)
    with pytest.raises(QuotaExceeded) as refused:
        add(stash, size=41)
    assert (refused.value.total, refused.value.used) == (100, 60)
    with pytest.raises(TooLarge):
        add(stash, size=91)
    stash.submit(Submission(itemid=item.id, blob=blob(size=90)), 0)
    assert stash.space() == (10, 100)
    stash.delete(item.id)
    assert stash.space() == (100, 100)


def test_what_is_refused_changes_nothing() -> None:
    stash = new_stash(total_space=100)
    item = add(stash, size=60, place=NamedStack("Foxes"))
    before = copy.deepcopy(stash.tree.items), copy.deepcopy(stash.tree.stacks), stash.revision, stash.used_space
    refused: list[Callable[[], object]] = [
        lambda: stash.submit(Submission(title="nothing"), 0),
        lambda: stash.submit(Submission(itemid=1, title="nobody"), 0),
        lambda: stash.submit(Submission(blob=blob(), place=InStack(1)), 0),
        lambda: stash.submit(Submission(blob=blob(size=50), place=NamedStack("New")), 0),
        lambda: stash.move_item(item.id, InStack(1)),
        lambda: stash.move_stack(leaf(stash, item).id, 1),
        lambda: stash.delete(1),
        lambda: stash.rename(1, "x"),
        lambda: stash.contents(1),
    ]
    for attempt in refused:
        with pytest.raises(StashError):
            attempt()
        assert (stash.tree.items, stash.tree.stacks, stash.revision, stash.used_space) == before


def test_ids_are_never_used_twice() -> None:
    drawn = iter([1, 1, 0, 2, 1, 3, 2, 4, 5, 6])
    stash = Stash(lambda: next(drawn))
    first = add(stash)
    stash.delete(first.id)
    second = add(stash)
    assert len({first.id, first.stack, first.version, second.id, second.stack, second.version}) == 6


@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_lives_its_own_life(deep: bool) -> None:
    stash = new_stash()
    item = add(stash, place=NamedStack("Foxes"))
    other = copy.deepcopy(stash) if deep else stash.copy()
    cursor = stash.delta(View.V1).cursor
    other.delete(item.id)
    assert stash.item(item.id) == item
    assert stash.delta(View.V1, cursor).entries == ()
    assert [entry.id for entry in other.delta(View.V1, cursor).entries if entry.id == item.id] == [item.id]
    check(stash)
    check(other)


def test_an_emptied_named_leaf_takes_an_item_again() -> None:
    stash = new_stash(named_leaf=True)
    first = add(stash, place=NamedStack("Foxes"))
    stash.delete(first.id)
    second = add(stash, place=NamedStack("Foxes"))
    assert second.stack == first.stack


def test_an_item_moved_by_the_drafts_leaves_a_named_leaf_for_a_leaf_of_its_own() -> None:
    stash = new_stash(named_leaf=True)
    item, other = add(stash, place=NamedStack("Foxes")), add(stash, place=NamedStack("Hares"))
    stash.move_item(item.id, InStack(other.stack or 0))
    assert leaf(stash, item).parent == leaf(stash, other).parent == other.stack
    stash.move_item(item.id, NamedFolder("Sta.sh Uploads 5"))
    assert (leaf(stash, item).title, leaf(stash, item).parent) == ("Sta.sh Uploads 5", ROOT)
    check(stash)


def test_a_named_leaf_goes_to_the_root_by_a_new_automatic_leaf() -> None:
    stash = new_stash(named_leaf=True)
    item = add(stash, place=NamedStack("Foxes"))
    stash.move_item(item.id, NamedFolder("Sta.sh Uploads 5"))
    assert leaf(stash, item).title == "Sta.sh Uploads 5"
    assert stash.size(item.stack or 0) == 0
