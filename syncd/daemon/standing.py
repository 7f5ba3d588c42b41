"""How a mirror stands: the document that `status` shows, from what was last seen and what the daemon knows beside.

Law: it asks no remote, takes no lock and writes nothing, so it answers whatever else goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from syncd.config import MirrorSettings
from syncd.core.errors import (
    FolderMissing,
    LoginNeeded,
    SyncdError,
    Throttled,
    Unreachable,
)
from syncd.daemon import documents
from syncd.daemon.credentials import tokens_of
from syncd.daemon.documents import Document
from syncd.daemon.exits import error_document, failure_document
from syncd.daemon.foresight import Foresight
from syncd.daemon.keeping import LAST_POLL, kept_space, kept_time
from syncd.daemon.opening import Wiring, looking
from syncd.daemon.resting import Rest
from syncd.engine import Eyes, Mirror, Outlook, ignored
from syncd.local.watching import Watching
from syncd.remotes.faces import Remote, Space
from syncd.store.history import Failure
from syncd.store.store import StoredBackoff

State = Literal[
    "folder-missing", "login-needed", "error", "paused", "offline", "throttled", "syncing", "held", "settled"
]
_OF_THEIR_OWN = (FolderMissing, LoginNeeded, Unreachable, Throttled)
"""Errors that have a state of their own."""
PASSING_TRIES = 3


@dataclass(frozen=True, slots=True)
class Live:
    """What the daemon knows of a mirror that it serves. `error`: what keeps it from going on, or ended its last cycle.
    `quiet`: its last cycle left nothing, and nothing was marked since. `rest`: why it begins no cycle. Times are Unix
    seconds."""

    error: SyncdError | None = None
    quiet: bool = False
    rest: Rest | None = None
    last_poll: float | None = None
    next_poll: float | None = None
    watching: Watching = Watching.OFF


@dataclass(frozen=True, slots=True)
class Serving:
    """The process that serves a mirror, as `status` uses it."""

    live: Live
    eyes: Eyes
    remote: Remote | None
    foresight: Foresight = field(default_factory=Foresight)


def standing(settings: MirrorSettings, wiring: Wiring, serving: Serving | None = None) -> Document:
    """The status object of one mirror. Never raises a SyncdError: what keeps it from looking is among its errors."""
    live = serving.live if serving else None
    try:
        with looking(
            settings, wiring, eyes=serving.eyes if serving else None, remote=serving.remote if serving else None
        ) as mirror:
            error = live.error if live else _found_without_a_daemon(settings, mirror)
            ahead = (serving.foresight if serving else Foresight()).outlook(mirror)
            return _document(settings, mirror, live, error, ahead)
    except SyncdError as error:
        return _unreadable(settings, live, error)


def _found_without_a_daemon(settings: MirrorSettings, mirror: Mirror) -> SyncdError | None:
    """What would keep a sync from going on, as far as that can be told without a request."""
    try:
        if mirror.marker:
            mirror.root.check(mirror.marker)
        if not tokens_of(settings).is_there():
            return LoginNeeded("there is no token yet")
    except SyncdError as error:
        return error
    until, _ = StoredBackoff(settings.state).load()
    return Throttled("The server asked for a pause.", retry_at=until) if until > mirror.clock.now() else None


def _document(
    settings: MirrorSettings, mirror: Mirror, live: Live | None, error: SyncdError | None, ahead: Outlook
) -> Document:
    store = mirror.store
    failures = list(store.failures.every().values())
    failing = [failure for failure in failures if not _is_passing(failure)]
    held, conflicts = store.decisions.held(), store.decisions.conflicts()
    settled = not failures and error is None and _is_settled(mirror, ahead, live)
    true_of: Mapping[State, bool] = {
        "folder-missing": isinstance(error, FolderMissing),
        "login-needed": isinstance(error, LoginNeeded),
        "error": bool(failing) or (error is not None and not isinstance(error, _OF_THEIR_OWN)),
        "paused": live is not None and live.rest is not None,
        "offline": isinstance(error, Unreachable),
        "throttled": isinstance(error, Throttled),
        "syncing": not settled,
        "held": bool(held or conflicts),
        "settled": True,
    }
    return {
        **_head(settings, next(state for state, is_so in true_of.items() if is_so), settled=settled),
        "pending": dict(ahead.pending),
        "held": [documents.held(row) for row in held],
        "conflicts": [documents.conflict(row) for row in conflicts],
        "errors": [*_errors(error), *map(failure_document, failing)],
        "ignored": ignored(mirror),
        "published": store.agreed.published(),
        "items": store.agreed.count(),
        "bytes": store.local.totals()[1],
        "space": _space(kept_space(mirror)),
        **_polls(live, kept_time(mirror, LAST_POLL)),
    }


def _is_passing(failure: Failure) -> bool:
    """Whether it is no failure yet: the answer to a request was lost with the network, and is being looked for."""
    return failure.error == "outcome-unknown" and failure.attempts <= PASSING_TRIES


def _is_settled(mirror: Mirror, ahead: Outlook, live: Live | None) -> bool:
    store = mirror.store
    drained = store.remote.cursor is not None or not mirror.remote.abilities.list
    left = bool(ahead.pending) or bool(ahead.waiting) or bool(store.intents.every())
    return drained and not left and (live is None or live.quiet)


def _unreadable(settings: MirrorSettings, live: Live | None, error: SyncdError) -> Document:
    """What is shown of a mirror whose database cannot be read."""
    return {
        **_head(settings, "error", settled=False),
        "pending": {},
        "held": [],
        "conflicts": [],
        "errors": _errors(error),
        "ignored": {},
        "published": 0,
        "items": 0,
        "bytes": 0,
        "space": None,
        **_polls(live, None),
    }


def _head(settings: MirrorSettings, state: State, *, settled: bool) -> Document:
    return {
        "name": settings.name,
        "kind": settings.kind,
        "direction": settings.direction.value,
        "folder": str(settings.folder),
        "state": state,
        "settled": settled,
    }


def _errors(error: SyncdError | None) -> list[Document]:
    return [] if error is None else [error_document(error)]


def _space(space: Space | None) -> Document | None:
    return None if space is None else {"available": space.available, "total": space.total}


def _polls(live: Live | None, last_change: float | None) -> Document:
    rest = live.rest if live else None
    return {
        "last_poll": live.last_poll if live else last_change,
        "next_poll": live.next_poll if live else None,
        "watching": (live.watching if live else Watching.OFF).value,
        "paused_until": None if rest is None or math.isinf(rest.until) else rest.until,
        "paused_by": None if rest is None else rest.cause.value,
    }
