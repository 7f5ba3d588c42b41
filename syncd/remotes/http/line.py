"""The line to one remote: sends requests as they are and brings their answers, within bounds.

Law: the token goes to the remote's own origin only; redirects are followed for requests without a body only, a few, to
http and https; nothing is sent while the account's back-off is open; no exception of httpx leaves this module.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx

from syncd.core.errors import Unreachable
from syncd.remotes.http.answers import Answer, clean
from syncd.remotes.http.bodies import Sending
from syncd.remotes.http.calls import Call, origin
from syncd.remotes.http.connections import Client
from syncd.remotes.http.gate import Gate
from syncd.remotes.http.meter import Clock, Meter

REDIRECTS = 5
LONGEST_ANSWER = 300.0
"""Seconds that an answer may take in all, beside what the call allows for silence."""

# httpx logs every address at INFO, with its query; httpcore logs headers at DEBUG: both may be secret.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """In KiB/s how fast files go up and down (0: no limit), and headers for every request."""

    upload_kib: int = 0
    download_kib: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    transport: httpx.BaseTransport | None = None


class Line:
    """One httpx client, made when it is first needed; may be used by several threads at once."""

    def __init__(self, server: str, gate: Gate, clock: Clock, meter: Meter, options: Options) -> None:
        self._own = origin(server)
        self._gate = gate
        self._clock = clock
        self._meter = meter
        self._options = options
        self._lock = threading.Lock()
        self._httpx: Client | None = None
        self._closed = False

    def close(self) -> None:
        """Closes all connections; safe to call twice."""
        with self._lock:
            self._closed = True
            if self._httpx is not None:
                self._httpx.close()

    def reconnect(self) -> None:
        """Lets go of all connections; the next request opens its own. Not while a request is under way."""
        with self._lock:
            if self._httpx is not None:
                self._httpx.close()
                self._httpx = None

    def whole(self, call: Call, token: str | None, sending: Sending | None) -> tuple[Answer, int]:
        """One exchange with its whole, bounded answer."""
        give_up = self._clock.now() + LONGEST_ANSWER + call.patience
        with self.answer(call, token, sending) as (response, ticket):
            body = bytearray()
            with border(call, sending):
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > call.largest or self._clock.now() > give_up:
                        raise call.failed("The server's answer is too long, or takes too long.", sending)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body)), ticket

    @contextmanager
    def answer(self, call: Call, token: str | None, sending: Sending | None) -> Iterator[tuple[httpx.Response, int]]:
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
                with border(call, sending):
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
        with border(call, sending):
            client = self._connected()
            query = dict(call.query) if url == call.url and call.query else None
            timeout = httpx.Timeout(60.0, connect=15.0, read=call.patience)
            request = client.build_request(
                call.method, url, params=query, headers=headers, content=sending, timeout=timeout
            )
            return self._counted(call, client, request)

    def _counted(self, call: Call, client: httpx.Client, request: httpx.Request) -> httpx.Response:
        self._meter.sent(call.endpoint)
        status = None
        try:
            response = client.send(request, stream=True, follow_redirects=False)
            status = response.status_code
            return response
        finally:
            self._meter.answered(call.endpoint, status)

    def _connected(self) -> Client:
        with self._lock:
            if self._closed:
                raise Unreachable("The connection to the server was closed.")
            if self._httpx is None:
                self._httpx = Client(self._options.transport)
            return self._httpx


@contextmanager
def border(call: Call, sending: Sending | None) -> Iterator[None]:
    """No exception of httpx gets past here; what was sent decides what is known."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, RuntimeError) as error:
        host = (origin(call.url) or ("", "the server", 0))[1]
        kind = type(error).__name__
        raise call.failed(f"The connection to {host} failed ({kind}: {clean(str(error))}).", sending) from None
