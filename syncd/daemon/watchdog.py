"""Keeps systemd's watchdog quiet as long as the engines move, and tells systemd in words how the daemon stands.

Law: there is no timer that says "alive". A word goes out only when every engine was looked at and none of them stands,
so an engine that hangs ends the process, which systemd starts anew; one that sends a long file moves with each piece.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from syncd.core.errors import FolderMissing, LoginNeeded, SyncdError, Throttled, Unreachable
from syncd.daemon.notify import READY, STOPPING, WATCHDOG, notify, status
from syncd.daemon.standing import Live

STUCK_SECONDS = 600.0
"""An engine whose turn moved in nothing for so long hangs: twice what the slowest answer of a server may take."""
SHARE = 4
"""A word goes out four times as often as the watchdog asks for."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What is looked at of one mirror's engine: its name, what it last said, for how many seconds a turn that is under
    way did not move, and whether its thread lives."""

    name: str
    live: Live
    stands: float
    lives: bool

    @property
    def is_stuck(self) -> bool:
        """Whether only a new process helps."""
        return not self.lives or self.stands >= STUCK_SECONDS


def words(engines: Sequence[Engine]) -> str:
    """How the daemon stands, on one line."""
    return "; ".join(f"{engine.name}: {_stands(engine)}" for engine in engines)


def _stands(engine: Engine) -> str:
    live = engine.live
    if engine.is_stuck:
        return "stuck"
    if live.error is not None:
        return _trouble(live.error)
    if live.rest is not None:
        return "paused"
    if live.last_poll is None:
        return "starting"
    return "settled" if live.quiet else "syncing"


def _trouble(error: SyncdError) -> str:
    match error:
        case FolderMissing():
            return "the folder is missing"
        case LoginNeeded():
            return "login needed: run `syncd login`"
        case Throttled():
            return "waiting, as the server asked for"
        case Unreachable():
            return "offline"
        case _:
            return error.message


class Watchdog:
    """Speaks to systemd for as long as a daemon runs."""

    def __init__(self, environ: Mapping[str, str] = os.environ, pid: int | None = None) -> None:
        """WATCHDOG_USEC and WATCHDOG_PID as sd_watchdog_enabled(3) reads them; `pid` is this process."""
        self._tell: Callable[[str], bool] = lambda message: notify(message, environ)
        asked, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        ours = not whose or whose == str(os.getpid() if pid is None else pid)
        self._every = int(asked) / 1e6 / SHARE if ours and asked.isascii() and asked.isdigit() else 0.0
        self._told_at: float | None = None
        self._words = ""
        self._unheard = ""

    def ready(self, engines: Sequence[Engine]) -> None:
        """All is loaded."""
        self._words = words(engines)
        self._unheard = f"{READY}\n{status(self._words)}"
        self._tell_again()

    def look(self, engines: Sequence[Engine], now: float) -> bool:
        """To be called every few seconds (`now`: steady seconds); tells what is new. Whether no engine is stuck."""
        self._tell_again()
        if (line := words(engines)) != self._words:
            self._words = line
            self._tell(status(line))
        moves = not any(engine.is_stuck for engine in engines)
        if moves and self._every and (self._told_at is None or now - self._told_at >= self._every):
            self._told_at = now
            self._tell(WATCHDOG)
        return moves

    def _tell_again(self) -> None:
        """That all is loaded must be heard: without it the unit would be ended as one that does not start."""
        if self._unheard and self._tell(self._unheard):
            self._unheard = ""

    def stopping(self) -> None:
        """The end has begun."""
        self._tell(f"{STOPPING}\n{status('ending')}")
