"""A server of raw sockets that answers every call of every dialect, and does one fault at one endpoint.

Law: nothing of ours is in between: the real client, its real transport, real connections. Only the seconds that the
client waits for a socket that will stay silent are fewer than a user's (`Impatient`).
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from syncd.remotes.faces import Token
from syncd.remotes.http import Clock, MemoryBackoff
from syncd.remotes.registry import RemoteSettings, Surroundings, build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash
from tests.remotes.fakes import ACCESS, REFRESH, SECRET, MemoryTokens

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
HTML = b"<html><body>Welcome to the hotel. Please log in.</body></html>"
SILENCE = 0.4


def told(body: bytes, status: int = 200, kind: str = "application/json; charset=utf-8", *headers: str) -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status} Told", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join((*head, *headers, "", "")).encode() + body


def says(value: Any, status: int = 200, *headers: str) -> bytes:
    """A whole answer in JSON."""
    return told(json.dumps(value).encode(), status, "application/json", *headers)


def endpoint_of(path: str) -> str:
    """The word that the client counts it under."""
    if path.startswith("/f/"):
        return "original"
    parts = [part for part in path.split("/") if not part.isdigit()]
    return "stack" if parts[-1] == "stash" else parts[-1]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    head: bytes
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.head.split(b" ", 2)[1].decode()).path

    @property
    def endpoint(self) -> str:
        return endpoint_of(self.path)

    def header(self, name: str) -> str | None:
        found = re.search(rb"(?i)\r\n" + name.encode() + rb": ([^\r]*)", self.head)
        return found[1].decode() if found else None


Answering = Callable[[socket.socket, Asked], None]


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class Fault:
    """What happens at one endpoint, and the truth about it: `applied` says whether the server carried it out.

    `unread`: how many bytes of the request are read before `act` runs; None for all of it. `times`: how often it
    happens before all is well again.
    """

    act: Answering
    applied: bool = False
    unread: int | None = None
    times: int = 1_000


@dataclass
class Server:
    """Listens on the loopback; `asked` are the requests that arrived whole or were met by the fault."""

    at: str = ""
    fault: Fault | None = None
    asked: list[tuple[str, Asked]] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    address: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def count(self, endpoint: str) -> int:
        return sum(1 for word, _ in self.asked if word == endpoint)

    def serve(self, connection: socket.socket) -> None:
        asked, whole = self._read(connection)
        if asked is None:
            return
        self.asked.append((asked.endpoint, asked))
        fault = self.fault if asked.endpoint == self.at else None
        if fault is not None and self.count(self.at) <= fault.times:
            if fault.applied:
                self.changed[asked.endpoint] += 1
            fault.act(connection, asked)
        elif whole:
            self.changed[asked.endpoint] += 1
            connection.sendall(self.well(asked))

    def _read(self, connection: socket.socket) -> tuple[Asked | None, bool]:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := connection.recv(65_536)):
                return None, False
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        wanted = int(length[1]) if length else 0
        asked = Asked(head, body)
        stop = self.fault.unread if self.fault and asked.endpoint == self.at else None
        while len(body) < min(wanted, wanted if stop is None else stop):
            if not (piece := connection.recv(65_536)):
                return None, False
            body += piece
        return Asked(head, body), len(body) == wanted

    def well(self, asked: Asked) -> bytes:
        """The answer when nothing is wrong; it has more keys than anybody asked for."""
        original = f"{self.address}/f/u/d1.png"
        if asked.endpoint == "original":
            part = re.search(r"bytes=-(\d+)", asked.header("range") or "")
            if part is None:
                return told(PICTURE, 200, "image/png")
            tail = PICTURE[-int(part[1]) :]
            span = f"Content-Range: bytes {len(PICTURE) - len(tail)}-{len(PICTURE) - 1}/{len(PICTURE)}"
            return told(tail, 206, "image/png", span)
        answers: dict[str, Any] = {
            "delta": {"cursor": "c", "has_more": False, "next_offset": None, "reset": False, "entries": []},
            "item": {"title": "Fox", "stackid": 8, "files": [{"src": original}]},
            "stack": {"title": "Foxes", "size": 1},
            "metadata": {"title": "Fox", "folderid": 8, "files": {"original": original}},
            "media": {"url": original, "size": len(PICTURE)},
            "space": {"available_space": 5, "total_space": 9},
            "whoami": {"username": "fox", "userid": "F-1"},
            "submit": {"status": "success", "stashid": "7", "itemid": 7, "folderid": "8", "stackid": 8},
            "move": {"status": "success", "folderid": "8", "target": {"stackid": 8}},
            "token": {"access_token": "n" * 50, "refresh_token": "m" * 40, "expires_in": 3600},
        }
        return says({"new_key_of_next_year": [1, {"a": None}], **answers.get(asked.endpoint, {"status": "success"})})


@contextmanager
def served(server: Server) -> Iterator[Server]:
    """Serves until the body ends; one thread for each connection."""
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.settimeout(20)
            thread = threading.Thread(target=one, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            server.serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(20)
            for thread in threads:
                thread.join(20)


class Impatient(httpx.HTTPTransport):
    """httpx's own transport: waits less long for the endpoint that says nothing. (Certificates take their time.)"""

    certificates = ssl.create_default_context()

    def __init__(self, silent: str) -> None:
        super().__init__(verify=self.certificates)
        self._silent = silent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        read = SILENCE if endpoint_of(request.url.path) == self._silent else 20.0
        request.extensions["timeout"] = {"connect": 20.0, "read": read, "write": 20.0, "pool": 20.0}
        return super().handle_request(request)


@dataclass
class Connected:
    """A remote over real sockets, and what may be looked at."""

    remote: DraftStash | V1Stash
    tokens: MemoryTokens
    backoff: MemoryBackoff


@contextmanager
def connected(
    server: str, dialect: str, clock: Clock | None = None, silent: str = "", **settings: Any
) -> Iterator[Connected]:
    """A remote for a server's address; sleeps take no time. `silent`: the endpoint that is not waited for."""
    tokens, backoff = MemoryTokens(Token(ACCESS, REFRESH, 2e9)), MemoryBackoff()
    told_of = RemoteSettings(
        **{"server": server, "dialect": dialect, "client_id": "17", "client_secret": SECRET, **settings}
    )
    around = Surroundings(clock=clock or Clock(sleep=lambda _: None), transport=Impatient(silent))
    remote = build("stash", told_of, tokens, backoff, around)
    assert isinstance(remote, DraftStash | V1Stash)
    try:
        yield Connected(remote, tokens, backoff)
    finally:
        remote.close()
