"""The client of one remote: sends calls, and turns everything that can happen into a result or an error.

Law: the token goes to the remote's own origin only; redirects are followed for reads only, a few, to http and https;
nothing is sent while the account's back-off is open; what must not be done twice is sent at most once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, assert_never
from urllib.parse import urljoin

import httpx

from syncd.core import pace
from syncd.core.errors import LoginNeeded, SyncdError, Unreachable
from syncd.remotes.http import answers
from syncd.remotes.http.answers import Answer, Json, Sign, clean, judge, retry_after
from syncd.remotes.http.bodies import Sending
from syncd.remotes.http.calls import Call, Effect, origin
from syncd.remotes.http.gate import Gate
from syncd.remotes.http.meter import Bucket, Clock, Meter
from syncd.remotes.http.reception import AddressGone, Reception, receive

REDIRECTS = 5
LONGEST_ANSWER = 300.0
NOT_THE_API = "What answered is not the server's API."

# httpx logs every address at INFO, with its query; httpcore logs headers at DEBUG: both may be secret.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)


class Authority(Protocol):
    """Where the token comes from."""

    def access(self) -> str:
        """The token to send; raises LoginNeeded if there is none."""
        ...

    def renew(self, stale: str) -> str:
        """Another token than the one that was refused; raises LoginNeeded, Unreachable or Throttled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`connections` at once, in KiB/s how fast files go up and down (0: no limit), and headers for every request."""

    connections: int = 12
    upload_kib: int = 0
    download_kib: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    transport: httpx.BaseTransport | None = None


class Client:
    """Sends calls. Costs nothing until the first one; may be used by several threads at once."""

    def __init__(self, server: str, gate: Gate, clock: Clock, options: Options) -> None:
        self.meter = Meter()
        self._own = origin(server)
        self._gate = gate
        self._clock = clock
        self._options = options
        self._upload = Bucket(options.upload_kib * 1024, clock)
        self._download = Bucket(options.download_kib * 1024, clock)
        self._authority: Authority | None = None
        self._lock = threading.Lock()
        self._httpx: httpx.Client | None = None
        self._closed = False

    def trust(self, authority: Authority) -> None:
        """From now on tokens come from there."""
        self._authority = authority

    def close(self) -> None:
        """Closes all connections; safe to call twice."""
        with self._lock:
            self._closed = True
            if self._httpx is not None:
                self._httpx.close()

    def json(self, call: Call) -> Json:
        """The object that the API answers. Raises as faces.py says; may repeat the call as its effect allows."""
        token = self._access() if call.authorised else None
        failures, renewed = 0, False
        while True:
            sending = None if call.body is None else Sending(call.body, self._passing(call))
            answer, ticket = self._whole(call, token, sending)
            body = answer.json()
            verdict = judge(answer, body, call.explain)
            if verdict is not Sign.SLOW_DOWN and (body is not None or verdict is Sign.TOKEN_REFUSED):
                self._gate.passed(ticket)
            match verdict:
                case Sign.FINE:
                    assert body is not None
                    return body
                case Sign.SLOW_DOWN:
                    raise self._gate.throttled(ticket, retry_after(answer.headers, self._clock.now()))
                case Sign.TOKEN_REFUSED:
                    token, renewed = self._renewed(token, renewed=renewed), True
                case Sign.TRY_AGAIN:
                    failures += 1
                    self._pause(call, sending, failures)
                case Sign.NO_SENSE:
                    raise call.failed(f"{NOT_THE_API} (HTTP {answer.status})", sending)
                case SyncdError():
                    raise verdict
                case _:
                    assert_never(verdict)

    @contextmanager
    def receive(self, call: Call) -> Iterator[Reception]:
        """Begins to receive the bytes of a file. Raises AddressGone if they are not, or no longer, at that address."""
        failures = 0
        while True:
            with self._answer(call, None, None) as (response, ticket):
                if response.status_code in (200, 206, 416):
                    self._gate.passed(ticket)
                    yield receive(response, self._reading(call))
                    return
                if response.status_code == 429:
                    raise self._gate.throttled(ticket, retry_after(response.headers, self._clock.now()))
                if response.status_code < 500:
                    raise AddressGone
                failures += 1
            self._pause(call, None, failures if response.status_code == 500 else pace.RETRIES + 1)

    def _access(self) -> str:
        if self._authority is None:
            raise LoginNeeded("There is no token.")
        return self._authority.access()

    def _renewed(self, token: str | None, *, renewed: bool) -> str:
        if token is None or renewed or self._authority is None:
            raise LoginNeeded("The server does not take the token.")
        return self._authority.renew(token)

    def _pause(self, call: Call, sending: Sending | None, failures: int) -> None:
        wait = None if call.effect is Effect.CREATE else pace.retry(failures, self._clock.random())
        if wait is None:
            raise call.failed("The server has failed.", sending)
        self._clock.sleep(wait)

    def _whole(self, call: Call, token: str | None, sending: Sending | None) -> tuple[Answer, int]:
        """One exchange with its whole, bounded answer."""
        give_up = self._clock.now() + LONGEST_ANSWER + call.patience
        with self._answer(call, token, sending) as (response, ticket):
            body = bytearray()
            with _border(call, sending):
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > answers.LARGEST or self._clock.now() > give_up:
                        raise call.failed("The server's answer is too long, or takes too long.", sending)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body)), ticket

    @contextmanager
    def _answer(self, call: Call, token: str | None, sending: Sending | None) -> Iterator[tuple[httpx.Response, int]]:
        """The beginning of an answer, after redirects."""
        url = call.url
        for _ in range(REDIRECTS + 1):
            ticket = self._gate.enter()
            response = self._send(call, url, token, sending)
            try:
                if call.body is not None or not response.has_redirect_location:
                    yield response, ticket
                    return
                url = urljoin(str(response.url), response.headers["location"])
            finally:
                with _border(call, sending):
                    response.close()
        raise Unreachable("The server redirects for ever.")

    def _send(self, call: Call, url: str, token: str | None, sending: Sending | None) -> httpx.Response:
        target = origin(url)
        if target is None:
            raise Unreachable("The server gave an address that is neither http nor https.")
        headers = {**self._options.headers, **call.headers}
        if token is not None and target == self._own:
            headers["Authorization"] = f"Bearer {token}"
        if call.body is not None:
            headers |= {"Content-Type": call.body.content_type, "Content-Length": str(call.body.length)}
        with _border(call, sending):
            client = self._connected()
            query = dict(call.query) if url == call.url and call.query else None
            timeout = httpx.Timeout(60.0, connect=15.0, read=call.patience)
            request = client.build_request(
                call.method, url, params=query, headers=headers, content=sending, timeout=timeout
            )
            self.meter.sent(call.endpoint)
            return client.send(request, stream=True, follow_redirects=False)

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise Unreachable("The connection to the server was closed.")
            if self._httpx is None:
                # uvicorn and others close after five idle seconds: we must be the first to do so.
                limits = httpx.Limits(
                    max_connections=self._options.connections,
                    max_keepalive_connections=self._options.connections,
                    keepalive_expiry=4.0,
                )
                self._httpx = httpx.Client(transport=self._options.transport, limits=limits)
            return self._httpx

    def _passing(self, call: Call) -> Callable[[int], None]:
        def passed(count: int) -> None:
            self._upload.take(count)
            self.meter.moved(up=count)
            if call.progress is not None:
                call.progress(count)

        return passed

    def _reading(self, call: Call) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
        def read(chunks: Iterator[bytes]) -> Iterator[bytes]:
            with _border(call, None):
                for chunk in chunks:
                    self._download.take(len(chunk))
                    self.meter.moved(down=len(chunk))
                    yield chunk

        return read


@contextmanager
def _border(call: Call, sending: Sending | None) -> Iterator[None]:
    """No exception of httpx gets past here; what was sent decides what is known."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, RuntimeError) as error:
        host = (origin(call.url) or ("", "the server", 0))[1]
        kind = type(error).__name__
        raise call.failed(f"The connection to {host} failed ({kind}: {clean(str(error))}).", sending) from None
