"""Clients: a connection for each request at once, and none for long that nobody needs."""

from __future__ import annotations

import time
from contextlib import ExitStack

import httpx
import pytest

from syncd.core.errors import Unreachable
from syncd.remotes.http.clients import IDLE_SECONDS, Clients


def burst(clients: Clients, most: int) -> list[httpx.Client]:
    """So many requests at once."""
    with ExitStack() as stack:
        return [stack.enter_context(clients.lent()) for _ in range(most)]


def test_who_asks_at_the_same_time_gets_one_each_and_they_are_used_again() -> None:
    clients = Clients(None)
    first = burst(clients, 8)
    assert len(set(map(id, first))) == 8
    with clients.lent(), clients.lent():
        assert {id(client) for client in burst(clients, 4)} <= set(map(id, first))
    clients.close()


def test_what_a_burst_needed_goes_afterwards_one_with_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(None)
    first = burst(clients, 4)
    with clients.lent():
        assert not any(client.is_closed for client in first)
    later = time.monotonic() + IDLE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    for open_now in (3, 2, 1, 1, 1):
        with clients.lent() as client:
            assert not client.is_closed
        assert sum(not client.is_closed for client in first) == open_now
    clients.close()
    assert all(client.is_closed for client in first)


def test_what_is_in_use_when_they_are_closed_ends_in_peace() -> None:
    clients = Clients(None)
    with clients.lent() as client:
        clients.close()
        assert not client.is_closed
    assert client.is_closed
    with pytest.raises(Unreachable), clients.lent():
        pass


def test_cookies_are_neither_kept_nor_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Set-Cookie": "who=you"}, text=request.headers.get("cookie", "none"))

    clients = Clients(httpx.MockTransport(answer))
    for _ in range(2):
        with clients.lent() as client:
            assert client.get("http://localhost/").text == "none"
            assert not client.cookies
    clients.close()


def test_letting_go_leaves_what_is_in_use() -> None:
    clients = Clients(None)
    with clients.lent() as client:
        idle = burst(clients, 2)
        clients.let_go()
        assert all(each.is_closed for each in idle)
        assert not client.is_closed
    with clients.lent() as again:
        assert again is client
    clients.close()
