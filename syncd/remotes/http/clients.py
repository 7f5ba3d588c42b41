"""httpx clients of one connection each, lent to one request at a time.

One client could hold all connections; but then each request looks at every one of them twice, and at their sockets,
while all others wait (httpcore 1.0, `_assign_requests_to_connections`).
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import httpx

from syncd.core.errors import Unreachable

# uvicorn and others close after five idle seconds: we must be the first to do so.
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=4.0)


class Clients:
    """As many as there are requests at once; may be used by several threads."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        """`transport`: what all of them send through; None: each by a connection of its own."""
        self._transport = transport
        self._lock = threading.Lock()
        self._idle: list[httpx.Client] = []
        self._lent = 0
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
        for client in idle:
            client.close()

    def close(self) -> None:
        """The same, and for good: what is in use is closed when it is given back."""
        self._closed = True
        self.let_go()

    def _take(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise Unreachable("The connection to the server was closed.")
            # Who is alone needs one: so what a burst has left goes, one with each request after it.
            spare = self._idle.pop(0) if len(self._idle) > 1 and not self._lent else None
            client = self._idle.pop() if self._idle else None
            self._lent += 1
        if spare is not None:
            spare.close()
        return client if client is not None else self._made()

    def _give(self, client: httpx.Client) -> None:
        with self._lock:
            self._lent -= 1
            if not self._closed:
                self._idle.append(client)
                return
        client.close()

    def _made(self) -> httpx.Client:
        verify = self._transport is not None or _certificates()
        return httpx.Client(transport=self._transport, limits=_LIMITS, verify=verify)


@cache
def _certificates() -> ssl.SSLContext:
    """What servers' certificates are judged by: to read them takes longer than many a cycle, so once for all."""
    return httpx.create_ssl_context()
