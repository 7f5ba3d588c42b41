"""The event stream's memory: ids, what a client that comes back is given, and what becomes of a slow one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncd.core.errors import Unreachable
from syncd.core.events import ActionEnded, Looking, Outcome, Transferred
from syncd.daemon.feed import Entry, Feed, TooManyFollow
from syncd.daemon.happenings import CycleEnded, DaemonStarted, OutageMet, Paused, Resumed
from syncd.engine import Clock, Report


class Hours:
    def __init__(self) -> None:
        self.at = 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, steady=lambda: self.at, sleep=lambda _seconds: None)


def wake() -> None:
    return


def names(entries: list[Entry]) -> list[str]:
    return [field(entry, "event") for entry in entries]


def field(entry: Entry, name: str) -> str:
    found = [line for line in entry.wire.decode().splitlines() if line.startswith(f"{name}: ")]
    return found[0].partition(": ")[2] if found else ""


def data(entry: Entry) -> Any:
    return json.loads(field(entry, "data"))


def done(path: str) -> ActionEnded:
    return ActionEnded("upload", path, 7, Outcome.DONE, "new here")


def test_who_follows_is_told_what_happens_from_then_on() -> None:
    feed = Feed(Hours().clock)
    feed.heard("stash", done("before"))
    with feed.following("", None, wake) as client:
        feed.heard("stash", done("Fox.png"))
        feed.heard(None, DaemonStarted(("stash",)))
        (first, second), over = feed.take(client)
        assert not over
        assert data(first) == {
            "event": "action_ended",
            "at": 1000.0,
            "mirror": "stash",
            "action": "upload",
            "path": "Fox.png",
            "itemid": 7,
            "outcome": "done",
            "reason": "new here",
        }
        assert names([second]) == ["daemon_started"]
        assert feed.take(client) == ([], False)


def test_a_client_that_comes_back_is_given_what_it_missed() -> None:
    feed = Feed(Hours().clock)
    with feed.following("", None, wake) as client:
        feed.heard("stash", done("1"))
        (seen,), _ = feed.take(client)
    for path in ("2", "3"):
        feed.heard("stash", done(path))
    with feed.following(field(seen, "id"), None, wake) as client:
        entries, _ = feed.take(client)
        assert [data(entry)["path"] for entry in entries] == ["2", "3"]
        feed.heard("stash", done("4"))
        assert [data(entry)["path"] for entry in feed.take(client)[0]] == ["4"]
    with feed.following(field(entries[-1], "id"), None, wake) as client:
        assert [data(entry)["path"] for entry in feed.take(client)[0]] == ["4"]


@pytest.mark.parametrize("last", ["0-1", "nonsense", "-", "ffff-٣", "-1"])
def test_what_is_no_longer_kept_is_told_to_be_missing(last: str) -> None:
    feed = Feed(Hours().clock, ring=2)
    for path in ("1", "2", "3"):
        feed.heard("stash", done(path))
    with feed.following(last, None, wake) as client:
        entries, _ = feed.take(client)
    assert names(entries) == ["missed", "action_ended", "action_ended"]
    assert field(entries[0], "id") == ""


def test_an_id_that_just_fell_out_of_the_ring_misses_nothing() -> None:
    feed = Feed(Hours().clock, ring=2)
    with feed.following("", None, wake) as client:
        for path in ("1", "2", "3"):
            feed.heard("stash", done(path))
        entries, _ = feed.take(client)
    with feed.following(field(entries[0], "id"), None, wake) as client:
        assert names(feed.take(client)[0]) == ["action_ended"] * 2
    feed.heard("stash", done("4"))
    with feed.following(field(entries[0], "id"), None, wake) as client:
        assert names(feed.take(client)[0])[0] == "missed"


def test_an_id_of_another_life_is_not_taken_for_one_of_this() -> None:
    hours = Hours()
    old = Feed(hours.clock)
    with old.following("", None, wake) as client:
        old.heard("stash", done("1"))
        (seen,), _ = old.take(client)
    hours.at += 1
    new = Feed(hours.clock)
    new.heard("stash", done("1"))
    with new.following(field(seen, "id"), None, wake) as client:
        assert names(new.take(client)[0]) == ["missed", "action_ended"]


def test_a_slow_client_is_dropped_and_told_and_holds_up_nobody() -> None:
    feed = Feed(Hours().clock, ring=3, queue=3)
    with feed.following("", None, wake) as slow, feed.following("", None, wake) as quick:
        for number in range(5):
            feed.heard("stash", done(str(number)))
            assert len(feed.take(quick)[0]) == 1
        entries, over = feed.take(slow)
        assert (names(entries), over) == (["dropped"], True)
        assert feed.dropped == 1
    assert feed.count == 0


def test_one_mirror_can_be_followed_alone() -> None:
    feed = Feed(Hours().clock)
    with feed.following("", "stash", wake) as client:
        feed.heard("other", done("theirs"))
        feed.heard("stash", done("ours"))
        feed.heard(None, DaemonStarted(()))
        assert names(feed.take(client)[0]) == ["action_ended", "daemon_started"]


def test_bytes_under_way_are_summed_up_and_told_a_few_times_a_second_at_most() -> None:
    hours = Hours()
    feed = Feed(hours.clock)
    with feed.following("", None, wake) as client:
        for _ in range(100):
            feed.heard("stash", Transferred("Fox.png", 10, up=True))
            hours.at += 0.01
        feed.heard("stash", done("Fox.png"))
        entries, _ = feed.take(client)
    moved = [data(entry) for entry in entries if field(entry, "event") == "transferred"]
    assert sum(each["up"] for each in moved) == 1000
    assert 4 <= len(moved) <= 6
    assert names(entries)[-1] == "action_ended"


def test_what_passes_is_not_kept() -> None:
    hours = Hours()
    feed = Feed(hours.clock)
    with feed.following("", None, wake) as client:
        feed.heard("stash", done("1"))
        feed.heard("stash", Looking("here", 500))
        feed.heard("stash", CycleEnded(Report(settled=True), 0.1))
        entries, _ = feed.take(client)
    assert [bool(field(entry, "id")) for entry in entries] == [True, False, False]
    with feed.following(field(entries[0], "id"), None, wake) as client:
        assert feed.take(client) == ([], False)


def test_an_outage_is_told_when_it_begins_and_not_each_time_it_is_met() -> None:
    feed = Feed(Hours().clock)
    with feed.following("", None, wake) as client:
        for times in range(1, 4):
            feed.heard("stash", OutageMet(Unreachable("no route"), 1.0, times))
        (entry,), _ = feed.take(client)
    assert data(entry)["error"]["error"] == "unreachable"


def test_clients_are_bounded_and_let_go_at_the_end() -> None:
    woken: list[int] = []
    feed = Feed(Hours().clock, most=1)
    with feed.following("", None, lambda: woken.append(1)) as client:
        with pytest.raises(TooManyFollow), feed.following("", None, wake):
            pass
        feed.heard("stash", Paused(None))
        feed.heard("stash", Resumed())
        feed.end()
        entries, over = feed.take(client)
        assert (names(entries), over, len(woken)) == (["paused", "resumed"], True, 3)
    with feed.following("", None, wake) as late:
        assert feed.take(late) == ([], True)
