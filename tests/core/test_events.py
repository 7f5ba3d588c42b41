"""What the engine tells has one name everywhere, and cannot be changed by who hears it."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest

from syncd.core.events import EventName, Looking, Outcome, Silence


def test_names_can_be_written_in_an_event_stream_and_with_hyphens() -> None:
    for name in EventName:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert name == name.name.lower()


def test_outcomes_are_the_words_of_the_json() -> None:
    assert [*Outcome] == ["done", "failed", "held", "refused", "planned"]


def test_who_hears_an_event_cannot_change_it() -> None:
    event = Looking("here", 3)
    Silence().told(event)
    with pytest.raises(FrozenInstanceError):
        event.seen = 4  # type: ignore[misc]
    assert event == Looking("here", 3)
