"""Following renames: by inode, then by path, then by bytes; in doubt a file is new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.match import match
from syncd.core.model import Agreed, Fingerprint, Item, LocalFile
from syncd.core.state import RemoteItem, State
from syncd.core.verdicts import Here


def file(path: str, content: str = "aa", inode: int = 1, born: int | None = 100) -> LocalFile:
    return LocalFile(path, Fingerprint(2, 0, 0, inode, 7), content, None if born is None else born + inode)


def agreed(itemid: int, path: str, content: str = "aa", inode: int = 1, born: int | None = 100) -> Agreed:
    birth = None if born is None else born + inode
    return Agreed(itemid, path, "t", None, "png", "v", content, 2, inode, 7, birth)


def where(states: list[State]) -> dict[int | None, str | None]:
    """Which path each item has, and (under None) the first file that is new."""
    return {s.agreed.id if s.agreed else None: s.local.path if s.local else None for s in reversed(match(states))}


def test_what_stays_of_a_file_wherever_it_goes_is_its_identity() -> None:
    assert file("a", inode=4).identity == file("b", "edited", inode=4).identity == (4, 7, 104)
    assert file("a", inode=4, born=None).identity == (4, 7, None)


def test_a_renamed_file_is_followed_though_it_was_edited() -> None:
    assert where([State(agreed(1, "a")), State(local=file("b", "bb"))]) == {1: "b"}


@pytest.mark.parametrize("born", [None, 555])
def test_an_inode_used_anew_is_another_file(born: int | None) -> None:
    states = [State(agreed(1, "a", born=born)), State(local=file("b", "bb", born=None if born is None else 9))]
    assert where(states) == {1: None, None: "b"}


def test_a_file_with_another_inode_is_found_by_its_bytes_unless_it_is_empty() -> None:
    assert where([State(agreed(1, "a")), State(local=file("b", inode=5))]) == {1: "b"}
    assert where([State(replace(agreed(1, "a"), size=0)), State(local=file("b", inode=5))]) == {1: None, None: "b"}


def told(version: str = "v", sha256: str | None = None) -> RemoteItem:
    return RemoteItem(Item(1, "t", None, version, "png"), None, sha256=sha256)


def test_a_file_of_the_same_bytes_is_not_the_item_s_once_these_changed_there() -> None:
    """Bytes alone are a guess: the file may be somebody's new one, and the item's newer bytes would replace it."""
    copy = State(local=file("b", inode=5))
    changed = State(agreed(1, "a"), remote=told("w", "bb"))
    assert where([changed, copy]) == {1: None, None: "b"}
    assert [s.local for s in match([changed, copy], writes_here=False)] == [copy.local]
    assert where([State(agreed(1, "a"), remote=told("w", "aa")), copy]) == {1: "b"}
    assert where([changed, State(local=file("b"))]) == {1: "b"}


@pytest.mark.parametrize("provisional", [True, False])
def test_until_the_item_s_bytes_are_known_a_file_of_the_same_bytes_waits(provisional: bool) -> None:
    mine = replace(agreed(1, "a"), provisional=provisional)
    missing = State(mine, remote=told("v" if provisional else "w"))
    echoed = State(replace(mine, provisional=True), remote=told("v", "aa"))
    for state in (missing, echoed):
        (item, copy) = match([state, State(local=file("b", inode=5))])
        assert item.unmet and copy.unmet and item.local is None and copy.local == file("b", inode=5)


def test_an_inode_with_another_birth_is_a_guess_even_if_the_bytes_are_the_same() -> None:
    remade = State(local=file("b", born=300))
    assert where([State(agreed(1, "a"), remote=told("w", "bb")), remade]) == {1: None, None: "b"}
    assert where([State(agreed(1, "a"), remote=told()), remade]) == {1: "b"}


def test_a_file_that_we_were_placing_for_an_item_is_the_item_s_whatever_it_is_called_now() -> None:
    """A crash came between its rename and its commit, and somebody renamed it before the next look."""
    ours = State(local=file("b", "new", inode=9))
    for mine in (
        State(agreed(1, "a")),
        State(agreed(1, "a"), file("a"), hidden=True),
        State(agreed(1, "a"), file("a")),
    ):
        found = match([mine, ours], placed=lambda f: 1 if f.path == "b" else None)
        assert (found[0].local, found[0].hidden) == (ours.local, False)
        assert [s.local for s in found[1:]] == ([mine.local] if mine.local else [])


def test_a_path_that_stays_is_an_edit_whatever_its_inode() -> None:
    states = [State(agreed(1, "a"), file("a", "bb", inode=5)), State(local=file("a.bak"))]
    (mine, backup) = match(states)
    assert (mine.here, backup.local) == (Here.CHANGED, file("a.bak"))


def test_swapped_files_are_renames() -> None:
    states = [State(agreed(1, "a"), file("a", "bb", 2)), State(agreed(2, "b", "bb", 2), file("b", "aa", 1))]
    assert where(states) == {1: "b", 2: "a"}


def test_half_a_swap_told_leaves_every_file_in_one_state() -> None:
    half = [
        State(agreed(1, "b"), file("b")),
        State(agreed(2, "b", "bb", 2), file("b")),
        State(local=file("a", "bb", 2)),
    ]
    assert where(half) == {1: "b", 2: "a"}
    moved = [replace(half[0], local=file("b", inode=8)), replace(half[1], local=file("b", inode=8))]
    assert where(moved) == {1: "b", 2: None}


@pytest.mark.parametrize("born", [100, None])
def test_of_two_items_of_one_path_and_one_inode_the_one_that_is_proven_has_the_file(born: int | None) -> None:
    """The first one's file is gone, its deletion is held, and its inode was used anew for the second one's."""
    there = file("a", "bb", born=born)
    gone = agreed(1, "a", born=None if born is None else 50)
    second = agreed(2, "a", "bb", born=born)
    assert where([State(gone, there), State(second, there)]) == {1: None, 2: "a"}
    elsewhere = replace(second, path="d/a")
    assert where([State(gone, there), State(elsewhere)]) == {1: None, 2: "a"}


def test_a_hard_link_takes_nothing_away() -> None:
    states = [State(agreed(1, "z/x"), file("z/x")), State(local=file("a/x"))]
    assert where(states) == {1: "z/x", None: "a/x"}
    both = [State(agreed(1, "z/x"), file("z/x")), State(agreed(2, "a/x"), file("a/x")), State(local=file("b/x"))]
    assert where(both) == {1: "z/x", 2: "a/x", None: "b/x"}
    assert where([State(agreed(1, "z/x")), both[1], both[2]]) == {1: "b/x", 2: "a/x"}


def test_of_several_copies_the_one_of_the_same_name_is_followed() -> None:
    states = [State(agreed(1, "a/x")), State(local=file("a/y", inode=5)), State(local=file("b/x", inode=6))]
    assert where(states) == {1: "b/x", None: "a/y"}


def test_of_a_hidden_item_only_its_own_inode_is_another_place() -> None:
    hidden = State(agreed(1, "a"), hidden=True)
    assert where([hidden, State(local=file("b"))]) == {1: "b"}
    (mine, copy) = match([hidden, State(local=file("b", inode=5))])
    assert mine.hidden and mine.local is None and copy.local == file("b", inode=5)


def test_a_file_that_is_hidden_under_another_name_has_not_vanished() -> None:
    (mine, lurking) = match([State(agreed(1, "a")), State(local=file("b", "bb"), hidden=True)])
    assert mine.hidden and lurking.hidden


def test_of_a_rename_half_seen_nothing_is_concluded() -> None:
    """The other half is at a path that is not quiet: there the item's file still seems to be."""
    restless = State(agreed(1, "a"), file("a"), hidden=True)
    (mine, moved) = match([restless, State(local=file("b"))])
    assert mine == restless and moved == State(local=file("b"), hidden=True)


def test_of_a_renamed_file_nothing_is_concluded_while_another_stirs_at_its_path() -> None:
    """Should that go again, the item's file is the renamed one."""
    restless = State(agreed(1, "a"), file("a", "bb", inode=5), hidden=True)
    (mine, moved) = match([restless, State(local=file("b"))])
    assert mine == restless and moved == State(local=file("b"), hidden=True)


def test_of_a_swap_half_seen_nothing_is_concluded() -> None:
    restless, other = State(agreed(1, "a"), file("a"), hidden=True), State(agreed(2, "b", "bb", 5), file("b"))
    (mine, theirs, moved) = match([restless, other])
    assert mine == restless and moved == State(local=file("b"), hidden=True)
    assert theirs.hidden and theirs.local is None


def test_a_file_placed_for_another_item_is_not_this_one_s_though_it_took_its_path() -> None:
    states = [State(agreed(1, "a"), file("a", "bb", inode=5))]
    (mine, other) = match(states, placed=lambda found: 2 if found.fingerprint.inode == 5 else None)
    assert mine.local is None and other == State(local=file("a", "bb", inode=5))
    (mine,) = match(states, placed=lambda _found: -2)  # a copy of a conflict is an edit like any other
    assert mine.local == file("a", "bb", inode=5)


def test_a_superseded_item_has_no_file() -> None:
    old = replace(agreed(1, "a"), superseded=True)
    assert where([State(old, file("a")), State(agreed(2, "a"), file("a"))]) == {1: None, 2: "a"}
    (state,) = match([State(old, hidden=True)])  # something that is left alone is at its path
    assert state.here is Here.GONE


def test_a_file_placed_for_an_item_is_that_one_s_though_it_took_anothers_path() -> None:
    """It was renamed over the other's file. What its own path had is not quiet yet, so it is no new file."""
    placed = file("b", "cc", inode=5)
    states = [State(agreed(1, "a"), file("a"), hidden=True), State(agreed(2, "b", "bb", inode=2), placed)]
    (mine, other, rest) = match(states, placed=lambda found: 1 if found.fingerprint.inode == 5 else None)
    assert (mine.local, mine.hidden) == (placed, False)
    assert (other.local, other.hidden) == (None, False)
    assert rest == State(local=file("a"), hidden=True)


def test_a_hard_link_of_an_items_file_is_not_the_file_that_its_trace_tells_of() -> None:
    states = [State(agreed(1, "a"), file("a", "bb")), State(agreed(2, "b", "bb"), file("b", "bb"))]
    (mine, other) = match(states, placed=lambda _found: 1)
    assert (mine.local, other.local) == (file("a", "bb"), file("b", "bb"))
    gone, moved = State(agreed(1, "a")), State(local=file("z", "bb"))
    states = match([gone, other, moved], placed=lambda _found: 1)
    assert [state.local for state in states] == [moved.local, other.local]


def test_a_file_that_another_one_took_the_place_of_may_be_where_nobody_could_look() -> None:
    """I3: only a complete look finds a file gone. One whose path is free is still known there until then."""
    states = [State(agreed(1, "a")), State(agreed(2, "b", "bb", inode=2), local=file("a", "bb", inode=2))]
    swapped = [replace(states[0], local=file("a", "bb", inode=2)), replace(states[1], local=None)]
    for complete in (True, False):
        first, second = match(swapped, complete=complete)
        assert (first.local, first.hidden, second.local) == (None, not complete, file("a", "bb", inode=2))
        assert not any(state.hidden for state in match(states, complete=complete))
