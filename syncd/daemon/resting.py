"""Why a mirror begins no cycle although nothing is wrong: somebody's pause, hours outside of `active`, a metered
connection.

Law: what somebody asks for is done all the same. A pause is on the disk before anyone is told of it, so that it also
outlasts a restart that nobody asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from syncd.config import MirrorSettings
from syncd.core.hours import Hours, parse_hours
from syncd.store.beside import replace_text


class Cause(StrEnum):
    """Why a mirror rests."""

    PAUSE = "pause"
    HOURS = "hours"
    METERED = "metered"


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest, and when it ends by itself (Unix seconds; infinite if that cannot be told)."""

    cause: Cause
    until: float


class StoredPause:
    """A pause in a small file of the mirror's state folder: until a Unix time, infinite for until somebody ends it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "pause.json"

    def load(self) -> float | None:
        """The end of the pause; None if there is none, or what is there makes no sense."""
        try:
            until = json.loads(self._path.read_text(encoding="utf-8"))["until"]
            return math.inf if until is None else float(until)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, until: float | None) -> None:
        """Keeps it, or (None) that there is none. A disk that does not take it is no reason to go on: the pause then
        lasts as long as the process."""
        try:
            if until is None:
                self._path.unlink(missing_ok=True)
            else:
                replace_text(self._path, json.dumps({"until": None if math.isinf(until) else until}))
        except OSError:
            return


class Resting:
    """Whether one mirror rests. May be used from any thread."""

    def __init__(self, settings: MirrorSettings, now: Callable[[], float], is_metered: Callable[[], bool]) -> None:
        """`now` is in Unix seconds; `is_metered` answers at once."""
        self._now = now
        self._is_metered = is_metered
        self._stored = StoredPause(settings.state)
        self._paused_until = self._stored.load()
        self.told(settings)

    def told(self, settings: MirrorSettings) -> None:
        """Goes by other settings from now on."""
        self._active = parse_hours(settings.active)
        self._limit_hours = parse_hours(settings.limit_hours)
        self._minds_metered = settings.pause_on_metered

    def pause(self, until: float | None) -> None:
        """Rests until a Unix time, or until `resume` (None)."""
        self._paused_until = math.inf if until is None else until
        self._stored.save(self._paused_until)

    def resume(self) -> bool:
        """Ends somebody's pause; whether there was one."""
        was_paused = self._paused() is not None
        self._paused_until = None
        self._stored.save(None)
        return was_paused

    def rest(self) -> Rest | None:
        """The rest there is now: somebody's own word comes first."""
        if (until := self._paused()) is not None:
            return Rest(Cause.PAUSE, until)
        if not self._active.hold(self._moment().time()):
            return Rest(Cause.HOURS, next_opening(self._active, self._moment()))
        if self._minds_metered and self._is_metered():
            return Rest(Cause.METERED, math.inf)
        return None

    def is_limited(self) -> bool:
        """Whether the limits of traffic hold now."""
        return self._limit_hours.hold(self._moment().time())

    def _paused(self) -> float | None:
        until = self._paused_until
        return until if until is not None and until > self._now() else None

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now())  # noqa: DTZ006 - the clock on the wall


def next_opening(hours: Hours, moment: datetime) -> float:
    """When the hours begin next after a local time, in Unix seconds; where the clock changes, as the wall shows it."""
    days = (moment.date() + timedelta(days=ahead) for ahead in range(3))
    starts = [datetime.combine(day, opening).timestamp() for day in days for opening in hours.openings()]
    return min((start for start in starts if start > moment.timestamp()), default=math.inf)
