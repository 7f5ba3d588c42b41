"""Shows on the desktop what needs a person: holds, conflicts and a wanted login (org.freedesktop.Notifications).

Law: one notification for each mirror and cause, changed in place when more comes and taken away when nothing is left;
never more often than every `PAUSE_SECONDS`. Without a session bus, a desktop or the library it does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

import structlog

from syncd.daemon.happenings import (
    ConflictEnded,
    ConflictFound,
    Happening,
    HoldEnded,
    HoldOpened,
    LoginWanted,
    OutageEnded,
)
from syncd.daemon.session_bus import Bus, Notice, SessionBus
from syncd.daemon.telling import is_told

PAUSE_SECONDS = 2.0
AGAIN_SECONDS = 60.0
"""A desktop that was not there may be there later."""
END_SECONDS = 3.0


class Cause(Enum):
    """Why a person is needed, and what they are told to do."""

    HOLD = ("waits for your word", "`syncd held` lists it; `confirm` lets it happen, `reject` undoes it.")
    CONFLICT = ("changed on both sides", "`syncd conflicts` lists them; both versions are kept.")
    LOGIN = ("needs a login", "Run `syncd login`; nothing is lost meanwhile.")


@dataclass(slots=True)
class _Shown:
    """One cause of one mirror: what there is of it, by a key each, and what is shown. `news`: some of it is new."""

    what: dict[object, str] = field(default_factory=dict)
    news: bool = False
    id: int = 0


class Desktop:
    """Hears everything, and shows in a thread of its own. `shown` counts the notifications."""

    def __init__(self, bus: Bus | None = None, *, pause: float = PAUSE_SECONDS, again: float = AGAIN_SECONDS) -> None:
        self._bus: Bus = bus or SessionBus()
        self._pause = pause
        self._again = again
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._ending = threading.Event()
        self._causes: dict[tuple[str, Cause], _Shown] = {}
        self._failures = 0
        self.wanted = True
        self.shown = 0

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """Remembers what needs a person, or does no longer."""
        if mirror is None:
            return
        match happening:
            case HoldOpened(row):
                self._add(mirror, Cause.HOLD, row["id"], str(row["reason"]))
            case HoldEnded(row):
                self._remove(mirror, Cause.HOLD, row["id"])
            case ConflictFound(row):
                self._add(mirror, Cause.CONFLICT, row["itemid"], str(row["path"]))
            case ConflictEnded(row):
                self._remove(mirror, Cause.CONFLICT, row["itemid"])
            case LoginWanted(message):
                self._add(mirror, Cause.LOGIN, None, message)
            case OutageEnded("login-needed"):
                self._remove(mirror, Cause.LOGIN, None)
            case _:
                pass

    @contextmanager
    def working(self) -> Iterator[None]:
        """Shows while the body runs."""
        thread = threading.Thread(target=self._work, name="desktop", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            self._news.set()
            thread.join(END_SECONDS)

    def _add(self, mirror: str, cause: Cause, key: object, text: str) -> None:
        with self._lock:
            shown = self._causes.setdefault((mirror, cause), _Shown())
            shown.what[key], shown.news = text, True
        self._news.set()

    def _remove(self, mirror: str, cause: Cause, key: object) -> None:
        with self._lock:
            shown = self._causes.get((mirror, cause))
            if shown is not None:
                shown.what.pop(key, None)
        self._news.set()

    def _work(self) -> None:
        is_shown = True
        while not self._ending.is_set():
            self._news.wait(None if is_shown else self._again)
            self._news.clear()
            is_shown = self.show()
            self._ending.wait(self._pause)

    def show(self) -> bool:
        """Shows what is new, and takes away what is over; False if there is no desktop to show it."""
        with self._lock:
            causes = list(self._causes.items())
        try:
            for (mirror, cause), shown in causes:
                self._show(mirror, cause, shown)
        except OSError as error:
            self._failures += 1
            if is_told(self._failures):
                structlog.get_logger("syncd").info("not-shown", reason=str(error), times=self._failures)
            return False
        return True

    def _show(self, mirror: str, cause: Cause, shown: _Shown) -> None:
        with self._lock:
            what, news, shown.news = list(shown.what.values()), shown.news, False
        if what and news and self.wanted:
            try:
                shown.id = self._bus.show(notice(mirror, cause, what, shown.id))
            except OSError:
                shown.news = True
                raise
            self.shown += 1
        elif not what and shown.id:
            known, shown.id = shown.id, 0
            self._bus.close(known)


def notice(mirror: str, cause: Cause, what: list[str], replaces: int = 0) -> Notice:
    """What is shown of a cause: how much there is of it, a few of them, and what to do."""
    words, remedy = cause.value
    several = f"{len(what)} files" if cause is Cause.CONFLICT and len(what) > 1 else "a file"
    title = f"syncd: {mirror}: {several} {words}" if cause is Cause.CONFLICT else f"syncd: {mirror} {words}"
    few = "; ".join(what[:3]) + (f"; and {len(what) - 3} more" if len(what) > 3 else "")
    return Notice(replaces, title, f"{few}\n{remedy}")
