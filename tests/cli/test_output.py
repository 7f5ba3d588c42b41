"""How a command speaks."""

from __future__ import annotations

import pytest

from syncd.cli import render
from syncd.cli.output import count, moment, plain, say, size, table
from syncd.cli.progress import Progress
from syncd.cli.render_status import status
from syncd.core.events import ActionEnded, Looking, Outcome, Transferred, WorkPlanned


def test_what_comes_from_outside_cannot_drive_the_terminal() -> None:
    assert plain("Fox\x1b[2J\n\u202edawn") == "Fox\\x1b[2J\\n\\u202edawn"
    assert plain("Füchslein 🦊") == "Füchslein 🦊"
    assert plain("not \udcff utf-8") == "not \\udcff utf-8"


def test_words_for_numbers() -> None:
    assert [count(1, "file"), count(2, "file"), count(0, "child", "children")] == ["1 file", "2 files", "0 children"]
    assert [size(0), size(1023), size(4913), size(5 * 2**30)] == ["0 bytes", "1023 bytes", "4.8 KiB", "5.0 GiB"]
    assert moment(None) == moment(0) == "never"
    assert moment(1_700_000_000).startswith("2023-11-1")


def test_columns_are_aligned() -> None:
    assert table([("a", "bb", "c"), ("aaa", "b", "")]) == "a    bb  c\naaa  b"
    assert table([]) == ""


def test_a_character_that_the_terminal_does_not_have_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    say("lone \udc80")
    assert capsys.readouterr().out == "lone \\udc80\n"


SYNC = {
    "mirror": "stash",
    "settled": True,
    "cycles": 2,
    "seconds": 1.3,
    "counts": {"upload": 1},
    "actions": [
        {"action": "upload", "path": "Fox.png", "itemid": 1, "outcome": "done", "reason": "new here"},
        {"action": "download", "path": "Hen.png", "itemid": 2, "outcome": "failed", "reason": "new there"},
    ],
    "requests": {"total": 5},
    "bytes": {"up": 4913, "down": 0},
    "errors": [],
    "ignored": {},
    "held": [{"id": "ab12", "kind": "brake", "count": 12, "sample": ["a", "b"], "since": 1.0, "reason": "many go"}],
    "conflicts": [{"path": "Fox.png", "itemid": 1, "copy": "Fox (conflict 1234abcd).png", "since": 1.0}],
}


def test_a_run_is_told_action_by_action_with_what_waits_and_what_to_do() -> None:
    lines = render.sync(SYNC).splitlines()
    assert lines[0] == "upload        Fox.png  (new here)"
    assert lines[1].startswith("FAILED  download")
    assert "held  ab12: many go (12 items: a, b)" in lines
    assert any("syncd held confirm ab12" in line for line in lines)
    assert any("Fox (conflict 1234abcd).png" in line for line in lines)
    assert lines[-1] == "stash: in sync but for what waits for you (1 action, 4.8 KiB up, 5 requests)"
    assert "upload" not in render.sync(SYNC, skip=1)


def test_a_dry_run_says_that_nothing_was_changed() -> None:
    planned = {**SYNC, "actions": [{**SYNC["actions"][0], "outcome": "planned"}]}  # type: ignore[index]
    assert render.sync(planned).splitlines()[-1] == "1 action would be carried out; nothing was changed."


def test_empty_lists_say_so() -> None:
    assert render.held({"held": []}) == "Nothing is held."
    assert render.conflicts({"conflicts": []}) == "There is no conflict."
    assert render.trash({"trash": []}) == "The trash is empty."
    assert render.history({"history": []}) == "Nothing was done yet."
    assert render.verify({"verify": []}) == "No difference."
    assert render.listing({"ls": []}) == "Nothing is there."


def test_status_tells_every_mirror_and_what_to_do() -> None:
    error = {"path": "Fox.png", "itemid": 1, "message": "too large", "remedy": "Shrink it.", "retry_at": None}
    mirror = {
        "name": "stash",
        "kind": "stash",
        "direction": "two-way",
        "folder": "/Stash",
        "state": "error",
        "settled": False,
        "pending": {"upload": 2},
        "held": [],
        "conflicts": [],
        "errors": [error],
        "ignored": {"symlink": 1},
        "published": 1,
        "items": 3,
        "bytes": 2048,
        "space": {"available": 1024, "total": 2048},
        "last_poll": 1.7e9,
        "next_poll": None,
        "watching": "inotify",
    }
    text = status({"daemon": "stopped", "mirrors": [mirror]})
    for part in (
        "syncd run",
        "stash: error",
        "upload 2",
        "symlink 1",
        "1 published",
        "Fox.png: too large",
        "Shrink it.",
    ):
        assert part in text


def test_a_listener_tells_each_action_as_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(silent=False) as progress:
        progress.told(Looking("remote", 1000))
        progress.told(WorkPlanned(100, 2**30))
        progress.told(Transferred("Fox.png", 100, up=True))
        progress.told(ActionEnded("upload", "Fox.png", 1, Outcome.DONE, "new here"))
    assert progress.lines == 1
    told = capsys.readouterr()
    assert told.out == "upload        Fox.png  (new here)\n"
    assert told.err == ""


def test_a_silent_listener_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(silent=True) as progress:
        progress.told(ActionEnded("upload", "Fox.png", 1, Outcome.DONE, "new here"))
    assert progress.lines == 0
    assert capsys.readouterr().out == ""


def test_bars_are_drawn_on_a_terminal_for_big_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with Progress(silent=False) as progress:
        progress.told(WorkPlanned(2, 10))
        assert progress._bars is None
        progress.told(WorkPlanned(100, 2**30))
        progress.told(Transferred("Fox.png", 100, up=True))
        progress.told(Looking("remote", 1000))
        progress.told(WorkPlanned(100, 2**20))
        assert progress._bars is not None
        progress.told(ActionEnded("upload", "Fox [red].png", 1, Outcome.DONE, "new here"))
