"""Conflicts: policies, resolutions, crashes between the steps (interface.md, Conflict; I19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.core.model import Direction, Item, Keep
from syncd.engine import Policy, cycle, resolve_conflict
from syncd.engine.look_here import look_here
from syncd.local.points import POINTS
from tests.engine.desks import Desk, desk, reopened
from tests.engine.lossy import Crash, Fate
from tests.engine.rest import rests, stays_its_items


def _clash(one: Desk) -> Item:
    """Both sides change one item."""
    item = one.submit("Fox.txt", "one")
    one.submit("keep.txt", "keep")
    one.sync()
    one.overwrite(item, "Fox.txt", "theirs")
    one.write("Fox.txt", "mine")
    return item


def _copy(one: Desk) -> str:
    return next(path for path in one.files() if "(conflict" in path)


def test_the_policy_local_keeps_ours_and_theirs_in_the_trash(tmp_path: Path) -> None:
    for dialect in ("draft15", "v1"):
        with desk(tmp_path / dialect, dialect, policy=Policy(keep=Keep.LOCAL)) as one:
            _clash(one)
            run = one.sync()
            assert run.report.settled and not run.report.conflicts, run.report
            assert one.titles() == {"Fox": b"mine", "keep": b"keep"}
            assert one.files() == {"Fox.txt": b"mine", "keep.txt": b"keep"}
            assert b"theirs" in one.trash()
            rests(one)


def test_equal_bytes_are_not_sent_whatever_the_policy(tmp_path: Path) -> None:
    """I6: neither under the policy that keeps ours, nor where only ours are sent (a crash before the record)."""
    for policy in (Policy(keep=Keep.LOCAL), Policy(direction=Direction.PUSH)):
        for dialect in ("draft15", "v1"):
            with desk(tmp_path / f"{policy.direction}-{dialect}", dialect, policy=policy) as one:
                one.write("Fox.txt", "one")
                one.sync()
                (item,) = one.listing()[0].values()
                one.overwrite(item, "Fox.txt", "both")
                one.write("Fox.txt", "both")
                before = one.changing()
                assert one.sync().report.settled
                assert one.changing() == before
                assert one.titles() == {"Fox": b"both"}
                rests(one)


def test_the_policy_remote_keeps_theirs_and_ours_in_the_trash(tmp_path: Path) -> None:
    for dialect in ("draft15", "v1"):
        with desk(tmp_path / dialect, dialect, policy=Policy(keep=Keep.REMOTE)) as one:
            _clash(one)
            run = one.sync()
            assert run.report.settled and not run.report.conflicts, run.report
            assert one.files() == {"Fox.txt": b"theirs", "keep.txt": b"keep"}
            assert b"mine" in one.trash()
            rests(one)


@pytest.mark.parametrize("by_copy", [True, False])
@pytest.mark.parametrize("keep", list(Keep))
def test_a_person_resolves_it(two: Desk, keep: Keep, by_copy: bool) -> None:
    item = _clash(two)
    two.sync()
    copy = _copy(two)
    resolve_conflict(two.mirror, copy if by_copy else "Fox.txt", keep)
    run = two.sync()
    assert run.report.settled and not run.report.conflicts and not run.report.held, run.report
    match keep:
        case Keep.BOTH:
            assert len(two.files()) == 3
        case Keep.LOCAL:
            assert two.files() == {"Fox.txt": b"mine", "keep.txt": b"keep"}
            assert two.titles() == {"Fox": b"mine", "keep": b"keep"}
        case Keep.REMOTE:
            assert two.files() == {"Fox.txt": b"theirs", "keep.txt": b"keep"}
            assert two.titles() == {"Fox": b"theirs", "keep": b"keep"}
    agreed = two.mirror.store.agreed.at("Fox.txt")
    assert agreed is not None and agreed.id == item.id


@pytest.mark.parametrize("over_copy", [True, False])
@pytest.mark.parametrize("keep", [Keep.LOCAL, Keep.REMOTE])
def test_what_was_renamed_over_either_is_no_part_of_it(two: Desk, keep: Keep, over_copy: bool) -> None:
    """I3: the other file keeps its item, and the conflict is off the list."""
    _clash(two)
    two.sync()
    resolve_conflict(two.mirror, "Fox.txt", keep)
    two.rename("keep.txt", _copy(two) if over_copy else "Fox.txt")
    run = two.sync()
    assert run.report.settled and not run.report.conflicts, run.report
    left = b"theirs" if over_copy else b"mine"
    assert sorted(two.files().values()) == sorted(two.titles().values()) == sorted([b"keep", left])


@pytest.mark.parametrize("keep", [Keep.LOCAL, Keep.REMOTE])
def test_it_is_resolved_while_the_copy_is_being_sent(two: Desk, keep: Keep) -> None:
    _clash(two)
    two.lossy.suffer("submit", applied=False)
    two.lossy.meanwhile("submit")
    from syncd.engine import cycle

    while not two.mirror.store.intents.every():
        cycle(two.mirror)
        two.hours.ahead += 1.0
    resolve_conflict(two.mirror, "Fox.txt", keep)
    run = two.sync()
    assert run.report.settled and not run.report.conflicts, run.report
    assert len(two.files()) == len(two.titles()) == 2


DEEDS: dict[str, Callable[[Desk], object]] = {
    "the copy is deleted": lambda one: one.remove(_copy(one)),
    "the copy is renamed": lambda one: one.rename(_copy(one), "Fox 2.txt"),
    "the item is renamed": lambda one: one.rename("Fox.txt", "Fox 1.txt"),
    "the item is deleted": lambda one: one.remove("Fox.txt"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_it_is_off_the_list_when(two: Desk, deed: str) -> None:
    _clash(two)
    assert len(two.sync().report.conflicts) == 1
    DEEDS[deed](two)
    run = two.sync()
    assert not run.report.conflicts
    assert run.report.settled, run.report


def test_a_conflict_copy_that_is_edited_is_an_item_like_any_other(two: Desk) -> None:
    _clash(two)
    two.sync()
    two.write(_copy(two), "better")
    two.sync()
    assert sorted(two.titles().values()) == [b"better", b"keep", b"theirs"]


def test_equal_edits_are_no_conflict(two: Desk) -> None:
    item = two.submit("Fox.txt", "one")
    two.sync()
    two.overwrite(item, "Fox.txt", "same")
    two.write("Fox.txt", "same")
    run = two.sync()
    assert not run.report.conflicts
    assert two.files() == {"Fox.txt": b"same"}


STEPS = [point for point in POINTS if point.split(".")[0] in {"place", "snapshot", "receive", "discard"}]


@pytest.fixture
def v1(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, "v1") as one:
        yield one
        rests(one)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", [*STEPS, "store.commit", "store.committed"])
def test_a_crash_in_the_middle_multiplies_no_copies(v1: Desk, point: str, nth: int) -> None:
    _clash(v1)
    reopened(v1, Fate(point, nth))
    try:
        v1.sync()
    except Crash:
        pass
    else:
        assert point.startswith(("place", "receive", "snapshot", "discard", "store"))
    run = reopened(v1).sync()
    assert run.report.settled, run.report
    assert sorted(v1.files().values()) == [b"keep", b"mine", b"theirs"]
    assert sorted(v1.titles().values()) == [b"keep", b"mine", b"theirs"]


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_renamed_right_after_ours_took_its_place_stays_the_items(two: Desk, *, edited: bool) -> None:
    """The process dies between the rename and its record, and the file goes elsewhere before the next look."""
    item = _clash(two)
    two.sync()
    resolve_conflict(two.mirror, "Fox.txt", Keep.LOCAL)
    stays_its_items(two, item, b"mine", edited=edited)
    assert b"theirs" in two.trash()


def test_a_copy_that_is_renamed_before_it_could_go_is_no_copy_any_more(v1: Desk) -> None:
    """I19: its bytes are the item's by then, as a person wanted it."""
    _clash(v1)
    v1.sync()
    resolve_conflict(v1.mirror, "Fox.txt", Keep.LOCAL)
    reopened(v1, Fate("throw.begin", 2))  # the first one keeps their version
    with pytest.raises(Crash):
        v1.sync()
    v1.rename(_copy(v1), "Fox 2.txt")
    run = reopened(v1).sync()
    assert run.report.settled and not run.report.conflicts, run.report
    assert v1.files() == {"Fox.txt": b"mine", "keep.txt": b"keep"}
    assert v1.titles() == {"Fox": b"mine", "keep": b"keep"}


def test_a_copy_that_is_swapped_with_its_like_before_it_could_go_is_one_too_many(v1: Desk) -> None:
    """I19: by then both files hold the bytes that a person wanted, so a swap of them says nothing."""
    item = _clash(v1)
    v1.sync()
    copy = _copy(v1)
    resolve_conflict(v1.mirror, "Fox.txt", Keep.LOCAL)
    reopened(v1, Fate("throw.begin", 2))
    with pytest.raises(Crash):
        v1.sync()
    v1.rename(copy, "aside.tmp")
    v1.rename("Fox.txt", copy)
    v1.rename("aside.tmp", "Fox.txt")
    run = reopened(v1).sync()
    assert run.report.settled and not run.report.conflicts, run.report
    assert v1.files() == {"Fox.txt": b"mine", "keep.txt": b"keep"}
    assert v1.titles() == {"Fox": b"mine", "keep": b"keep"}
    agreed = v1.mirror.store.agreed.at("Fox.txt")
    assert agreed is not None and agreed.id == item.id


def test_pull_keeps_the_copy_local(tmp_path: Path) -> None:
    with desk(tmp_path, "draft15", policy=Policy(direction=Direction.PULL)) as one:
        _clash(one)
        run = one.sync()
        assert run.report.settled, run.report
        assert sorted(one.files().values()) == [b"keep", b"mine", b"theirs"]
        assert sorted(one.titles().values()) == [b"keep", b"theirs"]
        rests(one)


def _copied_in_vain(one: Desk, copy: str) -> None:
    """A copy was made for a conflict that then was none."""
    item = one.submit("Fox.txt", "fox")
    one.sync()
    one.write(copy, "fox")
    for _ in range(2):  # it is looked at once it is quiet
        look_here(one.mirror, full=True)
        one.mirror.clock.sleep(5.0)
    made = one.mirror.store.local.file(copy)
    assert made is not None
    identity = (made.fingerprint.inode, made.fingerprint.device, made.born_ns)
    one.mirror.store.placings.begin(-item.id, identity, made.sha256)


def test_a_copy_that_was_renamed_unseen_before_it_is_cleared_away_ends_no_cycle(two: Desk) -> None:
    copy = "Fox (conflict 1234abcd).txt"
    _copied_in_vain(two, copy)
    (two.folder / copy).rename(two.folder / "Vixen.txt")
    two.mirror.eyes.take(two.mirror.clock.steady())
    assert cycle(two.mirror).error is None
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"Fox.txt": b"fox"}
    assert b"fox" in two.trash()


def test_a_copy_below_what_is_a_link_by_now_is_no_failure(two: Desk) -> None:
    _copied_in_vain(two, "Sketches/Fox (conflict 1234abcd).txt")
    (two.folder / "Sketches").rename(two.folder.parent / "Sketches")
    (two.folder / "Sketches").symlink_to("../Sketches")
    two.mirror.eyes.take(two.mirror.clock.steady())
    assert [failure.error for failure in cycle(two.mirror).failures] == ["file-changed"]
    run = two.sync(true_up=True)
    assert run.report.settled and not run.report.failures, run.report
    assert (two.folder / "Sketches" / "Fox (conflict 1234abcd).txt").read_bytes() == b"fox"
