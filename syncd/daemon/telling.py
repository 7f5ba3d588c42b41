"""Turns what the engine tells into log lines: one for each action, a summary for each cycle that did something.

Law: what fails again in the same way is counted, not repeated: it is told the first time and then at every tenth power.
"""

from __future__ import annotations

import math
from collections import Counter

import structlog

from syncd.core.errors import SyncdError
from syncd.core.events import ActionEnded, Event, Listener, Outcome
from syncd.engine import Report

MOST_REMEMBERED = 10_000


class Chorus:
    """Tells several listeners."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    def told(self, event: Event) -> None:
        """Hands the event to each."""
        for listener in self._listeners:
            listener.told(event)


class Log:
    """The log of one mirror; a listener, and told of cycles and outages by the worker."""

    def __init__(self, mirror: str) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("syncd").bind(mirror=mirror)
        self._failed: Counter[tuple[str, str, str]] = Counter()
        self._outage: tuple[str, int] | None = None

    def told(self, event: Event) -> None:
        """One line for each action that ended."""
        if isinstance(event, ActionEnded):
            self._tell_action(event)

    def _tell_action(self, event: ActionEnded) -> None:
        known = {"action": event.action, "path": event.path, "itemid": event.itemid, "reason": event.reason}
        if event.outcome is Outcome.DONE:
            self._failed -= Counter({key: count for key, count in self._failed.items() if key[1] == event.path})
            self._log.info("action-done", **known)
            return
        if len(self._failed) > MOST_REMEMBERED:
            self._failed.clear()
        key = (event.action, event.path, event.error.partition(":")[0])
        self._failed[key] += 1
        if is_told(times := self._failed[key]):
            self._log.warning(f"action-{event.outcome.value}", **known, error=event.error, times=times)

    def cycle_ended(self, report: Report, seconds: float) -> None:
        """A summary, if the cycle did something."""
        if self._outage is not None:
            self._log.info("outage-ended", error=self._outage[0], times=self._outage[1])
            self._outage = None
        if not report.actions:
            self._log.debug("cycle-ended", seconds=round(seconds, 3), settled=report.settled)
            return
        counts = Counter(event.outcome.value for event in report.actions)
        self._log.info(
            "cycle-ended",
            seconds=round(seconds, 3),
            settled=report.settled,
            held=len(report.held),
            conflicts=len(report.conflicts),
            failing=len(report.failures),
            **counts,
        )

    def outage(self, error: SyncdError, wait: float) -> None:
        """What keeps the mirror from going on; the same one again is counted."""
        times = self._outage[1] + 1 if self._outage and self._outage[0] == error.code else 1
        self._outage = (error.code, times)
        if is_told(times):
            self._log.warning(
                "outage", error=error.code, message=error.message, remedy=error.remedy, wait=round(wait, 2), times=times
            )

    def crashed(self, wait: float) -> None:
        """A bug, with its traceback; to be called while the exception is handled."""
        self._log.exception("mirror-crashed", wait=round(wait, 2))

    def expired(self, count: int) -> None:
        """The trash was emptied of what had expired."""
        if count:
            self._log.info("trash-expired", count=count)


def is_told(times: int) -> bool:
    """Whether the so-manieth time of the same thing is worth a line."""
    return times == int(10 ** round(math.log10(times)))
