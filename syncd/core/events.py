"""What the engine tells while it works: frozen values for whoever listens (progress, log, history, metrics).

Law: the engine draws and logs nothing itself; a listener changes nothing and raises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of an action."""

    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    REFUSED = "refused"
    PLANNED = "planned"


class EventName(StrEnum):
    """What happens, by the names that others see: in the event stream, for the hook, and with hyphens in the log."""

    ACTION_ENDED = "action_ended"
    WORK_PLANNED = "work_planned"
    TRANSFERRED = "transferred"
    LOOKING = "looking"
    CYCLE_ENDED = "cycle_ended"
    HOLD_OPENED = "hold_opened"
    HOLD_ENDED = "hold_ended"
    CONFLICT_FOUND = "conflict_found"
    CONFLICT_ENDED = "conflict_ended"
    LOGIN_NEEDED = "login_needed"
    OUTAGE_BEGAN = "outage_began"
    OUTAGE_ENDED = "outage_ended"
    MIRROR_CRASHED = "mirror_crashed"
    TRASH_EXPIRED = "trash_expired"
    PAUSED = "paused"
    RESUMED = "resumed"
    OPERATION_BEGAN = "operation_began"
    OPERATION_ENDED = "operation_ended"
    DAEMON_STARTED = "daemon_started"
    DAEMON_STOPPING = "daemon_stopping"


ATTENTION = (
    EventName.HOLD_OPENED,
    EventName.CONFLICT_FOUND,
    EventName.LOGIN_NEEDED,
    EventName.OUTAGE_BEGAN,
    EventName.OUTAGE_ENDED,
    EventName.MIRROR_CRASHED,
)
"""What a person may want to be told, wherever they are."""


@dataclass(frozen=True, slots=True)
class ActionEnded:
    """One action ended. `action` is a word of the JSON in interface.md; `error` a SyncdError's code and message."""

    action: str
    path: str
    itemid: int | None
    outcome: Outcome
    reason: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class WorkPlanned:
    """A plan is about to be carried out: so many actions, so many bytes to transfer as far as known."""

    actions: int
    size: int


@dataclass(frozen=True, slots=True)
class Transferred:
    """So many bytes went over the wire for a path."""

    path: str
    size: int
    up: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """A look goes on: entries told by the remote, or directories scanned here, so far."""

    where: str
    seen: int


Event = ActionEnded | WorkPlanned | Transferred | Looking


class Listener(Protocol):
    """Is told every event. Transfers may tell from their own threads."""

    def told(self, event: Event) -> None:
        """Takes one event."""
        ...


class Silence:
    """A listener that does nothing."""

    def told(self, event: Event) -> None:
        """Forgets it."""
