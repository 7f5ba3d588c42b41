"""What happens to a mirror or its daemon, as frozen values, for whoever watches: log, stream, metrics, hook, desktop.

Law: a hearer takes a value and returns at once; it asks nothing, changes nothing and raises nothing. The engine's own
events (core/events.py) are happenings too, and transfers may tell theirs from any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncd.core.errors import SyncdError
from syncd.core.events import Event
from syncd.daemon.documents import Answer, Document
from syncd.engine import Report


@dataclass(frozen=True, slots=True)
class CycleEnded:
    """A cycle came to its end without an error, after so many seconds."""

    report: Report
    seconds: float


@dataclass(frozen=True, slots=True)
class OutageMet:
    """Something keeps the mirror from going on, for the `times`th time in a row; it tries again in `wait` seconds."""

    error: SyncdError
    wait: float
    times: int


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """The mirror goes on, after the outage of that code was met so many times."""

    error: str
    times: int


@dataclass(frozen=True, slots=True)
class MirrorCrashed:
    """A bug stopped the mirror, for the `times`th time in a row; it starts anew in `wait` seconds. Told while the
    exception is handled."""

    bug: str
    wait: float
    times: int


@dataclass(frozen=True, slots=True)
class HoldOpened:
    """Something new waits for a person; `held` as in `status`."""

    held: Document


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """What was held under this id is no longer."""

    held: Document


@dataclass(frozen=True, slots=True)
class ConflictFound:
    """Both sides changed; `conflict` as in `status`."""

    conflict: Document


@dataclass(frozen=True, slots=True)
class ConflictEnded:
    """A conflict is off the list."""

    conflict: Document


@dataclass(frozen=True, slots=True)
class LoginWanted:
    """Nothing goes on before somebody logs in."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TrashExpired:
    """So many files left the trash for good."""

    count: int


@dataclass(frozen=True, slots=True)
class Paused:
    """No cycle begins, until a Unix time or (None) until somebody says so."""

    until: float | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """Somebody ended the pause."""


@dataclass(frozen=True, slots=True)
class OperationBegan:
    """What somebody asked for begins. `ticket`: the word that they gave with it, to know it again."""

    operation: str
    ticket: str


@dataclass(frozen=True, slots=True)
class OperationEnded:
    """It ended with this answer."""

    operation: str
    ticket: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class DaemonStarted:
    """The daemon serves these mirrors."""

    mirrors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DaemonStopping:
    """The daemon starts nothing new."""


Happening = (
    Event
    | CycleEnded
    | OutageMet
    | OutageEnded
    | MirrorCrashed
    | HoldOpened
    | HoldEnded
    | ConflictFound
    | ConflictEnded
    | LoginWanted
    | TrashExpired
    | Paused
    | Resumed
    | OperationBegan
    | OperationEnded
    | DaemonStarted
    | DaemonStopping
)


class Hearer(Protocol):
    """Is told what happens. From any thread, often: it must be quick."""

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """Takes one happening of a mirror, or (None) of the daemon itself."""
        ...
