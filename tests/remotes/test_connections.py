"""Connections: one for each request at once, none for long that nobody needs, and all of them one client's."""

from __future__ import annotations

import time
from contextlib import ExitStack

import httpcore
import httpx
import pytest

from syncd.remotes.http.connections import IDLE_SECONDS, PIECE, Client, Connections


class Wire(httpx.BaseTransport):
    """Answers everything, and says so."""

    def __init__(self, made: list[Wire]) -> None:
        self.requests = 0
        self.closed = False
        self.fails = False
        made.append(self)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.fails:
            raise httpx.ReadError("gone")
        told = request.headers.get("cookie", "none").encode()
        return httpx.Response(200, headers={"Set-Cookie": "who=you"}, stream=httpx.ByteStream(told))

    def close(self) -> None:
        self.closed = True


class Bench:
    """Connections over wires, which are counted."""

    def __init__(self) -> None:
        self.made: list[Wire] = []
        self.connections = Connections(lambda: Wire(self.made))
        self.client = Client(self.connections)

    def at_once(self, most: int) -> None:
        """So many requests, of which none ends before all have begun."""
        with ExitStack() as stack:
            for _ in range(most):
                stack.enter_context(self.client.stream("GET", "http://localhost/"))

    def open(self) -> int:
        return sum(not wire.closed for wire in self.made)


def test_who_asks_at_the_same_time_gets_one_each_and_they_are_used_again() -> None:
    bench = Bench()
    for _ in range(3):
        bench.at_once(8)
    assert [wire.requests for wire in bench.made] == [3] * 8
    bench.client.close()
    assert bench.open() == 0


def test_one_after_the_other_needs_one() -> None:
    bench = Bench()
    for _ in range(5):
        bench.at_once(1)
    assert [wire.requests for wire in bench.made] == [5]


def test_what_a_burst_needed_goes_afterwards_one_with_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.at_once(4)
    bench.at_once(1)
    assert bench.open() == 4
    later = time.monotonic() + 2 * IDLE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    for still_open in (3, 2, 1, 1):
        bench.at_once(1)
        assert bench.open() == still_open


def test_one_that_failed_is_given_back() -> None:
    bench = Bench()
    bench.at_once(1)
    bench.made[0].fails = True
    with pytest.raises(httpx.ReadError):
        bench.at_once(1)
    bench.made[0].fails = False
    bench.at_once(1)
    assert [wire.requests for wire in bench.made] == [3]


def test_cookies_are_neither_kept_nor_sent() -> None:
    bench = Bench()
    for _ in range(2):
        assert bench.client.get("http://localhost/").text == "none"
        assert not bench.client.cookies


def test_proxies_of_the_environment_count_and_have_connections_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Client(None) as client:
        direct = client._transport_for_url(httpx.URL("http://127.0.0.1/"))
        by_proxy = client._transport_for_url(httpx.URL("http://example.org/"))
        assert isinstance(direct, Connections)
        assert isinstance(by_proxy, Connections)
        assert direct is not by_proxy
        assert isinstance(by_proxy._make()._pool, httpcore.HTTPProxy)  # type: ignore[attr-defined]
        assert isinstance(direct._make(), httpx.HTTPTransport)


def test_large_pieces_are_read_from_a_socket() -> None:
    """httpcore does not say that this can be set: another version may read as it likes."""
    assert httpcore.HTTP11Connection.READ_NUM_BYTES == PIECE
    assert "READ_NUM_BYTES" in httpcore.HTTP11Connection._receive_event.__code__.co_names
