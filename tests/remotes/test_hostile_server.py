"""A server that means harm: it gets no token of another's, and neither memory, nor time, nor a path (I11, I13)."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncd.core.errors import SyncdError, Unreachable
from syncd.core.model import AtRoot, Changes
from syncd.remotes.http import Clock
from syncd.remotes.stash import delta
from syncd.remotes.stash.ahead import MOST
from tests.remotes.fakes import ACCESS, DIALECTS, FINE, REFRESH, SECRET, bench, error, nothing, snapshot, unknown
from tests.remotes.fakes import says as told_json
from tests.remotes.sockets import PICTURE, Asked, Fault, Server, connected, served, told

SPACE = told_json({"available_space": 5, "total_space": 9})
ELSEWHERE = [
    "https://evil.test/x",
    "http://stash.test/x",
    "https://stash.test:8443/x",
    "https://stash.test.evil.test/x",
    "https://evilstash.test/x",
    "//evil.test/x",
    "https://stash.test@evil.test/x",
    "https://stash.test%2eevil.test/x",
    "HTTPS://STASH.TEST:444/x",
    "https://stash.test\\@evil.test/x",
]


def redirect(where: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": where})


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ELSEWHERE)
def test_the_token_goes_to_no_other_host_port_or_scheme(where: str, status: int, dialect: str) -> None:
    b = bench(dialect, redirect(where, status), SPACE)
    try:
        b.remote.space()
    except Unreachable:
        assert len(b.wire.requests) == 1
    for request in b.wire.requests[1:]:
        assert "authorization" not in request.headers
        assert ACCESS not in str(request.url)
    assert b.wire.requests[0].headers["authorization"] == f"Bearer {ACCESS}"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["https://evil.test/x", "/elsewhere"])
def test_what_has_a_body_is_sent_nowhere_else(where: str, status: int, dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, FINE, redirect(where, status))
    for change in (
        lambda: b.remote.submit(snapshot(tmp_path), "Fox", AtRoot("x"), nothing),
        lambda: b.remote.edit(7, Changes(title="Fox")),
        lambda: b.remote.delete(7),
    ):
        before = len(b.wire.requests)
        with pytest.raises(SyncdError):
            change()
        assert {request.url.host for request in b.wire.requests} == {"stash.test"}
        assert len(b.wire.requests) - before <= 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_refresh_token_and_the_clients_secret_follow_no_redirect(dialect: str) -> None:
    b = bench(dialect, error("invalid_token", 401), redirect("https://evil.test/oauth2/token", 307))
    with pytest.raises(Unreachable) as raised:
        b.remote.space()
    assert {request.url.host for request in b.wire.requests} == {"stash.test"}
    for secret in (REFRESH, SECRET, ACCESS):
        assert secret not in str(raised.value)
    assert b.tokens.saved == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_original_elsewhere_is_fetched_without_the_token_from_redirect_to_redirect(dialect: str) -> None:
    original = {
        "url": "https://files.test/x.png",
        "title": "",
        "stackid": 8,
        "files": [{"src": "https://files.test/x.png"}],
    }
    picture = httpx.Response(200, headers={"content-type": "image/png"}, content=PICTURE)
    b = bench(dialect, told_json(original), redirect("https://stash.test/back"), redirect("http://a.test/"), picture)
    with b.remote.open(7, None) as content:
        assert b"".join(content.chunks) == PICTURE
    assert [request.url.host for request in b.wire.requests] == ["stash.test", "files.test", "stash.test", "a.test"]
    assert all("authorization" not in request.headers for request in b.wire.requests[1:])


# -- memory and time

LISTS = b'{"cursor":"c","has_more":false,"entries":[' + b"[]," * 4_000_000 + b"[]]}"
MANY = json.dumps({"cursor": "c", "has_more": False, "entries": [{"itemid": 1, "metadata": None}] * 100_000}).encode()


def endless(connection: socket.socket, _: Asked) -> None:
    """Blanks without an end, each chunk announced."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")


def packed(content: bytes) -> bytes:
    return told(gzip.compress(content, 1), 200, "application/json", "Content-Encoding: gzip")


def sends(answer: bytes) -> Callable[[socket.socket, Asked], None]:
    return lambda connection, _: connection.sendall(answer)


BOMBS: dict[str, Callable[[], Any]] = {
    "blanks without an end": lambda: endless,
    "128 MiB of blanks, packed": lambda: sends(packed(b" " * (1 << 27))),
    "empty lists up to the limit, packed": lambda: sends(packed(LISTS)),
    "more entries than a page has": lambda: sends(told(MANY)),
    "lists in lists": lambda: sends(packed(b"[" * (1 << 23))),
}
CLIENT = """
import resource, sys
from syncd.core.errors import Unreachable
from tests.remotes.sockets import connected
with connected(sys.argv[1], sys.argv[2]) as c:
    for ask in (lambda: list(c.remote.drain(None, lambda _: False)), lambda: c.remote.read(7)):
        try:
            ask()
        except Unreachable as error:
            print(error.message)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
MOST_MIB = 700


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_answer_takes_a_bounded_part_of_the_memory(bomb: str) -> None:
    with served(Server(at="delta", fault=Fault(BOMBS[bomb]()))) as server:
        command = [sys.executable, "-c", CLIENT, server.address, "draft15"]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    *messages, most = done.stdout.splitlines()
    assert len(messages) == 1
    assert int(most) < MOST_MIB


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_list_that_never_ends_is_given_up(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def more(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        entry = {"itemid": offset + 1, "stashid": offset + 1, "metadata": None}
        return told_json({"cursor": "c", "has_more": True, "next_offset": offset + 1, "entries": [entry]})

    monkeypatch.setattr(delta, "MOST_PAGES", 50)
    b = bench(dialect, more)
    with pytest.raises(Unreachable, match="no end"):
        list(b.remote.drain(None, unknown))
    assert 50 <= b.remote.requests()["delta"] < 50 + MOST


def test_an_answer_that_comes_byte_by_byte_is_given_up_after_a_time() -> None:
    """Silence is bounded by the time-out of the socket; an answer that drips is by the clock."""

    def drip(connection: socket.socket, _: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
        while True:
            connection.sendall(b" ")
            server.ended.wait(0.01)

    seconds = iter(range(0, 10_000, 20))
    server = Server(at="space", fault=Fault(drip))
    clock = Clock(now=lambda: float(next(seconds)), sleep=lambda _: None)
    with served(server), connected(server.address, "v1", clock) as c, pytest.raises(Unreachable, match="too long"):
        c.remote.space()
