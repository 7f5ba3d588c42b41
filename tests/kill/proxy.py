"""A proxy between syncd and its server that reads each request whole, and then lets the weather have its way.

Law: what changes the server passes under one lock, which the artist takes as well: so it is known who had seen what
when something was replaced. A request that syncd had sent whole may arrive after syncd is dead.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.kill.faults import Fault, Weather, reset, suffer

LARGEST_HEAD = 65_536


@dataclass(frozen=True)
class Request:
    """One request of syncd's. `itemid`: the item that it names, if it names one."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    @property
    def endpoint(self) -> str:
        """`delta`, `submit`, `item`, `original` ..."""
        parts = [part for part in urlsplit(self.target).path.split("/") if part and not part.isdigit()]
        if "stash" in parts:
            at = parts.index("stash")
            return parts[at + 1] if len(parts) > at + 1 else "stack"
        return "original" if "api" not in parts or "download" in parts else parts[-1]

    @property
    def itemid(self) -> int | None:
        text = self.target.encode() + b"&" + self.body[:4096] + b"&"
        found = re.search(rb'(?:/item/|(?:item|stash)id=|name="(?:item|stash)id"\r\n\r\n)(\d+)', text)
        return int(found[1]) if found else None

    @property
    def has_file(self) -> bool:
        return b"filename=" in self.body[:8192]


class Proxy:
    """Listens on a free port of the loopback until it is closed; `port` is the server's.

    `received` is told of each request when it is here whole; what it answers, `passing` is told with the request right
    before that is passed on, under `lock`.
    """

    def __init__(self, port: int, weather: Weather) -> None:
        self.port = port
        self.weather = weather
        self.lock = threading.Lock()
        self.received: Callable[[Request], int] = lambda _: 0
        self.passing: Callable[[Request, int], None] = lambda _request, _mark: None
        self.requests: Counter[str] = Counter()
        self._book = threading.Lock()
        self._open: dict[int, str] = {}
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(10)
        self.drain()

    def drain(self) -> None:
        """Waits until no request is under way any more: what is late arrives before this returns."""
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a request never ended"
        self._threads.clear()

    def under_way(self) -> list[str]:
        """The endpoints of the requests that are under way now."""
        with self._book:
            return sorted(self._open.values())

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        fault = self.weather.draw()
        with connection, suppress(OSError):
            if fault is Fault.REFUSED:
                reset(connection)
                return
            with self._noted("sending"):
                request = self._read(connection, half=fault is Fault.HALF_SENT)
            if request is not None:
                mark = self.received(request)
                with self._noted(request.endpoint):
                    suffer(fault, connection, lambda: self._forward(request, mark), self._wait)

    @contextmanager
    def _noted(self, word: str) -> Iterator[None]:
        thread = threading.get_ident()
        with self._book:
            self.requests[word] += 1
            self._open[thread] = word
        try:
            yield
        finally:
            with self._book:
                del self._open[thread]

    def _wait(self) -> None:
        self._ended.wait(self.weather.pause())

    @staticmethod
    def _read(connection: socket.socket, *, half: bool) -> Request | None:
        """A whole request; None if it ended early (its sender is dead), or half of it was enough."""
        told = b""
        while b"\r\n\r\n" not in told and len(told) < LARGEST_HEAD:
            if not (piece := connection.recv(65_536)):
                return None
            told += piece
        head, _, body = told.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        wanted = int(length[1]) if length else 0
        while len(body) < (wanted // 2 if half else wanted):
            if not (piece := connection.recv(65_536)):
                return None
            body += piece
        if half:
            reset(connection)
            return None
        return Request(head, body)

    def _forward(self, request: Request, mark: int) -> bytes:
        """Passes a request on, on a connection of its own, and gives the whole answer."""
        head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", request.head) + b"\r\nConnection: close"
        with self.lock:
            self.passing(request, mark)
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as server:
                server.sendall(head + b"\r\n\r\n" + request.body)
                answer = b""
                while piece := server.recv(65_536):
                    answer += piece
        return answer
