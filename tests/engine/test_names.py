"""Hostile titles and names, end to end and both ways; zero-byte files (W23; interface.md, on disk)."""

from __future__ import annotations

import unicodedata

import pytest

from syncd.core.model import Changes, Make
from syncd.core.state import Answer
from syncd.engine import answer_hold
from tests.engine.desks import Desk

HOSTILE = [
    "a/b",
    "..",
    ".",
    "CON",
    "nul\tl",
    "100%41",
    "Fox (1)",
    "x" * 300,
    "ü" * 200,
    " lead",
    "trail.",
    ".hidden",
    "a:b",
]
TITLES = [*HOSTILE, ".syncd", "-rf", "../../etc/passwd", "~", "line\nfeed", "Fox.png", "日本語", "%2F"]


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_a_hostile_title_becomes_one_file_and_stays(two: Desk, title: str) -> None:
    item = two.submit("file.txt", "x")
    item = two.there.edit(item.id, Changes(title=title))
    run = two.sync()
    assert run.report.settled, run.report
    assert list(two.files().values()) == [b"x"]
    (path,) = two.files()
    assert "/" not in path
    two.write(path, "edited")
    run = two.sync()
    assert two.actions(run) == [("replace", path)]
    assert list(two.titles()) == [item.title]


@pytest.mark.parametrize("titles", [("Fox", "fox"), ("Fox", "Fox"), ("é", unicodedata.normalize("NFD", "é"))])
def test_titles_that_collide_become_two_files(two: Desk, titles: tuple[str, str]) -> None:
    first, second = two.submit("a.txt", "A"), two.submit("b.txt", "B")
    two.there.edit(first.id, Changes(title=titles[0]))
    two.there.edit(second.id, Changes(title=titles[1]))
    run = two.sync()
    assert run.report.settled, run.report
    assert sorted(two.files().values()) == [b"A", b"B"]
    names = list(two.files())
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == 2
    two.there.delete(min(first.id, second.id))
    two.sync()
    assert len(two.files()) == 1
    assert set(two.files()) <= set(names), "names stick"


def test_folder_titles_that_differ_in_case_only_are_two_directories(two: Desk) -> None:
    two.submit("a.txt", "a", target=Make("Art", None))
    two.submit("b.txt", "b", target=Make("art", None))
    run = two.sync()
    assert run.report.settled, run.report
    assert sorted(two.files().values()) == [b"a", b"b"]


NAMES = [
    "100%41.txt",
    "no extension",
    ".dotfile",
    "Fox.tar.gz",
    "a  b.txt",
    "ünïcode.txt",
    "%41.txt",
    "Fox (conflict).txt",
    "a.b.c",
    "x" * 250 + ".txt",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_an_odd_file_name_keeps_its_file(two: Desk, name: str) -> None:
    two.write(name, "x")
    run = two.sync()
    assert run.report.settled, run.report
    assert two.files() == {name: b"x"}
    two.rename(name, "plain.txt")
    run = two.sync()
    assert two.actions(run) == [("rename", "plain.txt")]
    assert two.titles() == {"plain": b"x"}


def test_a_case_only_rename_is_a_rename(two: Desk) -> None:
    two.write("fox.txt", "x")
    two.sync()
    two.rename("fox.txt", "Fox.txt")
    run = two.sync()
    assert two.actions(run) == [("rename", "Fox.txt")]
    assert two.titles() == {"Fox": b"x"}


# --- zero bytes


def test_a_title_that_is_another_files_name_but_for_its_own_case_gets_a_suffix(two: Desk) -> None:
    two.write("Fox.txt", "a")
    two.write("fox.txt", "b")
    two.sync()
    fox = next(item for item in two.listing()[0].values() if item.title == "Fox")
    two.there.edit(fox.id, Changes(title="fox"))
    run = two.sync()
    assert run.report.settled, run.report
    assert sorted(two.files().values()) == [b"a", b"b"]
    assert two.files()["fox.txt"] == b"b"


def test_a_file_of_zero_bytes_waits_and_is_sent(two: Desk) -> None:
    two.write("empty.txt", "")
    run = two.sync()
    assert sum(two.hours.slept) >= 9.0
    assert run.report.settled, run.report
    assert two.titles() == {"empty": b""}


def test_emptying_a_version_with_content_is_asked_first(two: Desk) -> None:
    two.write("a.txt", "content")
    two.sync()
    two.write("a.txt", "")
    two.ever.add(b"content")
    run = two.sync()
    assert [held.kind for held in run.report.held] == ["empty"]
    assert two.titles() == {"a": b"content"}
    answer_hold(two.mirror, run.report.held[0].id, Answer.CONFIRM)
    run = two.sync()
    assert two.titles() == {"a": b""}
    assert run.report.settled and not run.report.held
    two.ever.discard(b"content")


def test_emptying_that_is_rejected_brings_the_content_back(two: Desk) -> None:
    two.write("a.txt", "content")
    two.sync()
    two.write("a.txt", "")
    two.ever.add(b"content")
    run = two.sync()
    answer_hold(two.mirror, run.report.held[0].id, Answer.REJECT)
    run = two.sync()
    assert two.files() == {"a.txt": b"content"}
    assert run.report.settled and not run.report.held
    two.ever.discard(b"")


def test_an_emptied_file_that_is_filled_again_is_sent(two: Desk) -> None:
    two.write("a.txt", "content")
    two.sync()
    two.write("a.txt", "")
    two.sync()
    two.write("a.txt", "new")
    run = two.sync()
    assert not run.report.held
    assert two.titles() == {"a": b"new"}
    two.ever.discard(b"")
