"""Turns what happens into log lines: one for each action, a summary for each cycle that did something.

Law: what fails again in the same way is counted, not repeated: it is told the first time and then at every tenth power.
The names of lines are those of the event stream (docs/control-api.md), with hyphens.
"""

from __future__ import annotations

import math
from collections import Counter

import structlog

from syncd.core.events import ActionEnded, Event, Listener, Outcome
from syncd.daemon.happenings import (
    ConflictFound,
    CycleEnded,
    Happening,
    HoldOpened,
    MirrorCrashed,
    OperationEnded,
    OutageEnded,
    OutageMet,
    Paused,
    Resumed,
    TrashExpired,
)

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
    """The log of all mirrors; a hearer."""

    def __init__(self) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("syncd")
        self._failed: dict[tuple[str | None, str], Counter[tuple[str, str]]] = {}

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """One line, if it is worth one."""
        match happening:
            case ActionEnded():
                self._action(mirror, happening)
            case CycleEnded():
                self._cycle(mirror, happening)
            case OutageMet() | OutageEnded() | MirrorCrashed():
                self._trouble(mirror, happening)
            case HoldOpened(row):
                known = {"id": row["id"], "kind": row["kind"], "reason": row["reason"], "count": row["count"]}
                self._log.warning("hold-opened", mirror=mirror, **known)
            case ConflictFound(row):
                self._log.warning(
                    "conflict-found", mirror=mirror, path=row["path"], copy=row["copy"], itemid=row["itemid"]
                )
            case TrashExpired(count):
                self._log.info("trash-expired", mirror=mirror, count=count)
            case Paused(until):
                self._log.info("paused", mirror=mirror, until=until)
            case Resumed():
                self._log.info("resumed", mirror=mirror)
            case OperationEnded(operation, _, answer):
                self._log.info("operation-ended", mirror=mirror, operation=operation, exit_code=answer.exit_code)
            case _:
                pass

    def _action(self, mirror: str | None, event: ActionEnded) -> None:
        known = {"action": event.action, "path": event.path, "itemid": event.itemid, "reason": event.reason}
        if event.outcome is Outcome.DONE:
            self._failed.pop((mirror, event.path), None)
            self._log.info("action-done", mirror=mirror, **known)
            return
        if len(self._failed) > MOST_REMEMBERED:
            self._failed.clear()
        of_path = self._failed.setdefault((mirror, event.path), Counter())
        key = (event.action, event.error.partition(":")[0])
        of_path[key] += 1
        if is_told(times := of_path[key]):
            self._log.warning(f"action-{event.outcome.value}", mirror=mirror, **known, error=event.error, times=times)

    def _cycle(self, mirror: str | None, ended: CycleEnded) -> None:
        report, seconds = ended.report, round(ended.seconds, 3)
        if not report.actions:
            self._log.debug("cycle-ended", mirror=mirror, seconds=seconds, settled=report.settled)
            return
        counts = Counter(event.outcome.value for event in report.actions)
        left = {"held": len(report.held), "conflicts": len(report.conflicts), "failing": len(report.failures)}
        self._log.info("cycle-ended", mirror=mirror, seconds=seconds, settled=report.settled, **left, **counts)

    def _trouble(self, mirror: str | None, met: OutageMet | OutageEnded | MirrorCrashed) -> None:
        match met:
            case OutageMet(error, wait, times) if is_told(times):
                known = {"error": error.code, "message": error.message, "remedy": error.remedy}
                self._log.warning("outage", mirror=mirror, **known, wait=round(wait, 2), times=times)
            case OutageEnded(code, times):
                self._log.info("outage-ended", mirror=mirror, error=code, times=times)
            case MirrorCrashed(bug, wait, times) if is_told(times):
                self._log.exception("mirror-crashed", mirror=mirror, bug=bug, wait=round(wait, 2), times=times)
            case _:
                pass


def is_told(times: int) -> bool:
    """Whether the so-manieth time of the same thing is worth a line."""
    return times == int(10 ** round(math.log10(times)))
