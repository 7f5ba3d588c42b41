"""The remote of a simulation: the real client's dialects, with an account in memory where their HTTP client would be.

Everything above the wire is the shipped code: how entries become values, which requests a move or a new stack takes,
what an error of the API means. Below it, each request passes two seams, before and after it is carried out, where the
adversary may act and the request may fail in every way in which `syncd.remotes.http` can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, quote

import httpx

from syncd.core.errors import LoginNeeded, SyncdError, Unreachable
from syncd.remotes.http import (
    AddressGone,
    Call,
    Client,
    Effect,
    Gate,
    Json,
    MemoryBackoff,
    Meter,
    Multipart,
    Reception,
    Sign,
)
from syncd.remotes.http.answers import Answer, judge
from syncd.remotes.http.bodies import Sending
from syncd.remotes.stash import build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash
from syncd.server.choices import SubmitAnswer
from tests.sim.account import SERVER, Account, File, lasting_version
from tests.sim.clock import VirtualClock

BEFORE = ("unreachable", "throttled", "login")
_READS = (*BEFORE, "answer-lost")
_CHANGES = (*_READS, "never-arrived")
FAULTS: dict[str, tuple[str, ...]] = {
    "remote.delta": (*_READS, "cursor-refused", "reset", "stale", "doubled"),
    "remote.create": (*_CHANGES, "late"),
    "remote.original": ("unreachable", "throttled", "answer-lost"),
    **{f"remote.{word}": _READS for word in ("item", "stack", "metadata", "media", "placebo", "whoami")},
    **{f"remote.{word}": _CHANGES for word in ("submit", "delete", "move", "folder", "update")},
}
"""What can go wrong with a request, by its seam. `create` is a submission, `submit` a change of an item."""


class Watch(Protocol):
    """Who is told of every request, and says what goes wrong with it."""

    def seam(self, name: str) -> str | None:
        """A point where the adversary may act; the fault that happens there, if any."""
        ...

    def sends(self, call: Call, posted: dict[str, list[str]], file: File | None) -> None:
        """A request is about to be carried out by the server."""
        ...

    def late(self, apply: Callable[[], object]) -> None:
        """A request will be carried out some time later."""
        ...


class MemoryClient:
    """Stands where `syncd.remotes.http.Client` stands."""

    def __init__(self, account: Account, clock: VirtualClock, watch: Watch) -> None:
        self.meter = Meter()
        self._account = account
        self._watch = watch
        self._gate = Gate(MemoryBackoff(), clock.remotes)
        self._last: list[Any] = []

    def close(self) -> None:
        """There is nothing to close."""

    def json(self, call: Call) -> Json:
        """The object that the API answers."""
        ticket = self._gate.enter()
        word = "create" if call.effect is Effect.CREATE else call.endpoint
        fault = self._watch.seam(f"remote.{word}")
        if fault in BEFORE:
            raise self._refused(call, fault, ticket)
        self.meter.sent(call.endpoint)
        posted, file, sending = _opened(call)
        self._watch.sends(call, posted, file)
        if fault in ("never-arrived", "cursor-refused"):
            raise call.failed("The connection broke.", sending)
        if fault == "late":
            self._watch.late(lambda: self._carry_out(call, posted, file, stale=False))
            raise call.failed("The connection broke.", sending)
        body = self._answered(call, posted, file, sending, fault)
        lost = fault == "answer-lost" or self._watch.seam(f"remote.{word}.answered") == "answer-lost"
        if lost or (call.effect is Effect.CREATE and self._is_blank(call)):
            raise call.failed("The answer was lost.", sending)
        self._gate.passed(ticket)
        return body

    def _refused(self, call: Call, fault: str | None, ticket: int) -> SyncdError:
        match fault:
            case "throttled":
                return self._gate.throttled(ticket, None)
            case "login":
                return LoginNeeded("The server does not take the token.")
            case _:
                return Unreachable("No connection.", itemid=call.itemid)

    def _answered(
        self, call: Call, posted: dict[str, list[str]], file: File | None, sending: Sending | None, fault: str | None
    ) -> Json:
        asked = dict(call.query)
        if fault == "reset":
            asked["cursor"] = "never given"
        status, body = self._carry_out(call, posted, file, stale=fault == "stale", asked=asked)
        if call.endpoint == "delta":
            body = self._doubled(body) if fault == "doubled" else body
            self._last = body["entries"]
        verdict = judge(Answer(status, {}, b"{}"), body, call.explain)
        if isinstance(verdict, SyncdError):
            raise verdict
        if verdict is not Sign.FINE:
            raise call.failed("The server failed.", sending)
        return cast("Json", body)

    def _carry_out(
        self, call: Call, posted: dict[str, list[str]], file: File | None, *, stale: bool, asked: Any = None
    ) -> tuple[int, dict[str, Any]]:
        path = call.url.removeprefix(f"{SERVER}/api/")
        given = None if call.body is None else posted
        return self._account.ask(path, call.query if asked is None else asked, given, file, stale=stale)

    def _doubled(self, body: dict[str, Any]) -> dict[str, Any]:
        """The page, with what the page before told last, and with its own first entry twice."""
        return {**body, "entries": [*self._last[-1:], *body["entries"], *body["entries"][:1]]}

    def _is_blank(self, call: Call) -> bool:
        return "/v1/" in call.url and self._account.stash.choices.submit_answer is SubmitAnswer.BLANK_SUCCESS

    @contextmanager
    def receive(self, call: Call) -> Iterator[Reception]:
        """Begins to receive the bytes of a file."""
        ticket = self._gate.enter()
        fault = self._watch.seam("remote.original")
        if fault in BEFORE:
            raise self._refused(call, "unreachable" if fault == "login" else fault, ticket)
        self.meter.sent("original")
        version = lasting_version(self._account, call.url)
        found = None if version is None else self._account.file_of(version)
        if found is None:
            raise AddressGone
        blob, content = found
        start, end, status = _span(call.headers.get("Range", ""), len(content))
        name = quote(blob.filename)
        shown = f'filename="{blob.filename}"' if name == blob.filename else f"filename*=utf-8''{name}"
        headers = httpx.Headers({"content-type": blob.mime, "content-disposition": f"attachment; {shown}"})
        chunks = self._chunks(content[start:end], broken=fault == "answer-lost")
        yield Reception(
            call.url,
            headers,
            start,
            len(content),
            status == 206,
            encoded=False,
            unsatisfiable=status == 416,
            chunks=chunks,
        )

    def _chunks(self, content: bytes, *, broken: bool) -> Iterator[bytes]:
        half = len(content) // 2
        for piece in (content[:half], content[half:]):
            if piece:
                yield piece
                self._watch.seam("remote.chunk")
                if broken:
                    raise Unreachable("The connection broke in the middle of a file.")


def _span(span: str, size: int) -> tuple[int, int, int]:
    """Start, end and status of an answer to a Range."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", span)
    if asked is None:
        return 0, size, 200
    start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    return (start, size, 206) if start < size else (0, 0, 416)


def _opened(call: Call) -> tuple[dict[str, list[str]], File | None, Sending | None]:
    """What a request carries: its fields, its file, and the body as sent to the last byte."""
    if call.body is None:
        return {}, None, None
    sending = Sending(call.body, call.progress or (lambda _count: None))
    raw = b"".join(sending)
    if not isinstance(call.body, Multipart):
        return parse_qs(raw.decode(), keep_blank_values=True), None, sending
    boundary = call.body.content_type.partition("boundary=")[2].encode()
    posted: dict[str, list[str]] = {}
    file = None
    for part in raw.split(b"--" + boundary)[1:-1]:
        about, _, content = part.partition(b"\r\n\r\n")
        named = dict(re.findall(r'(\w+)="([^"]*)"', about.decode()))
        if "filename" in named:
            file = File(named["filename"].replace("%22", '"'), content[:-2])
        else:
            posted.setdefault(named["name"], []).append(content[:-2].decode())
    return posted, file, sending


def memory_remote(account: Account, dialect: str, clock: VirtualClock, watch: Watch) -> DraftStash | V1Stash:
    """A remote of this dialect over an account in memory."""
    return build(cast("Client", MemoryClient(account, clock, watch)), SERVER, dialect, clock.remotes)
