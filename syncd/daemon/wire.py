"""HTTP over the control socket, with the standard library's client."""

from __future__ import annotations

import socket
from http.client import HTTPConnection
from pathlib import Path

from syncd.daemon.address import connected


class Connection(HTTPConnection):
    """A connection to the daemon whose socket is at the path; `timeout`: seconds of silence, None for any."""

    def __init__(self, path: Path, timeout: float | None) -> None:
        super().__init__("syncd")
        self._path = path
        self._patience = timeout

    def connect(self) -> None:
        """Connects to the socket instead of a host."""
        self.sock: socket.socket = connected(self._path, self._patience)
