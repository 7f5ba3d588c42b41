"""A plain client of the control API: HTTP over the Unix socket, and the event stream line by line."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from syncd.daemon.address import connected

TIMEOUT = 20.0


class Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("syncd")
        self._path = path

    def connect(self) -> None:
        self.sock: socket.socket = connected(self._path, TIMEOUT)


def ask(
    path: Path, method: str, target: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any, HTTPResponse]:
    """One request; its status, its answer (JSON if it is that), and the response."""
    connection = Connection(path)
    try:
        text = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        connection.request(method, target, text, dict(headers or {}))
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    is_json = response.headers["content-type"] == "application/json"
    return response.status, json.loads(answer) if is_json and answer else answer, response


@contextmanager
def followed(path: Path, target: str = "/v1/events", last: str = "") -> Iterator[Iterator[dict[str, str]]]:
    """The events of the stream, each with `event`, `data` and maybe `id`; it has begun when this returns."""
    connection = Connection(path)
    try:
        connection.request("GET", target, headers={"Last-Event-ID": last} if last else {})
        response = connection.getresponse()
        assert (response.status, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        lines = _lines(response)
        while next(lines) != ": following":
            pass
        yield _events(lines)
    finally:
        connection.close()


def _lines(response: HTTPResponse) -> Iterator[str]:
    while line := response.readline():
        yield line.decode().rstrip("\n")


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        if not line:
            if event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
