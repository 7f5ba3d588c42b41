"""The hang detector: work is pending, nothing that has a name is waited for, and nothing moves.

Law: what `status` names by itself is no standstill: an outage, a pause, a back-off, a failure, a hold, a file that is
not quiet, a submission that is being looked for. What is left then is a bug, or a server that lies; it is said aloud.
A thread that hangs in the middle of a cycle is another matter, and the watchdog's (progress.py).
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.errors import NoProgress
from syncd.core.events import Outcome
from syncd.daemon.happenings import OutageMet
from syncd.daemon.progress import Progress
from syncd.daemon.resting import Resting
from syncd.daemon.standing import Live
from syncd.daemon.voice import Voice
from syncd.engine import Report

STANDSTILL_SECONDS = 900.0
"""Three polls at the default of an idle mirror: one that heals by itself at the next look is no standstill."""


class Standstill:
    """Watches one mirror, on its own thread."""

    def __init__(self, voice: Voice, resting: Resting) -> None:
        self._voice = voice
        self._resting = resting
        self._work = Progress()
        self._left = 0
        self._told = 0

    def ended(self, report: Report) -> None:
        """A cycle ended without an error."""
        self._work.moved(report.progress + sum(event.outcome is Outcome.DONE for event in report.actions))
        self._left = sum(report.pending.values()) + len(report.waiting)
        self._work.pending(pending=_is_left_over(report))

    def shown(self, live: Live, now: float) -> Live:
        """What the mirror says of itself, with the standstill if there is one. `now`: steady seconds."""
        if live.error is not None or self._resting.rest() is not None:
            self._work.pending(pending=False)
        stands = self._work.standing(now)
        times = int(stands // STANDSTILL_SECONDS)
        if not times:
            self._told = 0
            return live
        error = NoProgress(f"{self._left} things are pending, and none has moved for {stands / 60:.0f} minutes.")
        if times > self._told:
            self._told = times
            self._voice.say(OutageMet(error, 0.0, times))
        return replace(live, error=error)


def _is_left_over(report: Report) -> bool:
    """Whether something is to be done, and nothing is waited for."""
    waits = report.due is not None or report.retry_at is not None or bool(report.failures) or report.progress
    return not report.settled and not waits
