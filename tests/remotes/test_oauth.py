"""Tokens: single-use, refreshed once, durable before use, never shown (W28)."""

from __future__ import annotations

import base64
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from syncd.core.errors import LoginNeeded, SyncdError, Throttled, Unreachable
from syncd.core.model import AtRoot
from syncd.remotes import oauth
from syncd.remotes.faces import Token
from syncd.remotes.registry import RemoteSettings, Surroundings, login
from tests.remotes.fakes import (
    ACCESS,
    DIALECTS,
    ENDPOINT_GONE,
    FINE,
    REFRESH,
    SECRET,
    SERVER,
    FakeClock,
    MemoryTokens,
    Wire,
    bench,
    error,
    nothing,
    page,
    says,
    snapshot,
)

STALE = error("invalid_token", 401, "Expired oAuth2 user token.")
SPACE = says({"available_space": 5, "total_space": 9})
NEW = says({"access_token": "n" * 50, "refresh_token": "m" * 40, "expires_in": 3600, "token_type": "Bearer"})


def bearers(wire: Wire) -> list[str | None]:
    return [request.headers.get("authorization") for request in wire.requests]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("stale", [STALE, page(401), error("invalid_token", 400)], ids=["401", "page", "400"])
def test_a_stale_token_is_renewed_once_saved_and_the_request_sent_again(dialect: str, stale: httpx.Response) -> None:
    b = bench(dialect, stale, NEW, SPACE)
    assert b.remote.space().total == 9
    assert bearers(b.wire) == [f"Bearer {ACCESS}", None, "Bearer " + "n" * 50]
    assert b.tokens.saved == [Token("n" * 50, "m" * 40, b.clock.time + 3600)]
    form = parse_qs(b.wire.bodies[1].decode())
    assert form == {
        "grant_type": ["refresh_token"],
        "refresh_token": [REFRESH],
        "client_id": ["17"],
        "client_secret": [SECRET],
    }
    where = "/oauth2/token" if dialect == "v1" else f"/oauth2/{dialect}/token"
    assert b.wire.paths[1] == where


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_upload_is_sent_again_from_its_snapshot(dialect: str, tmp_path: Path) -> None:
    done = says({"stashid": "7", "itemid": 7, "folderid": "8", "stackid": 8})
    b = bench(dialect, FINE, STALE, NEW, done, ENDPOINT_GONE)
    assert b.remote.submit(snapshot(tmp_path, b"x" * 200_000), "Fox", AtRoot("x"), nothing).id == 7
    assert b.wire.bodies[1] == b.wire.bodies[3]
    assert b.wire.bodies[3].count(b"x" * 200_000) == 1


def test_a_token_that_stays_stale_needs_a_login() -> None:
    b = bench("v1", STALE, NEW, STALE)
    with pytest.raises(LoginNeeded):
        b.remote.space()
    assert b.remote.requests() == {"space": 2, "token": 1}


@pytest.mark.parametrize(
    "refusal",
    [
        error("invalid_request", 400, "The refresh_token is invalid."),
        error("invalid_grant", 400),
        error("invalid_client", 401, "Client authentication failed."),
    ],
    ids=["invalid_request", "invalid_grant", "invalid_client"],
)
def test_a_refused_renewal_needs_a_login_and_is_not_asked_for_again(refusal: httpx.Response) -> None:
    b = bench("v1", STALE, refusal)
    for _ in range(3):
        with pytest.raises(LoginNeeded):
            b.remote.space()
    assert b.remote.requests() == {"space": 1, "token": 1}
    b.tokens.token = Token("fresh", "fresher", 2e9)
    b.wire.script = [SPACE]
    assert b.remote.space().total == 9


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (httpx.ReadError("reset"), Unreachable),
        (httpx.ConnectError("refused"), Unreachable),
        (page(), Unreachable),
        (page(500), Unreachable),
        (page(404), Unreachable),
        (error("invalid_request", 404, "Api endpoint not found."), Unreachable),
        (says({"token_type": "Bearer"}), Unreachable),
        (says({"access_token": "new\r\nline"}), Unreachable),
        (error("user_api_threshold", 429), Throttled),
    ],
)
def test_a_renewal_that_got_lost_is_tried_again_later(fault: Any, expected: type[SyncdError]) -> None:
    b = bench("v1", STALE, fault)
    with pytest.raises(expected) as raised:
        b.remote.space()
    assert type(raised.value) is expected
    assert REFRESH not in str(raised.value)
    assert b.tokens.saved == []
    b.clock.time += 60
    b.wire.script = [STALE, NEW, SPACE]
    assert b.remote.space().total == 9


def test_without_a_token_nothing_is_sent() -> None:
    b = bench("v1", SPACE)
    b.tokens.token = None
    with pytest.raises(LoginNeeded):
        b.remote.space()
    assert b.wire.requests == []


def test_a_token_that_another_process_got_is_used_instead_of_refreshing() -> None:
    def refuse_after_other_process(_: httpx.Request) -> httpx.Response:
        b.tokens.token = Token("other", "process", 2e9)
        return STALE

    b = bench("v1", refuse_after_other_process, SPACE)
    b.remote.space()
    assert bearers(b.wire) == [f"Bearer {ACCESS}", "Bearer other"]
    assert b.remote.requests() == {"space": 2}


def test_many_threads_refresh_once() -> None:
    together = threading.Barrier(8)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return NEW
        if request.headers["authorization"] == f"Bearer {ACCESS}":
            together.wait(10)
            return STALE
        return SPACE

    b = bench("v1", answer)
    with ThreadPoolExecutor(8) as pool:
        assert {space.total for space in pool.map(lambda _: b.remote.space(), range(8))} == {9}
    assert b.remote.requests() == {"space": 16, "token": 1}
    assert len(b.tokens.saved) == 1


def test_a_token_that_could_not_be_saved_is_neither_used_nor_lost() -> None:
    b = bench("v1", STALE, NEW, SPACE)
    b.tokens.broken = 2
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            b.remote.space()
    assert len(b.wire.requests) == 2
    assert b.remote.space().total == 9
    assert b.tokens.saved[0].refresh == "m" * 40


def test_a_server_that_does_not_rotate_keeps_the_refresh_token() -> None:
    b = bench("v1", STALE, says({"access_token": "n", "expires_in": "x"}), SPACE)
    b.remote.space()
    assert b.tokens.saved == [Token("n", REFRESH, b.clock.time + oauth.DEFAULT_LIFETIME)]


# -- logging in


def application() -> oauth.Application:
    tokens, wire = MemoryTokens(None), Wire([NEW])
    settings = RemoteSettings(server=SERVER, client_id="17", client_secret=SECRET)
    return login("stash", settings, tokens, Surroundings(transport=wire)).application


def test_the_way_to_a_token_is_pkce_with_s256_and_a_state() -> None:
    journey = oauth.depart(application(), "http://127.0.0.1:5/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(journey.address).query).items()}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked == {
        "response_type": "code",
        "client_id": "17",
        "redirect_uri": "http://127.0.0.1:5/",
        "scope": "basic stash user",
        "state": journey.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert journey.address.startswith(f"{SERVER}/oauth2/authorize?")
    assert 43 <= len(journey.verifier) <= 128
    assert len({oauth.depart(application(), "http://x/").state for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "returned",
    [
        "http://127.0.0.1:5/?error=access_denied&error_description=The+user+said+no",
        "http://127.0.0.1:5/?code=c",
        "http://127.0.0.1:5/?code=c&state=another",
        "http://127.0.0.1:5/?state={state}",
        "nonsense",
        "",
    ],
)
def test_a_browser_that_comes_back_with_anything_else_is_not_let_in(returned: str) -> None:
    journey = oauth.depart(application(), "http://127.0.0.1:5/")
    with pytest.raises(LoginNeeded):
        oauth.arrive(journey, returned.replace("{state}", journey.state))


def test_the_code_becomes_a_token_that_is_saved() -> None:
    tokens, wire, clock = MemoryTokens(None), Wire([NEW]), FakeClock()
    settings = RemoteSettings(server=SERVER, client_id="17", client_secret=SECRET)
    way = login("stash", settings, tokens, Surroundings(clock=clock.clock, transport=wire))
    journey = oauth.depart(way.application, "http://127.0.0.1:5/")
    code = oauth.arrive(journey, f"http://127.0.0.1:5/?code=c&state={journey.state}\n")
    way.keeper.exchange(journey, code)
    form = parse_qs(wire.bodies[0].decode())
    assert (form["code"], form["code_verifier"]) == (["c"], [journey.verifier])
    assert tokens.saved == [Token("n" * 50, "m" * 40, clock.time + 3600)]
    wire.script = [FINE]
    way.keeper.revoke()
    assert parse_qs(wire.bodies[1].decode())["token"] == ["m" * 40]
    assert wire.paths[1] == "/oauth2/revoke"


def test_nothing_that_is_printed_shows_a_secret() -> None:
    token = Token(ACCESS, REFRESH, 1.0)
    journey = oauth.depart(application(), "http://127.0.0.1:5/")
    settings = RemoteSettings(server=SERVER, client_secret=SECRET)
    shown = f"{token!r} {journey!r} {application()!r} {settings!r}"
    for secret in (ACCESS, REFRESH, SECRET, journey.state, journey.verifier):
        assert secret not in shown
