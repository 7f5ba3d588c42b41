"""Hours of the day, as a person writes them: `22:00-07:00`, or several, `12:00-13:00, 22:00-07:00`.

Law: they are read from the clock on the wall. So an hour that a change of the clock skips is over at once, and one that
it repeats counts twice, as a person would say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

_SPAN = re.compile(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)\s*")


@dataclass(frozen=True, slots=True)
class Span:
    """From one time of the day up to, and without, another; past midnight if that one is not later."""

    begin: time
    end: time

    def holds(self, moment: time) -> bool:
        """Whether this time of the day lies in it."""
        if self.begin < self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of each day; none means all of them."""

    spans: tuple[Span, ...] = ()

    def hold(self, moment: time) -> bool:
        """Whether this time of the day, without a zone, lies in one of them."""
        return not self.spans or any(span.holds(moment) for span in self.spans)

    def edges(self) -> Iterator[time]:
        """The times of the day at which the answer may change."""
        for span in self.spans:
            yield span.begin
            yield span.end

    def openings(self) -> tuple[time, ...]:
        """The times of the day at which one begins."""
        return tuple(span.begin for span in self.spans)


def parse_hours(text: str) -> Hours:
    """The hours that a text names, "" for all. ValueError for anything else, and for hours that begin as they end."""
    if not text.strip():
        return Hours()
    return Hours(tuple(_span(part) for part in text.split(",")))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("must be hours such as 22:00-07:00, or several of them with commas between")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    if last_hour == 24 and last_minute:
        raise ValueError("must end at 24:00 at the latest")
    span = Span(time(hour, minute), time(last_hour % 24, last_minute))
    if span.begin == span.end and last_hour != 24:
        raise ValueError("must not begin and end at the same time")
    return span
