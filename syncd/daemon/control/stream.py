"""The event stream of one client (server-sent events).

Law: it ends when the client goes, when the daemon ends, and when the client takes nothing for `SEND_SECONDS`: then it
is cut off, and what waited for it is forgotten.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import anyio
from starlette.types import Message, Receive, Scope, Send

from syncd.daemon.feed import Feed, Following

HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 20.0
RETRY_MILLISECONDS = 2000
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),
]


class EventStream:
    """An ASGI application that answers one request with events. `last`: the id after which to begin; "" for now."""

    def __init__(self, feed: Feed, last: str, mirror: str | None, *, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._feed = feed
        self._last = last
        self._mirror = mirror
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until one side ends it. Raises feed.TooManyFollow before anything is sent."""
        loop, ready = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(ready.set)

        with self._feed.following(self._last, self._mirror, wake) as client:
            async with anyio.create_task_group() as both:
                both.start_soon(_gone, receive, both.cancel_scope)
                in_time = await self._send_all(client, ready, send)
                if not in_time:
                    scope["state"]["abort"]()
                both.cancel_scope.cancel()

    async def _send_all(self, client: Following, ready: asyncio.Event, send: Send) -> bool:
        """Whether the client took everything in time."""
        start: Message = {"type": "http.response.start", "status": 200, "headers": HEADERS}
        hello = f"retry: {RETRY_MILLISECONDS}\n: following\n\n".encode()
        in_time = await _sent(send, start) and await _sent(send, _body(hello))
        over = False
        while in_time and not over:
            ready.clear()
            entries, over = self._feed.take(client)
            if entries:
                in_time = await _sent(send, _body(b"".join(entry.wire for entry in entries)))
            elif not over and not await _woken(ready, self._heartbeat):
                in_time = await _sent(send, _body(b": heartbeat\n\n"))
        return in_time and await _sent(send, {"type": "http.response.body", "body": b"", "more_body": False})


def _body(part: bytes) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": True}


async def _sent(send: Send, message: Message) -> bool:
    """Whether the message could be handed to the socket in time."""
    with anyio.move_on_after(SEND_SECONDS) as limit:
        await send(message)
    return not limit.cancelled_caught


async def _woken(ready: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ready.wait()
    return ready.is_set()


async def _gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Ends the stream once the client has closed its side."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
