"""Asks a running daemon over its control socket, with the standard library's HTTP client."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from syncd.core.errors import Busy
from syncd.core.events import Listener
from syncd.daemon.address import connected
from syncd.daemon.arguments import Argument
from syncd.daemon.documents import Answer, Document
from syncd.daemon.following import Changes, changes, shown
from syncd.daemon.wire import Connection

QUICK = 10.0
"""Seconds for what a daemon answers at once, whatever it is doing."""
PLANNING = 120.0
"""Seconds for what it may have to make a plan for, of everything that is new."""


class NotServed(Exception):
    """The daemon does not know this mirror, or this operation."""


@dataclass(frozen=True, slots=True)
class Request:
    """How something is asked: for how many seconds of silence, and by which word it is known in the event stream."""

    timeout: float | None = None
    ticket: str = ""


class Daemon:
    """A daemon, if one runs. Every call opens its own connection; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_running(self) -> bool:
        """Whether a daemon takes connections at the socket."""
        try:
            connected(self._path, QUICK).close()
        except OSError:
            return False
        return True

    def status(self) -> Document:
        """The whole `status` document."""
        _, document = self._ask("GET", "/v1/status", None, Request(timeout=PLANNING))
        return document

    def perform(
        self, mirror: str, operation: str, arguments: Mapping[str, Argument], timeout: float | None = None
    ) -> Answer:
        """Has the daemon perform an operation, and waits for it, at most `timeout` seconds for each silence.

        Busy if no daemon answers, or it ends meanwhile; NotServed if it knows no such mirror or operation; ValueError
        if the arguments are wrong.
        """
        return self._perform(mirror, operation, arguments, Request(timeout=timeout))

    def perform_shown(
        self, mirror: str, operation: str, arguments: Mapping[str, Argument], listener: Listener
    ) -> Answer:
        """The same, and the listener is told what the engine tells meanwhile."""
        ticket = secrets.token_hex(8)
        with shown(self._path, mirror, ticket, listener):
            return self._perform(mirror, operation, arguments, Request(ticket=ticket))

    def changes(self) -> AbstractContextManager[Changes]:
        """Tells whenever something happens, as long as the daemon runs."""
        return changes(self._path)

    def _perform(self, mirror: str, operation: str, arguments: Mapping[str, Argument], request: Request) -> Answer:
        target = f"/v1/mirrors/{quote(mirror, safe='')}/{quote(operation, safe='')}"
        status, document = self._ask("POST", target, dict(arguments), request)
        match status, document:
            case 404 | 405, _:
                raise NotServed(str(document.get("message")))
            case 400 | 413 | 415, _:
                raise ValueError(str(document.get("message")))
            case 200, {"document": dict(answered), "exit_code": int(exit_code)}:
                return Answer(answered, exit_code)
            case _:
                message = document.get("message") or f"the daemon answered {status}"
                raise Busy(str(message), remedy="See the daemon's log.")

    def _ask(self, method: str, target: str, body: object, asked: Request) -> tuple[int, Document]:
        connection = Connection(self._path, asked.timeout)
        headers = {"Content-Type": "application/json", "X-Syncd-Ticket": asked.ticket}
        try:
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            document = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise Busy(
                f"the daemon does not answer: {str(error) or type(error).__name__}",
                remedy="See whether it is still running, and its log.",
            ) from error
        finally:
            connection.close()
        return response.status, document if isinstance(document, dict) else {}


def told(socket: Path) -> Document | None:
    """The whole `status` document of the daemon that listens at the socket; None if none does."""
    daemon = Daemon(socket)
    try:
        return daemon.status() if daemon.is_running() else None
    except Busy:
        return None  # it ended this very moment


def narrowed(document: Document, mirror: str | None) -> Document:
    """The `status` document with this mirror alone; None for all."""
    listed = document["mirrors"]
    assert isinstance(listed, list)
    return {**document, "mirrors": [each for each in listed if mirror in (None, each["name"])]}
