"""httpx clients of one connection each, lent to one request at a time.

One client could hold all connections; but then each request looks at every one of them twice, and at their sockets,
while all others wait (httpcore 1.0, `_assign_requests_to_connections`).

Law: a server's cookies are neither kept nor sent; whoever we are, our token says.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.cookiejar import CookieJar
from typing import Any

import httpx

from syncd.core.errors import Unreachable

IDLE_SECONDS = 4.0
"""uvicorn and others close after five idle seconds: we must be the first to do so."""
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)


class _NoCookies(CookieJar):
    """Takes none, gives none. One that only refuses them would still read the headers of each answer for them."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Of an answer: nothing."""

    def add_cookie_header(self, request: Any) -> None:
        """To a request: nothing."""


class Clients:
    """As many as there are requests at once; may be used by several threads."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        """`transport`: what all of them send through; None: each by a connection of its own."""
        self._transport = transport
        self._lock = threading.Lock()
        self._idle: list[tuple[httpx.Client, float]] = []
        """With the steady time at which each was given back, the oldest first."""
        self._closed = False

    @contextmanager
    def lent(self) -> Iterator[httpx.Client]:
        """A client that nobody else has meanwhile, the one that was used last if there is one. Raises Unreachable once
        they are closed."""
        client = self._take()
        try:
            yield client
        finally:
            self._give(client)

    def let_go(self) -> None:
        """Closes all connections that are not in use; the next request opens its own. Repeatable."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client, _ in idle:
            client.close()

    def close(self) -> None:
        """The same, and for good: what is in use is closed when it is given back."""
        self._closed = True
        self.let_go()

    def _take(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise Unreachable("The connection to the server was closed.")
            client = self._idle.pop()[0] if self._idle else None
            old = time.monotonic() - IDLE_SECONDS
            spare = self._idle.pop(0)[0] if self._idle and self._idle[0][1] < old else None
        if spare is not None:  # what a burst has left goes, one with each request after it
            spare.close()
        return client if client is not None else self._made()

    def _give(self, client: httpx.Client) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append((client, time.monotonic()))
                return
        client.close()

    def _made(self) -> httpx.Client:
        verify = self._transport is not None or _certificates()
        return httpx.Client(transport=self._transport, limits=_LIMITS, verify=verify, cookies=_NoCookies())


@cache
def _certificates() -> ssl.SSLContext:
    """What servers' certificates are judged by: to read them takes longer than many a cycle, so once for all."""
    return httpx.create_ssl_context()
