"""How files travel can be told anew while a remote is in use, and its connections can be let go of."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from syncd.remotes.faces import Token, Traffic
from syncd.remotes.http import Bucket, Clock, MemoryBackoff
from syncd.remotes.registry import RemoteSettings, build
from tests.remotes.fakes import MemoryTokens

TOKEN = Token("access", "refresh", 4e9)
SPACE = b'{"available_space":1,"total_space":2}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(SPACE), SPACE)


@contextmanager
def counting_server() -> Iterator[tuple[str, list[int]]]:
    """A server that keeps connections open; answers its address, and how many requests came over each connection."""
    asked: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        with connection:
            while connection.recv(65_536):
                asked[number] += 1
                connection.sendall(ANSWER)

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            asked.append(0)
            threading.Thread(target=serve, args=(connection, len(asked) - 1), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)


def test_a_connection_is_used_again_until_it_is_let_go_of() -> None:
    with counting_server() as (server, asked):
        remote = build("stash", RemoteSettings(server=server), MemoryTokens(TOKEN), MemoryBackoff())
        with closing(remote):
            for _ in range(2):
                assert remote.space().total == 2
            assert asked == [2]
            remote.reconnect()
            assert remote.space().total == 2
            assert asked == [2, 1]


def test_telling_the_same_traffic_again_keeps_the_connections() -> None:
    with counting_server() as (server, asked):
        remote = build("stash", RemoteSettings(server=server), MemoryTokens(TOKEN), MemoryBackoff())
        with closing(remote):
            for traffic in (Traffic(), Traffic(upload_kib=5), Traffic(download_kib=5)):
                remote.tune(traffic)
                remote.space()
            assert asked == [3]


def test_a_limit_holds_from_when_it_is_set_and_its_debt_ends_with_it() -> None:
    now, slept = 100.0, list[float]()
    bucket = Bucket(0, Clock(now=lambda: now, sleep=slept.append))
    bucket.take(1000)
    bucket.set(100)
    bucket.take(1000)
    bucket.take(1000)
    assert slept == [10.0]
    bucket.set(0)
    bucket.take(1000)
    bucket.set(500)
    bucket.take(1000)
    bucket.take(1000)
    assert slept == [10.0, 2.0]
