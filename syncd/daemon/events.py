"""A happening as the event that others see: a name, and a JSON document (docs/control-api.md).

Law: every event says what happened, when (Unix seconds) and to which mirror; null for the daemon itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import assert_never

from syncd.core.events import ActionEnded, EventName, Looking, Outcome, Transferred, WorkPlanned
from syncd.daemon import documents
from syncd.daemon.documents import Document
from syncd.daemon.exits import error_document
from syncd.daemon.happenings import (
    ConflictEnded,
    ConflictFound,
    CycleEnded,
    DaemonStarted,
    DaemonStopping,
    Happening,
    HoldEnded,
    HoldOpened,
    LoginWanted,
    MirrorCrashed,
    OperationBegan,
    OperationEnded,
    OutageEnded,
    OutageMet,
    Paused,
    Resumed,
    TrashExpired,
)
from syncd.daemon.telling import is_told


@dataclass(frozen=True, slots=True)
class Told:
    """An event. `passing`: worth knowing only now, so that nobody keeps it."""

    name: EventName
    document: Document
    passing: bool = False


def told(mirror: str | None, happening: Happening, at: float) -> Told | None:
    """The event, or None where the same was told before and only counted."""
    named = _named(happening)
    if named is None:
        return None
    name, rest = named
    is_passing = name in _PASSING or (isinstance(happening, CycleEnded) and not happening.report.actions)
    return Told(name, {"event": name.value, "at": round(at, 3), "mirror": mirror, **rest}, is_passing)


_PASSING = frozenset({EventName.TRANSFERRED, EventName.LOOKING})


def _named(happening: Happening) -> tuple[EventName, Document] | None:  # noqa: PLR0912 - one case for each kind
    match happening:
        case ActionEnded():
            return EventName.ACTION_ENDED, documents.action(happening)
        case WorkPlanned(actions, size):
            return EventName.WORK_PLANNED, {"actions": actions, "bytes": size}
        case Transferred(path, size, up):
            return EventName.TRANSFERRED, {"path": path, "up": size if up else 0, "down": 0 if up else size}
        case Looking(where, seen):
            return EventName.LOOKING, {"where": where, "seen": seen}
        case CycleEnded():
            return EventName.CYCLE_ENDED, _cycle(happening)
        case HoldOpened(held):
            return EventName.HOLD_OPENED, {"held": held}
        case HoldEnded(held):
            return EventName.HOLD_ENDED, {"held": held}
        case ConflictFound(conflict):
            return EventName.CONFLICT_FOUND, {"conflict": conflict}
        case ConflictEnded(conflict):
            return EventName.CONFLICT_ENDED, {"conflict": conflict}
        case LoginWanted(message, remedy):
            return EventName.LOGIN_NEEDED, {"message": message, "remedy": remedy}
        case TrashExpired(count):
            return EventName.TRASH_EXPIRED, {"count": count}
        case Paused(until):
            return EventName.PAUSED, {"until": until}
        case Resumed():
            return EventName.RESUMED, {}
        case OutageMet() | OutageEnded() | MirrorCrashed():
            return _trouble(happening)
        case OperationBegan() | OperationEnded() | DaemonStarted() | DaemonStopping():
            return _doing(happening)
        case _:
            assert_never(happening)


def _trouble(happening: OutageMet | OutageEnded | MirrorCrashed) -> tuple[EventName, Document] | None:
    match happening:
        case OutageMet(error, wait, times):
            began = EventName.OUTAGE_BEGAN, {"error": error_document(error), "wait": round(wait, 3)}
            return began if times == 1 else None
        case OutageEnded(error, times):
            return EventName.OUTAGE_ENDED, {"error": error, "times": times}
        case MirrorCrashed(bug, wait, times):
            crashed = EventName.MIRROR_CRASHED, {"bug": bug, "wait": round(wait, 3), "times": times}
            return crashed if is_told(times) else None


def _doing(happening: OperationBegan | OperationEnded | DaemonStarted | DaemonStopping) -> tuple[EventName, Document]:
    match happening:
        case OperationBegan(operation, ticket):
            return EventName.OPERATION_BEGAN, {"operation": operation, "ticket": ticket}
        case OperationEnded(operation, ticket, answer):
            ended: Document = {"operation": operation, "ticket": ticket, "exit_code": answer.exit_code}
            return EventName.OPERATION_ENDED, ended
        case DaemonStarted(mirrors):
            return EventName.DAEMON_STARTED, {"mirrors": list(mirrors)}
        case DaemonStopping():
            return EventName.DAEMON_STOPPING, {}


def _cycle(ended: CycleEnded) -> Document:
    report = ended.report
    return {
        "seconds": round(ended.seconds, 3),
        "settled": report.settled,
        "counts": dict(Counter(event.action for event in report.actions if event.outcome is Outcome.DONE)),
        "failed": sum(event.outcome is Outcome.FAILED for event in report.actions),
        "pending": dict(report.pending),
        "held": len(report.held),
        "conflicts": len(report.conflicts),
        "failing": len(report.failures),
    }
