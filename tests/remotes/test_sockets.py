"""What a real socket does to a submission: cut before, during and after its last byte (W1), and answered too early."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncd.core.errors import OutcomeUnknown, Refused, SyncdError, Unreachable
from syncd.core.model import AtRoot
from syncd.remotes.faces import Token
from syncd.remotes.http import MemoryBackoff, connections
from syncd.remotes.registry import RemoteSettings, build
from tests.remotes.fakes import DIALECTS, MemoryTokens, nothing, snapshot

BODY = 8 * 1024 * 1024
PLACEBO = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
    b'{"status":"success"}'
)
QUOTA = b'HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{"error":"quota_exceeded"}'


@pytest.mark.parametrize(("scheme", "times"), [("https", 1), ("http", 0)])
def test_certificates_are_read_once_for_all_remotes_that_need_them(
    scheme: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[ssl.SSLContext] = []
    real = httpx.create_ssl_context

    def counted(*given: Any, **named: Any) -> ssl.SSLContext:
        if not given and not named:
            read.append(real())
            return read[-1]
        return real(*given, **named)

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    connections._certificates.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as server:
        hang_up(server)
        for dialect in DIALECTS:
            address = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
            settings = RemoteSettings(server=address, dialect=dialect, client_id="1", client_secret="s")
            remote = build("stash", settings, MemoryTokens(Token("access", "refresh", 0.0)), MemoryBackoff())
            with pytest.raises(Unreachable):
                remote.account()
            remote.close()
    assert len(read) == times


def hang_up(server: socket.socket) -> None:
    """Ends every connection as soon as it is there, until the server is closed."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                server.accept()[0].close()

    threading.Thread(target=accept, daemon=True).start()


def read(connection: socket.socket, most: int) -> None:
    """Reads so many bytes, or until the client has no more."""
    left = most
    while left > 0 and (piece := connection.recv(min(left, 65_536))):
        left -= len(piece)


def read_whole(connection: socket.socket) -> None:
    """Reads until the last boundary of the form."""
    end = b""
    while not end.endswith(b"--\r\n"):
        end = (end + connection.recv(65_536))[-10:]


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def placebo(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(PLACEBO)


def whole_then_close(connection: socket.socket) -> None:
    read_whole(connection)


def whole_then_half_an_answer(connection: socket.socket) -> None:
    read_whole(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")


def part_then_reset(connection: socket.socket) -> None:
    read(connection, 100_000)
    reset(connection)


def part_then_refuse(connection: socket.socket) -> None:
    read(connection, 100_000)
    connection.sendall(QUOTA)
    read(connection, 2 * BODY)


@contextmanager
def served(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers the placebo and then does as it is told with the submission."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def run() -> None:
            for step in (placebo, serve):
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(30)
                    step(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(30)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        (whole_then_close, OutcomeUnknown),
        (whole_then_half_an_answer, OutcomeUnknown),
        (part_then_reset, Unreachable),
        (part_then_refuse, Refused),
    ],
)
def test_where_a_submission_was_cut_decides_what_is_known(
    serve: Callable[[socket.socket], None], expected: type[SyncdError], dialect: str, tmp_path: Path
) -> None:
    with served(serve) as server:
        tokens = MemoryTokens(Token("t", "r", 2e9))
        remote = build("stash", RemoteSettings(server=server, dialect=dialect), tokens, MemoryBackoff())
        with pytest.raises(SyncdError) as raised:
            remote.submit(snapshot(tmp_path, b"x" * BODY), "Fox", AtRoot("x"), nothing)
        remote.close()
    assert type(raised.value) is expected


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = f"http://127.0.0.1:{listening.getsockname()[1]}"
    remote = build("stash", RemoteSettings(server=server), MemoryTokens(Token("t", "r", 2e9)), MemoryBackoff())
    with pytest.raises(Unreachable):
        remote.delete(7)
    remote.close()
