"""Mirrors that only pull or only push (interface.md, Directions)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.core.model import Changes, Direction, Make
from syncd.engine import Policy
from tests.engine.desks import Desk, desk
from tests.engine.rest import rests


def _mirror(tmp_path: Path, dialect: str, direction: Direction) -> Iterator[Desk]:
    with desk(tmp_path, dialect, policy=Policy(direction=direction)) as one:
        yield one
        rests(one)


@pytest.fixture(params=["draft15", "v1"])
def pull(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from _mirror(tmp_path, request.param, Direction.PULL)


@pytest.fixture(params=["draft15", "v1"])
def push(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from _mirror(tmp_path, request.param, Direction.PUSH)


# --- pull


def test_pull_never_changes_the_remote(pull: Desk) -> None:
    item = pull.submit("a.txt", "a", target=Make("Sketches", None))
    pull.submit("b.txt", "b")
    pull.sync()
    before = pull.changing()
    pull.write("new.txt", "new")
    pull.write("Sketches/a.txt", "edited")
    pull.ever.add(b"a")
    run = pull.sync()
    assert run.report.settled, run.report
    assert pull.changing() == before
    assert pull.files()["new.txt"] == b"new"
    assert pull.files()["Sketches/a.txt"] == b"edited"
    assert sum(run.report.ignored.values()) == 2
    pull.overwrite(item, "a.txt", "theirs")
    run = pull.sync()
    assert pull.files()["Sketches/a.txt"] == b"theirs"
    assert sorted(pull.files().values()) == [b"b", b"edited", b"new", b"theirs"]
    assert pull.changing() == before


def test_pull_brings_back_what_was_deleted_renamed_or_moved(pull: Desk) -> None:
    for name in "abcd":
        pull.submit(f"{name}.txt", name)
    pull.submit("e.txt", "e", target=Make("Sketches", None))
    pull.sync()
    pull.remove("a.txt")
    pull.rename("b.txt", "bee.txt")
    pull.rename("c.txt", "Sketches/c.txt")
    pull.rename("Sketches", "Drawings")
    run = pull.sync()
    assert run.report.settled, run.report
    assert pull.files() == {
        "a.txt": b"a", "b.txt": b"b", "c.txt": b"c", "d.txt": b"d", "Sketches/e.txt": b"e",
    }  # fmt: skip
    assert sorted(pull.titles()) == ["Sketches/e", "a", "b", "c", "d"]


def test_pull_takes_deletions_and_renames_over(pull: Desk) -> None:
    a, b = pull.submit("a.txt", "a"), pull.submit("b.txt", "b")
    pull.submit("c.txt", "c")
    pull.sync()
    pull.there.delete(a.id)
    pull.there.edit(b.id, Changes(title="bee"))
    pull.sync()
    assert pull.files() == {"bee.txt": b"b", "c.txt": b"c"}


# --- push


def test_push_writes_nothing_here(push: Desk) -> None:
    push.write("a.txt", "a")
    push.write("Sketches/b.txt", "b")
    push.sync()
    push.submit("theirs.txt", "theirs", target=Make("Theirs", None))
    agreed = push.mirror.store.agreed.at("a.txt")
    assert agreed is not None
    item = push.there.read(agreed.id)
    push.overwrite(item, "a.txt", "A!")  # type: ignore[arg-type]
    push.ever.add(b"a")
    before = push.visible()
    run = push.sync()
    assert run.report.settled, run.report
    assert push.visible() == before
    assert push.directories() == {"Sketches"}
    assert sum(run.report.ignored.values()) >= 1


def test_push_sends_edits_renames_and_moves(push: Desk) -> None:
    push.write("a.txt", "a")
    push.write("b.txt", "b")
    push.write("Sketches/c.txt", "c")
    push.sync()
    push.write("a.txt", "A!")
    push.rename("b.txt", "bee.txt")
    push.rename("Sketches/c.txt", "c.txt")
    run = push.sync()
    assert run.report.settled, run.report
    assert push.titles() == {"a": b"A!", "bee": b"b", "c": b"c"}


def test_push_overwrites_what_others_changed_after_putting_it_into_the_trash(push: Desk) -> None:
    push.write("a.txt", "a")
    push.sync()
    agreed = push.mirror.store.agreed.at("a.txt")
    assert agreed is not None
    push.overwrite(push.there.read(agreed.id), "a.txt", "theirs")  # type: ignore[arg-type]
    push.write("a.txt", "mine")
    run = push.sync()
    assert run.report.settled, run.report
    assert push.titles() == {"a": b"mine"}
    assert b"theirs" in push.trash()


def test_push_deletes_there_only_with_the_bytes_in_the_trash(push: Desk) -> None:
    push.write("a.txt", "a")
    push.write("b.txt", "b")
    push.sync()
    push.remove("a.txt")
    run = push.sync()
    assert run.report.settled, run.report
    assert push.titles() == {"b": b"b"}
    assert push.trash() == [b"a"]


def test_push_does_not_send_again_what_was_deleted_there(push: Desk) -> None:
    push.write("a.txt", "a")
    push.write("b.txt", "b")
    push.sync()
    agreed = push.mirror.store.agreed.at("a.txt")
    assert agreed is not None
    push.there.delete(agreed.id)
    run = push.sync()
    assert run.report.settled, run.report
    assert push.files() == {"a.txt": b"a", "b.txt": b"b"}
    assert push.titles() == {"b": b"b"}
