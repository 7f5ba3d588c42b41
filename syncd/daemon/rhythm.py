"""When the next cycle of a mirror is to run.

Law: a marked path is looked at once it can be quiet, and a file that never is does not cost a request every time it
grows: the wait doubles, up to the poll interval. All times are steady seconds.
"""

from __future__ import annotations

import math

from syncd.core import pace
from syncd.engine import Report

MOST_IN_A_ROW = 20
"""Cycles that follow each other at once; after so many something is wrong, and they keep the poll interval."""
SOONEST = 0.05


class Rhythm:
    """The times of one mirror's cycles. `least` and `most`: the poll interval; `settle`: how long files must be
    quiet."""

    def __init__(self, *, least: float, most: float, settle: float) -> None:
        self.interval = least
        self._least = least
        self._most = most
        self._settle = settle
        self._due = 0.0
        self._not_before = 0.0
        self._restless = 0
        self._in_a_row = 0

    def told(self, *, least: float, most: float, settle: float) -> None:
        """Other times hold from now on; the poll interval begins anew."""
        self.interval = self._least = least
        self._most = most
        self._settle = settle

    @property
    def due(self) -> float:
        """When the next cycle is due; infinite if only a wake-up brings one."""
        return max(self._due, self._not_before)

    def now(self, now: float) -> None:
        """A cycle is to run at once, unless an outage is waited out."""
        self._due = min(self._due, now)

    def marked(self, now: float) -> None:
        """Something changed on the disk."""
        self._due = min(self._due, now + self._patience())

    def at_once(self, now: float) -> None:
        """What was waited for may be there: no longer wait."""
        self._due, self._not_before = now, 0.0

    def outage(self, now: float, wait: float) -> None:
        """A cycle failed: none before so many seconds are over, and one then."""
        self._due = self._not_before = now + wait

    def ended(self, report: Report, now: float, unix: float) -> None:
        """A cycle ended without an error: sets when the next one is due, and the poll interval."""
        found = bool(report.actions) or report.progress
        self.interval = pace.next_poll(self.interval, self._least, self._most, idle=not found)
        self._not_before = 0.0
        self._restless = self._restless + 1 if report.due is not None and not found else 0
        if report.progress or report.true_up_wanted:
            self._in_a_row += 1
            self._due = now if self._in_a_row <= MOST_IN_A_ROW else now + self._least
            return
        self._in_a_row = 0
        times = [math.inf]
        if report.due is not None:
            times.append(max(report.due, now + self._patience()))
        if report.retry_at is not None:
            times.append(now + max(SOONEST, report.retry_at - unix))
        self._due = min(times)

    def _patience(self) -> float:
        first = max(self._settle, SOONEST)
        return min(pace.doubling(first, max(self._least, first), self._restless, 0.0), max(self._least, first))
