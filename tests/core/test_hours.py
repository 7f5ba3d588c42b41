"""Hours of the day: what may be written, and what lies in them (syncd/core/hours.py)."""

from __future__ import annotations

from datetime import time

import pytest

from syncd.core.hours import Hours, parse_hours


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("22:00-07:00", ["22:00", "23:59", "00:00", "06:59"], ["07:00", "12:00", "21:59"]),
        ("9:00-17:30", ["09:00", "17:29"], ["08:59", "17:30", "00:00"]),
        ("12:00-13:00, 22:00-07:00", ["12:30", "03:00"], ["13:00", "21:00"]),
        ("18:00-24:00", ["18:00", "23:59"], ["00:00", "17:59"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59"], []),
        ("", ["00:00", "12:00"], []),
    ],
)
def test_what_lies_in_the_hours(text: str, inside: list[str], outside: list[str]) -> None:
    hours = parse_hours(text)
    assert [moment for moment in inside if not hours.hold(time.fromisoformat(moment))] == []
    assert [moment for moment in outside if hours.hold(time.fromisoformat(moment))] == []


@pytest.mark.parametrize(
    "text", ["22-7", "25:00-07:00", "22:00", "22:00-07:60", "10:00-10:00", "18:00-24:30", "a", ","]
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_hours(text)


def test_the_edges_are_all_times_at_which_something_changes() -> None:
    assert [*parse_hours("12:00-13:00, 22:00-07:00").edges()] == [time(12), time(13), time(22), time(7)]
    assert parse_hours("12:00-13:00, 22:00-07:00").openings() == (time(12), time(22))
    assert [*Hours().edges()] == []
