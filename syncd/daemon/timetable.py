"""The timetable of one opened mirror, from its settings and from what was done last.

Law: it only says when; what is due is the service's to do.
"""

from __future__ import annotations

from syncd.config import DaemonSettings, MirrorSettings
from syncd.core.hours import parse_hours
from syncd.daemon.beside import Beside
from syncd.daemon.keeping import TRUE_UP, kept_time
from syncd.engine import Mirror

FIRST_EXPIRY_SECONDS = 60.0
HOUR_SECONDS = 3600.0


class Timetable:
    """Plans a mirror's wake-ups. Used by the mirror's own thread."""

    def __init__(self, mirror: Mirror, beside: Beside) -> None:
        self._mirror = mirror
        self._beside = beside
        beside.scheduler.expiries(mirror.name, beside.wakes, mirror.clock.now() + FIRST_EXPIRY_SECONDS)

    def plan(self, settings: MirrorSettings, daemon: DaemonSettings) -> None:
        """Plans what comes at its hours: true-ups, and the ends and beginnings of rests. Repeatable."""
        now, name, wakes = self._mirror.clock.now(), self._mirror.name, self._beside.wakes
        every, last = daemon.full_scan_hours * HOUR_SECONDS, kept_time(self._mirror, TRUE_UP)
        first = (now if last is None or last > now else last) + every  # a clock that was set back forgets the last one
        self._beside.scheduler.true_ups(name, wakes, max(now + 1, first), every)
        self._beside.scheduler.turns(name, wakes, parse_hours(settings.active))

    def poll(self, interval: float) -> float:
        """Plans the next poll in so many seconds; answers when (Unix seconds)."""
        at = self._mirror.clock.now() + interval
        self._beside.scheduler.poll(self._mirror.name, self._beside.wakes, at)
        return at
