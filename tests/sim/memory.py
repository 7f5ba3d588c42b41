"""The remote of a simulation: the real client's dialects, with an account in memory where their HTTP client would be.

Everything above the wire is the shipped code: how entries become values, which requests a move or a new stack takes,
what an error of the API means. Below it, each request passes two seams, before and after it is carried out, where the
adversary may act and the request may fail in every way in which `syncd.remotes.http` can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast
from urllib.parse import quote

import httpx

from syncd.core.errors import LoginNeeded, SyncdError, Unreachable
from syncd.remotes.faces import Backoff
from syncd.remotes.http import (
    AddressGone,
    Call,
    Client,
    Effect,
    Gate,
    Json,
    MemoryBackoff,
    Meter,
    Reception,
    Sign,
)
from syncd.remotes.http.answers import Answer, judge
from syncd.remotes.http.bodies import Sending
from syncd.remotes.stash import build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash
from syncd.server.choices import SubmitAnswer
from syncd.server.errors import UnknownItem, UnknownStack
from tests.sim import faults, lies
from tests.sim.account import SERVER, Account, File, lasting_version
from tests.sim.clock import VirtualClock
from tests.sim.inline import AtOnce
from tests.sim.request import opened, spanned

BEFORE = frozenset({"unreachable", "throttled", "throttled-long", "login"})
"""What fails before anything is sent, or is answered without being looked at."""
FAULTS = {
    seam: kinds
    for seam, kinds in faults.FAULTS.items()
    if seam.startswith("remote.") and not seam.endswith(".answered")
}
"""What can go wrong with a request, by its seam."""
HIDING = frozenset({"stale", "skipped", "empty-listing", "garbled-entry"})
"""Lies by which the outcome of a submission may stay unseen, so that it is sent once more (W1)."""
UNSENT = frozenset({"never-arrived", "cursor-refused"})
SLOW, PAUSE = 45.0, 90.0


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

    def twice(self) -> None:
        """A submission is carried out twice."""
        ...

    def hides(self) -> None:
        """A listing may not tell what was submitted."""
        ...

    def pauses(self, until: float) -> None:
        """The server asked for a pause until then (Unix seconds)."""
        ...

    def allows(self, lie: str, itemid: int | None) -> bool:
        """Whether the server may tell this of an item without a second lie behind it."""
        ...


class MemoryClient:
    """Stands where `syncd.remotes.http.Client` stands."""

    def __init__(self, account: Account, clock: VirtualClock, watch: Watch, backoff: Backoff) -> None:
        self.meter = Meter()
        self._account = account
        self._clock = clock
        self._watch = watch
        self._gate = Gate(backoff, clock.remotes)
        self._last: list[Any] = []

    def close(self) -> None:
        """There is nothing to close."""

    def json(self, call: Call) -> Json:
        """The object that the API answers."""
        ticket = self._gate.enter()
        word = "create" if call.effect is Effect.CREATE else call.endpoint
        fault = self._fault(f"remote.{word}", call)
        if fault in BEFORE:
            raise self._refused(call, fault, ticket)
        self.meter.sent(call.endpoint)
        posted, file, sending = opened(call)
        self._watch.sends(call, posted, file)
        if fault in UNSENT:
            raise call.failed("The connection broke.", sending)
        if fault == "late":
            self._watch.late(lambda: self._carry_out(call, posted, file))
            raise call.failed("The connection broke.", sending)
        body = self._answered(call, posted, file, sending, fault)
        lost = fault == "answer-lost" or self._watch.seam(f"remote.{word}.answered") == "answer-lost"
        if lost or (call.effect is Effect.CREATE and self._is_blank(call)):
            raise call.failed("The answer was lost.", sending)
        self._gate.passed(ticket)
        return body

    def _fault(self, seam: str, call: Call) -> str | None:
        fault = self._watch.seam(seam)
        if fault == "slow":
            self._clock.sleep(SLOW)
        if fault in HIDING:
            self._watch.hides()
        if fault in ("not-found", "stale-read") and not self._watch.allows(fault, call.itemid):
            return None
        return fault

    def _refused(self, call: Call, fault: str | None, ticket: int) -> SyncdError:
        match fault:
            case "throttled" | "throttled-long":
                refused = self._gate.throttled(ticket, PAUSE if fault == "throttled-long" else None)
                self._watch.pauses(refused.retry_at or 0.0)
                return refused
            case "login":
                return LoginNeeded("The server does not take the token.")
            case _:
                return Unreachable("No connection.", itemid=call.itemid)

    def _answered(
        self, call: Call, posted: dict[str, list[str]], file: File | None, sending: Sending | None, fault: str | None
    ) -> Json:
        status, body = self._tried(call, posted, file, fault)
        verdict = judge(Answer(status, {}, b"{}"), body, call.explain)
        if isinstance(verdict, SyncdError):
            raise verdict
        if verdict is not Sign.FINE:
            raise call.failed("The server failed.", sending)
        body = lies.told(fault, body, self._last)
        if call.endpoint == "delta":
            self._last = body.get("entries", [])
        return cast("Json", body)

    def _tried(
        self, call: Call, posted: dict[str, list[str]], file: File | None, fault: str | None
    ) -> tuple[int, dict[str, Any]]:
        match fault:
            case "forbidden":
                return 403, {"status": "error", "error": "insufficient_scope", "scope": "stash"}
            case "not-found":
                return self._account.refused(call.url, UnknownItem() if call.itemid else UnknownStack())
            case "no-space-there":
                with lies.full(self._account):
                    return self._carry_out(call, posted, file)
            case "reset":
                asked = {**call.query, "cursor": "never given"}
                status, body = self._carry_out(call, posted, file, asked=asked)
                return status, {**body, "reset": True}  # (a page of another listing that does not say so is a lie)
            case "delivered-twice":
                first = self._carry_out(call, posted, file)
                if call.effect is Effect.CREATE:
                    self._watch.twice()
                self._carry_out(call, posted, file)
                return first
            case _:
                return self._carry_out(call, posted, file, stale=fault in ("stale", "stale-read"))

    def _carry_out(
        self, call: Call, posted: dict[str, list[str]], file: File | None, *, stale: bool = False, asked: Any = None
    ) -> tuple[int, dict[str, Any]]:
        path = call.url.removeprefix(f"{SERVER}/api/")
        given = None if call.body is None else posted
        return self._account.ask(path, call.query if asked is None else asked, given, file, stale=stale)

    def _is_blank(self, call: Call) -> bool:
        return "/v1/" in call.url and self._account.stash.choices.submit_answer is SubmitAnswer.BLANK_SUCCESS

    @contextmanager
    def receive(self, call: Call) -> Iterator[Reception]:
        """Begins to receive the bytes of a file."""
        ticket = self._gate.enter()
        fault = self._fault("remote.original", call)
        if fault in BEFORE:
            raise self._refused(call, fault, ticket)
        self.meter.sent("original")
        version = lasting_version(self._account, call.url)
        found = None if version is None else self._account.file_of(version)
        if found is None:
            raise AddressGone
        blob, content = found
        start, end, status = spanned(call.headers.get("Range", ""), len(content))
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


def memory_remote(
    account: Account, dialect: str, clock: VirtualClock, watch: Watch, backoff: Backoff | None = None
) -> DraftStash | V1Stash:
    """A remote of this dialect over an account in memory; without a `backoff` it forgets a pause with its process."""
    client = MemoryClient(account, clock, watch, backoff or MemoryBackoff())
    remote = build(cast("Client", client), SERVER, dialect, clock.remotes)
    remote.page_threads = AtOnce
    return remote
