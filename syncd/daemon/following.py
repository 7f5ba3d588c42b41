"""Follows a running daemon's event stream, for commands: what they show while they wait.

Law: the stream is for showing only. When it breaks, or the daemon is too old to have one, nothing else suffers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import quote

from syncd.core.events import ActionEnded, Event, EventName, Listener, Looking, Outcome, Transferred, WorkPlanned
from syncd.daemon.documents import Document
from syncd.daemon.wire import Connection

SILENCE_SECONDS = 60.0
"""A stream that says less than a heartbeat for so long is dead."""
JOIN_SECONDS = 2.0
_BROKEN = (OSError, HTTPException, ValueError)


@contextmanager
def following(path: Path, mirror: str | None = None) -> Iterator[Iterator[Document]]:
    """The events from now on, until the stream ends; an empty document for each heartbeat.

    Raises OSError, HTTPException or ValueError if the daemon has no stream for us, or when it breaks.
    """
    connection = Connection(path, SILENCE_SECONDS)
    try:
        connection.request("GET", "/v1/events" + (f"?mirror={quote(mirror, safe='')}" if mirror else ""))
        response = connection.getresponse()
        if response.status != 200:
            raise HTTPException(f"HTTP {response.status}")
        yield _events(response)
    finally:
        connection.close()


def _events(response: HTTPResponse) -> Iterator[Document]:
    data = ""
    while line := response.readline().decode("utf-8"):
        name, _, value = line.rstrip("\n").partition(":")
        if name == "data":
            data = value
        elif not name and value:
            yield {}  # a comment: the daemon is there
        elif not name and data:
            document = json.loads(data)
            data = ""
            if isinstance(document, dict):
                yield document


@dataclass(slots=True)
class Changes:
    """Tells that something happened since it was asked last. Used by a reader's thread and the one that waits."""

    _changed: threading.Event = field(default_factory=threading.Event)
    ended: bool = False

    def tell(self, *, ended: bool = False) -> None:
        """Something happened; or nothing will any more."""
        self.ended = self.ended or ended
        self._changed.set()

    def wait(self) -> bool:
        """Waits for the next; whether there will be any more."""
        self._changed.wait()
        self._changed.clear()
        return not self.ended


@contextmanager
def changes(path: Path) -> Iterator[Changes]:
    """Follows, in a thread, while the body runs; `ended` once the stream is over."""
    found = Changes()

    def read(ready: threading.Event) -> None:
        with suppress(*_BROKEN), following(path) as events:
            ready.set()
            for _ in events:
                found.tell()
        ready.set()
        found.tell(ended=True)

    with _reading(read):
        yield found


@contextmanager
def shown(path: Path, mirror: str, ticket: str, listener: Listener) -> Iterator[None]:
    """Tells the listener what happens in the operation of that ticket, while the body has it performed."""

    def read(ready: threading.Event) -> None:
        with suppress(*_BROKEN), following(path, mirror) as events:
            ready.set()
            tell(events, ticket, listener)
        ready.set()

    with _reading(read):
        yield


@contextmanager
def _reading(read: Callable[[threading.Event], None]) -> Iterator[None]:
    """Reads in a thread that is on its way before the body begins, and given a moment to come to its end after it."""
    ready = threading.Event()
    thread = threading.Thread(target=read, args=(ready,), name="events", daemon=True)
    thread.start()
    ready.wait(JOIN_SECONDS)
    yield
    thread.join(JOIN_SECONDS)


def tell(events: Iterator[Document], ticket: str, listener: Listener) -> None:
    """Tells the listener what the engine told, from the operation's begin to its end."""
    ours = False
    for document in events:
        name, is_ours = document.get("event"), document.get("ticket") == ticket
        if name == EventName.OPERATION_BEGAN and is_ours:
            ours = True
        elif name == EventName.OPERATION_ENDED and is_ours:
            return
        elif ours:
            for event in engine_events(document):
                listener.told(event)


def engine_events(told: Document) -> list[Event]:
    """The events of the engine that a document of the stream tells; none for any other."""
    match told:
        case {
            "event": EventName.ACTION_ENDED.value,
            "action": str(action),
            "path": str(path),
            "itemid": int() | None as itemid,
            "outcome": str(outcome),
            "reason": str(reason),
        }:
            return [ActionEnded(action, path, itemid, Outcome(outcome), reason, str(told.get("error", "")))]
        case {"event": EventName.WORK_PLANNED.value, "actions": int(actions), "bytes": int(size)}:
            return [WorkPlanned(actions, size)]
        case {"event": EventName.TRANSFERRED.value, "path": str(path), "up": int(up), "down": int(down)}:
            return [Transferred(path, size, up=way) for size, way in ((up, True), (down, False)) if size]
        case {"event": EventName.LOOKING.value, "where": str(where), "seen": int(seen)}:
            return [Looking(where, seen)]
        case _:
            return []
