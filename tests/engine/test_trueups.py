"""A true-up of items without a stable version: their bytes are looked at, and written down only if they are others."""

from __future__ import annotations

import pytest

from tests.engine.desks import Desk, reopened
from tests.engine.lossy import Fate


@pytest.fixture
def v1(two: Desk) -> Desk:
    if two.dialect != "v1":
        pytest.skip("the drafts tell a version of everything")
    return two


def test_what_is_the_same_is_read_and_not_written(v1: Desk) -> None:
    for number in range(5):
        v1.submit(f"{number}.txt", f"text {number}")
    v1.sync()
    steps = Fate()
    again = reopened(v1, steps)
    before = again.remote.requests().get("original", 0)
    again.sync(true_up=True)
    assert again.remote.requests()["original"] - before == 5
    assert [point for point in steps.passed if point.startswith(("receive.", "place.", "discard."))] == []


@pytest.mark.parametrize("content", ["fax", "a longer text"])
def test_what_is_another_text_comes(v1: Desk, content: str) -> None:
    item = v1.submit("a.txt", "fox")
    v1.sync()
    v1.overwrite(item, "a.txt", content)
    v1.sync(true_up=True)
    assert v1.files() == {"a.txt": content.encode()}


def test_what_a_placing_left_in_the_stage_is_listed_in_the_trash(two: Desk) -> None:
    """Not at the next start only: a daemon runs for months."""
    (two.mirror.root.stage / "7-key.swap").write_bytes(b"displaced")
    two.sync()
    assert two.trash() == []
    two.sync(true_up=True, dry_run=True)
    assert two.trash() == []
    two.sync(true_up=True)
    assert two.trash() == [b"displaced"]
    assert len(two.mirror.store.trash.every()) == 1
