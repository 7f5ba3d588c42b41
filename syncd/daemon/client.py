"""Asks a running daemon over its control socket, with the standard library's HTTP client."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

from syncd.core.errors import Busy
from syncd.daemon.address import connected
from syncd.daemon.arguments import Argument
from syncd.daemon.documents import Answer, Document

QUICK = 10.0
"""Seconds for what a daemon answers at once, whatever it is doing."""


class NotServed(Exception):
    """The daemon does not know this mirror, or this operation."""


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
        _, document = self._ask("GET", "/v1/status", None, QUICK)
        return document

    def perform(
        self, mirror: str, operation: str, arguments: Mapping[str, Argument], timeout: float | None = None
    ) -> Answer:
        """Has the daemon perform an operation, and waits for it, at most `timeout` seconds for each silence.

        Busy if no daemon answers, or it ends meanwhile; NotServed if it knows no such mirror or operation; ValueError
        if the arguments are wrong.
        """
        target = f"/v1/mirrors/{quote(mirror, safe='')}/{quote(operation, safe='')}"
        status, document = self._ask("POST", target, dict(arguments), timeout)
        match status, document:
            case 404, _:
                raise NotServed(str(document.get("message")))
            case 400, _:
                raise ValueError(str(document.get("message")))
            case 200, {"document": dict(answered), "exit_code": int(exit_code)}:
                return Answer(answered, exit_code)
            case _:
                raise Busy(f"the daemon answered {status}", remedy="See the daemon's log.")

    def _ask(self, method: str, target: str, body: object, timeout: float | None) -> tuple[int, Document]:
        connection = _Connection(self._path, timeout)
        try:
            connection.request(method, target, None if body is None else json.dumps(body))
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


class _Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float | None) -> None:
        super().__init__("syncd")
        self._path = path
        self._patience = timeout

    def connect(self) -> None:
        """Connects to the socket instead of a host."""
        self.sock: socket.socket = connected(self._path, self._patience)
