"""One httpx client whose requests have a connection each, lent to one at a time.

httpcore's own pool has each request look twice at every connection, and at the sockets of the idle ones, while all
others wait (httpcore 1.0.9, `_assign_requests_to_connections`): with eight transfers a hundred calls for each file.

Law: a server's cookies are neither kept nor sent; whoever we are, our token says.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from http.cookiejar import CookieJar
from typing import Any

import httpcore
import httpx

IDLE_SECONDS = 4.0
"""uvicorn and others close after five idle seconds: we must be the first to do so."""
PIECE = 256 * 1024
"""Bytes that are read from a socket at a time; httpcore's own 64 KiB cost half the time of a large file in calls."""
httpcore.HTTP11Connection.READ_NUM_BYTES = PIECE
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)


class Client(httpx.Client):
    """An httpx client with `Connections`, also on the way through proxies; may be used by several threads at once."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        """`transport`: what everything is sent through instead."""
        verify = transport is not None or _Certificates(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(transport=transport, limits=_LIMITS, verify=verify, cookies=_NoCookies())

    def _init_transport(self, *args: Any, transport: httpx.BaseTransport | None = None, **kwargs: Any) -> Any:
        return transport or Connections(partial(super()._init_transport, *args, **kwargs))

    def _init_proxy_transport(self, *args: Any, **kwargs: Any) -> Any:
        return Connections(partial(super()._init_proxy_transport, *args, **kwargs))


class Connections(httpx.BaseTransport):
    """As many transports of one connection as there are requests at once."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        """`make`: another one."""
        self._make = make
        self._lock = threading.Lock()
        self._idle: list[tuple[httpx.BaseTransport, float]] = []
        """With the steady time at which each was given back, the oldest first."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request over the connection that was used last of those that nobody else has, or over a new one."""
        lent = self._take()
        try:
            response = lent.handle_request(request)
            assert isinstance(response.stream, httpx.SyncByteStream)
        except BaseException:
            self._give(lent)
            raise
        response.stream = _Lent(response.stream, lambda: self._give(lent))
        return response

    def close(self) -> None:
        """Closes all connections that are not in use. Repeatable."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each, _ in idle:
            each.close()

    def _take(self) -> httpx.BaseTransport:
        with self._lock:
            lent = self._idle.pop()[0] if self._idle else None
            old = time.monotonic() - IDLE_SECONDS
            spare = self._idle.pop(0)[0] if self._idle and self._idle[0][1] < old else None
        if spare is not None:  # what a burst has left goes, one with each request after it
            spare.close()
        return lent or self._make()

    def _give(self, lent: httpx.BaseTransport) -> None:
        with self._lock:
            self._idle.append((lent, time.monotonic()))


class _Lent(httpx.SyncByteStream):
    """The body of an answer; its connection is given back when it is closed."""

    def __init__(self, stream: httpx.SyncByteStream, give_back: Callable[[], None]) -> None:
        self._stream = stream
        self._give_back: Callable[[], None] | None = give_back

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            give_back, self._give_back = self._give_back, None
            if give_back is not None:
                give_back()


class _NoCookies(CookieJar):
    """Takes none, gives none. One that only refuses them would still read the headers of each answer for them."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Of an answer: nothing."""

    def add_cookie_header(self, request: Any) -> None:
        """To a request: nothing."""


class _Certificates(ssl.SSLContext):
    """What servers' certificates are judged by: read by the first connection that asks. By itself it trusts nobody."""

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        """Over a socket."""
        return _certificates().wrap_socket(*arguments, **named)

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """Over another TLS, through a proxy."""
        return _certificates().wrap_bio(*arguments, **named)


@cache
def _certificates() -> ssl.SSLContext:
    """To read them takes longer than many a cycle, so once for all."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
