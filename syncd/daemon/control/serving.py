"""Serves the API in a thread of its own (uvicorn), to the daemon's own user and root only.

Law: who connects is asked of the kernel (SO_PEERCRED), so that even a socket that was given away answers nobody else.
An idle server does nothing: no tick, no date header. Signals belong to the daemon.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncd.daemon.feed import Feed

END_SECONDS = 3
MOST_CONNECTIONS = 100
STRANGER_SECONDS = 2.0
PEER = struct.Struct("3i")
ROOT = 0
FORBIDDEN = b'{"message": "this socket belongs to another user", "errors": []}'


class _Protocol(H11Protocol):
    """HTTP of one connection, if it is of the right user."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn's own
        """Asks the kernel who it is. A stranger may say one thing, within a moment."""
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)
        self._is_stranger = peer_of(transport.get_extra_info("socket")) not in {ROOT, os.geteuid()}
        if self._is_stranger:
            self.loop.call_later(STRANGER_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Answers 403 to a stranger, whatever it asks."""
        if self.transport.is_closing():
            return
        if self._is_stranger:
            self.transport.write(_whole(403, "Forbidden", FORBIDDEN))
            self.transport.close()
            return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered in JSON too."""
        body = b'{"message": "%s", "errors": []}' % msg.encode("ascii", "replace").replace(b'"', b"'")
        self.transport.write(_whole(400, "Bad Request", body))
        self.transport.close()


def _whole(status: int, reason: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}connection: close\r\n\r\n".encode() + body


def peer_of(connection: Any) -> int | None:
    """The user id of who connected a Unix socket; None where the system cannot tell."""
    try:
        found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    except OSError:
        return None
    return cast(int, PEER.unpack(found)[1])


class _Server(uvicorn.Server):
    """Waits for its end instead of ticking."""

    def __init__(self, app: Starlette) -> None:
        # No log_config: logging belongs to the daemon.
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                date_header=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._lock = threading.Lock()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none."""
        yield

    async def main_loop(self) -> None:
        """Until `end`."""
        with self._lock:
            self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
            if self.should_exit:
                return
        await self._end.wait()

    def end(self) -> None:
        """Has it answer what it was asked, and no more. From any thread."""
        with self._lock:
            self.should_exit = True
            if self._loop is not None and self._end is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._end.set)


@contextmanager
def answering(app: Starlette, feed: Feed, listener: socket.socket) -> Iterator[None]:
    """Answers on the socket, in a thread, while the body runs."""
    server = _Server(app)
    thread = threading.Thread(target=_serve, args=(server, listener), name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        feed.end()
        server.end()
        thread.join(2 * END_SECONDS)


def _serve(server: _Server, listener: socket.socket) -> None:
    try:
        server.run([listener])
    except Exception:  # noqa: BLE001 - mirrors go on without their control socket, but nobody shall wonder why
        structlog.get_logger("syncd").exception("control-crashed")
