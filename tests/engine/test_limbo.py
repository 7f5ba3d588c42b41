"""Submissions whose outcome is unknown (W1, W2, W4, W7, W32): one file is one item, whatever gets lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.errors import DiskFailed, OutcomeUnknown, Unreachable
from syncd.core.model import AtRoot
from syncd.core.state import Answer
from syncd.engine import answer_hold
from syncd.remotes.faces import SubmittedButUnfinished
from tests.engine.desks import Desk, reopened
from tests.engine.lossy import Crash, Fate, Fault


def submissions(one: Desk) -> int:
    return one.remote.requests().get("submit", 0)


@pytest.mark.parametrize("path", ["Fox.txt", "Sketches/Fox.txt"])
def test_a_submission_that_was_applied_is_found_and_adopted(two: Desk, path: str) -> None:
    two.write("other.txt", "other")
    two.sync()
    two.write(path, "fox")
    two.lossy.suffer("submit")
    run = two.sync()
    assert run.report.settled, run.report
    assert submissions(two) == 2
    assert two.titles() == {path.removesuffix(".txt"): b"fox", "other": b"other"}
    assert two.files() == {path: b"fox", "other.txt": b"other"}


def test_one_that_never_arrived_is_sent_again_after_two_drains(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.suffer("submit", applied=False)
    run = two.sync()
    assert run.report.settled, run.report
    assert sum(two.hours.slept) >= 5.0
    assert submissions(two) == 1
    assert two.titles() == {"Fox": b"fox"}


def test_one_that_was_certainly_not_applied_is_no_limbo(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.suffer("submit", applied=False, error=Unreachable("no connection"))
    run = two.sync()
    assert run.report.settled, run.report
    assert submissions(two) == 1
    assert two.titles() == {"Fox": b"fox"}


def test_one_that_arrives_after_it_was_sent_again_is_a_twin_and_held(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.suffer("submit", applied=False)
    two.lossy.meanwhile("submit", after=lambda: two.submit("Fox.txt", "fox"))
    run = two.sync()
    assert two.files() == {"Fox.txt": b"fox"}
    assert [held.kind for held in run.report.held] == ["twin"]
    assert sorted(two.titles().values()) == [b"fox", b"fox"]
    assert reopened(two).sync().report.held == run.report.held
    answer_hold(two.mirror, run.report.held[0].id, Answer.CONFIRM)
    run = two.sync()
    assert sorted(two.files().values()) == [b"fox", b"fox"]
    assert run.report.settled and not run.report.held, run.report


def test_a_twin_that_a_person_rejects_is_left_alone(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.suffer("submit", applied=False)
    two.lossy.meanwhile("submit", after=lambda: two.submit("Fox.txt", "fox"))
    run = two.sync()
    answer_hold(two.mirror, run.report.held[0].id, Answer.REJECT)
    run = two.sync()
    assert two.files() == {"Fox.txt": b"fox"}
    assert run.report.settled and not run.report.held, run.report
    assert run.report.ignored == {"twin": 1}
    assert len(two.titles()) == 2


def test_of_several_matches_the_oldest_is_adopted_and_the_rest_held(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.faults.append(Fault("submit", after=lambda: two.submit("Fox.txt", "fox")))
    run = two.sync()
    assert [held.kind for held in run.report.held] == ["twin"]
    assert two.files() == {"Fox.txt": b"fox"}
    assert submissions(two) == 1


def test_of_equally_old_matches_the_one_with_its_title_is_adopted(two: Desk) -> None:
    two.write("Fox.txt", "fox")

    def others() -> None:
        for number in range(6):
            two.submit(f"Hare {number}.txt", "fox")

    two.lossy.faults.append(Fault("submit", after=others))
    two.sync()
    fox = two.mirror.store.agreed.at("Fox.txt")
    assert fox is not None and fox.title == "Fox"
    assert two.files() == {"Fox.txt": b"fox"}


def test_an_item_of_another_content_is_no_match(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.faults.append(Fault("submit", applied=False, before=lambda: two.submit("Fox.txt", "xof")))
    two.sync()
    assert sorted(two.files().values()) == [b"fox", b"xof"]
    assert sorted(two.titles().values()) == [b"fox", b"xof"]


@pytest.mark.parametrize("point", ["intent.open", "intent.answered"])
@pytest.mark.parametrize("path", ["Fox.txt", "A/B/Fox.txt"])
def test_a_crash_before_or_after_sending_leaves_one_item(two: Desk, point: str, path: str) -> None:
    reopened(two, Fate(point))
    two.write(path, "fox")
    with pytest.raises(Crash):
        two.sync()
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert list(two.titles().values()) == [b"fox"]
    assert two.files() == {path: b"fox"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_the_request_is_under_way_leaves_one_item(two: Desk, when: str) -> None:
    fate = Fate()
    reopened(two, fate)
    two.write("Fox.txt", "fox")
    two.lossy.meanwhile("submit", **{when: fate.die})
    with pytest.raises(Crash):
        two.sync()
    run = reopened(two).sync()
    assert run.report.settled, run.report
    assert submissions(two) == 1
    assert two.titles() == {"Fox": b"fox"}


@pytest.mark.parametrize("path", ["Fox.txt", "A/Fox.txt", "A/B/Fox.txt"])
def test_one_that_was_acknowledged_but_not_finished_is_finished(two: Desk, path: str) -> None:
    two.write("A/first.txt", "first")
    two.sync()
    two.write(path, "fox")

    def half() -> None:
        item = two.submit("Fox.txt", "fox", target=AtRoot("Sta.sh Uploads 5"))
        raise SubmittedButUnfinished(item.id, Unreachable("gone"))

    two.lossy.faults.append(Fault("submit", before=half))
    run = two.sync()
    assert run.report.settled, run.report
    assert sorted(two.titles().values()) == [b"first", b"fox"]
    assert sorted(two.files().values()) == [b"first", b"fox"]


class _Broken(Fate):
    """The disk fails once, right after a submission was answered."""

    def at(self, point: str) -> None:
        if point == "intent.answered" and not self.passed:
            self.passed.append(point)
            raise DiskFailed("the disk reports an error")


def test_one_whose_answer_is_not_recorded_is_in_limbo(two: Desk) -> None:
    """The next cycle finds what became of it."""
    one = reopened(two, _Broken())
    one.write("Fox.txt", "fox")
    run = one.sync()
    assert run.report.settled, run.report
    assert submissions(one) == 1
    assert (one.titles(), one.files()) == ({"Fox": b"fox"}, {"Fox.txt": b"fox"})


def test_one_that_was_acknowledged_has_no_twins(two: Desk) -> None:
    """It arrived once, so what another machine makes of the same bytes is an item like any other."""
    two.write("Fox.txt", "fox")

    def half() -> None:
        item = two.submit("Fox.txt", "fox")
        raise SubmittedButUnfinished(item.id, Unreachable("gone"))

    two.lossy.faults.append(Fault("submit", before=half))
    assert two.sync().report.settled
    two.submit("Copy.txt", "fox")
    run = two.sync()
    assert run.report.settled and not run.report.held, run.report
    assert two.files() == {"Fox.txt": b"fox", "Copy.txt": b"fox"}


def test_a_new_folder_that_was_not_yet_put_under_its_parent_is_put_there(two: Desk) -> None:
    """v1 makes a stack at the root and moves it: the answer to the move is lost before it happens."""
    if two.dialect != "v1":
        pytest.skip("the drafts do not nest")
    from syncd.core.model import Make

    two.write("A/first.txt", "first")
    two.sync()
    two.write("A/B/Fox.txt", "fox")

    def half() -> None:
        item = two.submit("Fox.txt", "fox", target=Make("B", None))
        raise SubmittedButUnfinished(item.id, Unreachable("gone"))

    two.lossy.faults.append(Fault("submit", before=half))
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {"A/first.txt": b"first", "A/B/Fox.txt": b"fox"}
    assert two.titles() == {"A/first": b"first", "A/B/Fox": b"fox"}


def test_a_file_deleted_while_its_submission_is_in_limbo_is_deleted_there(two: Desk) -> None:
    two.write("keep.txt", "keep")
    two.write("Fox.txt", "fox")
    two.lossy.faults.append(Fault("submit", after=lambda: two.remove("Fox.txt")))
    two.lossy.meanwhile("submit")
    two.sync()
    assert two.files() == {"keep.txt": b"keep"}
    assert two.titles() == {"keep": b"keep"}


def test_a_file_renamed_while_its_submission_is_in_limbo_renames_the_item(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.faults.append(Fault("submit", after=lambda: two.rename("Fox.txt", "Hare.txt")))
    two.sync()
    assert two.files() == {"Hare.txt": b"fox"}
    assert two.titles() == {"Hare": b"fox"}
    assert two.remote.requests()["submit"] == 2


def test_a_file_renamed_while_it_is_sent_renames_the_item(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.lossy.meanwhile("submit", before=lambda: two.rename("Fox.txt", "Hare.txt"))
    two.sync()
    assert two.files() == {"Hare.txt": b"fox"}
    assert two.titles() == {"Hare": b"fox"}


def test_a_file_deleted_while_it_is_sent_is_deleted_there(two: Desk) -> None:
    two.write("keep.txt", "keep")
    two.sync()
    two.write("Fox.txt", "fox")
    two.lossy.meanwhile("submit", before=lambda: two.remove("Fox.txt"))
    two.sync()
    assert two.titles() == {"keep": b"keep"}
    assert two.files() == {"keep.txt": b"keep"}


def test_two_files_of_equal_bytes_in_limbo_are_two_items(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.write("Hare.txt", "fox")
    two.lossy.suffer("submit")
    two.lossy.suffer("submit")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.titles() == {"Fox": b"fox", "Hare": b"fox"}
    assert not run.report.held


def test_one_in_limbo_is_not_taken_for_an_acknowledged_one_of_equal_bytes(two: Desk) -> None:
    two.write("Fox.txt", "fox")
    two.write("Hare.txt", "fox")

    def half() -> None:
        item = two.submit("Hare.txt", "fox")
        raise SubmittedButUnfinished(item.id, Unreachable("gone"))

    two.lossy.suffer("submit Fox", applied=False)
    two.lossy.faults.append(Fault("submit Hare", before=half))
    run = two.sync()
    assert run.report.settled and not run.report.held, run.report
    assert two.titles() == {"Fox": b"fox", "Hare": b"fox"}
    assert two.files() == {"Fox.txt": b"fox", "Hare.txt": b"fox"}


def test_without_a_listing_a_lost_submission_waits_for_a_person(two: Desk) -> None:
    two.lossy.shrunk = replace(two.remote.abilities, list=False, read=False, fetch=False, move=False, delete=False)
    two.write("Fox.txt", "fox")
    two.lossy.faults.append(Fault("submit", applied=False, error=OutcomeUnknown("lost")))
    run = two.sync()
    assert [held.kind for held in run.report.held] == ["limbo"]
    assert two.titles() == {}
    answer_hold(two.mirror, run.report.held[0].id, Answer.CONFIRM)
    run = two.sync()
    assert two.titles() == {"Fox": b"fox"}
    assert run.report.settled, run.report


def test_without_a_listing_a_rejected_one_is_never_sent_again(two: Desk) -> None:
    shrunk = replace(two.remote.abilities, list=False, read=False, fetch=False, move=False, delete=False)
    two.lossy.shrunk = shrunk
    two.write("Fox.txt", "fox")
    two.lossy.suffer("submit")
    run = two.sync()
    answer_hold(two.mirror, run.report.held[0].id, Answer.REJECT)
    run = two.sync()
    assert run.report.ignored == {"unknown-outcome": 1}
    assert two.titles() == {"Fox": b"fox"}
    reopened(two)
    two.lossy.shrunk = shrunk
    two.sync()
    assert two.titles() == {"Fox": b"fox"}
