"""What tests of remotes give them: a clock that they own, tokens in memory, and a transport that does as it is told."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from syncd.remotes.faces import Snapshot, Token
from syncd.remotes.http import Clock, MemoryBackoff
from syncd.remotes.registry import RemoteSettings, Surroundings, build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash

SERVER = "https://stash.test"
DIALECTS = ("draft10", "draft15", "v1")
SECRET = "s3cretClientSecretOfTheApplication"
ACCESS = "a" * 50
REFRESH = "b" * 40


class FakeClock:
    """A clock that only moves when somebody sleeps, or the test says so."""

    def __init__(self, now: float = 1_000_000.0, jitter: float = 0.0) -> None:
        self.time = now
        self.slept: list[float] = []
        self.clock = Clock(now=lambda: self.time, sleep=self.sleep, random=lambda: jitter)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class MemoryTokens:
    """Tokens of one file that several processes share; `saved` keeps their order."""

    def __init__(self, token: Token | None) -> None:
        self.token = token
        self.saved: list[Token] = []
        self.broken = 0
        self._lock = threading.Lock()

    def load(self) -> Token | None:
        return self.token

    def save(self, token: Token) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is full")
        self.saved.append(token)
        self.token = token

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


Answering = Callable[[httpx.Request], httpx.Response]


@dataclass
class Wire(httpx.BaseTransport):
    """Answers each request with the next of `script` (an answer, an exception, or a function), the last one for ever.

    `uploaded` of the body are taken before anything is answered; None: all of it.
    """

    script: list[Any]
    uploaded: int | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        taken = b""
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream if self.uploaded != 0 else ():
            taken += piece
            if self.uploaded is not None and len(taken) >= self.uploaded:
                break
        self.requests.append(request)
        self.bodies.append(taken)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        answer: httpx.Response = step(request) if callable(step) else step
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=answer.stream)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


def says(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body).encode()
    return httpx.Response(status, headers={"content-type": "application/json; charset=utf-8", **named}, content=content)


def error(slug: str, status: int = 400, description: str = "", **more: Any) -> httpx.Response:
    """A JSON error as the API writes it."""
    return says({"status": "error", "error": slug, "error_description": description, **more}, status)


def page(status: int = 200, text: str = "<html>Welcome to the hotel</html>") -> httpx.Response:
    """A web page: a captive portal, a proxy, an edge server."""
    return httpx.Response(status, headers={"content-type": "text/html"}, content=text.encode())


def blank(status: int = 200, kind: str = "application/json") -> httpx.Response:
    """An answer with nothing but blanks."""
    return httpx.Response(status, headers={"content-type": kind}, content=b" " * 20)


ENDPOINT_GONE = error("invalid_request", 404, "Api endpoint not found.")
FINE = says({"status": "success"})


@dataclass
class Bench:
    """A remote over a wire, with everything that a test may want to look at."""

    remote: DraftStash | V1Stash
    wire: Wire
    clock: FakeClock
    tokens: MemoryTokens
    backoff: MemoryBackoff


def bench(dialect: str, *script: Any, **settings: Any) -> Bench:
    """A remote whose requests are answered by `script`."""
    clock, wire = FakeClock(), Wire(list(script))
    tokens, backoff = MemoryTokens(Token(ACCESS, REFRESH, 2e9)), MemoryBackoff()
    remote = build(
        "stash",
        RemoteSettings(
            **{"server": SERVER, "dialect": dialect, "client_id": "17", "client_secret": SECRET, **settings}
        ),
        tokens,
        backoff,
        Surroundings(clock=clock.clock, transport=wire),
    )
    assert isinstance(remote, DraftStash | V1Stash)
    return Bench(remote, wire, clock, tokens, backoff)


def snapshot(folder: Path, content: bytes = b"hello", name: str = "Fox.png") -> Snapshot:
    """A file that may be sent."""
    path = folder / "snapshot"
    path.write_bytes(content)
    return Snapshot(path, name, len(content), hashlib.sha256(content).hexdigest())


def nothing(_: int) -> None:
    """Progress that nobody watches."""


def unknown(_: int) -> bool:
    """No folder was listed before."""
    return False
