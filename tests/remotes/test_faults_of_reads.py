"""Whatever goes wrong on the wire of a read leaves as an error that says what can be done (guarantees.md, 3)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from syncd.core.errors import LoginNeeded, Misconfigured, Refused, SyncdError, Throttled, Unreachable, Unsupported
from tests.remotes.fakes import (
    ACCESS,
    DIALECTS,
    ENDPOINT_GONE,
    REFRESH,
    SECRET,
    Bench,
    bench,
    blank,
    error,
    page,
    says,
    unknown,
)

READS: dict[str, Callable[[Bench], Any]] = {
    "drain": lambda b: list(b.remote.drain("cursor", unknown)),
    "read": lambda b: b.remote.read(7),
    "read_folder": lambda b: b.remote.read_folder(7),
    "space": lambda b: b.remote.space(),
    "account": lambda b: b.remote.account(),
    "prepare": lambda b: b.remote.prepare(),
}


def raw(content: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    stream = httpx.ByteStream(content)
    return httpx.Response(status, headers={"content-type": kind, **named}, stream=stream)


FAULTS: dict[str, tuple[Any, type[SyncdError]]] = {
    "refused": (httpx.ConnectError("[Errno 111] Connection refused"), Unreachable),
    "name": (httpx.ConnectError("[Errno -2] Name or service not known"), Unreachable),
    "tls": (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), Unreachable),
    "proxy": (httpx.ProxyError("407 Proxy Authentication Required"), Unreachable),
    "slow connection": (httpx.ConnectTimeout("timed out"), Unreachable),
    "slow answer": (httpx.ReadTimeout("timed out"), Unreachable),
    "slow request": (httpx.WriteTimeout("timed out"), Unreachable),
    "no connection free": (httpx.PoolTimeout("timed out"), Unreachable),
    "reset": (httpx.ReadError("[Errno 104] Connection reset by peer"), Unreachable),
    "cut": (httpx.RemoteProtocolError("peer closed connection"), Unreachable),
    "captive portal": (page(), Unreachable),
    "blank": (blank(), Unreachable),
    "blank page": (blank(kind="text/html"), Unreachable),
    "no type": (httpx.Response(200, content=b'{"cursor":"x"}'), Unreachable),
    "half": (raw(b'{"cursor":"x","has_more":fal'), Unreachable),
    "deep": (raw(b"[" * 100_000), Unreachable),
    "number": (raw(b"7"), Unreachable),
    "list": (says([1]), Unreachable),
    "bad gzip": (raw(b"no gzip", content_encoding="gzip"), Unreachable),
    "gone away": (page(502), Unreachable),
    "closed": (says({"error": "server_error", "status": "error"}, 503), Unreachable),
    "late": (page(504), Unreachable),
    "edge": (page(403), Unreachable),
    "missing page": (page(404), Unreachable),
    "empty 403": (httpx.Response(403), Throttled),
    "429": (error("user_api_threshold", 429), Throttled),
    "429 page": (page(429), Throttled),
    "user threshold": (error("user_api_threshold", 400), Throttled),
    "application threshold": (error("application_api_threshold", 400), Throttled),
    "no such endpoint": (ENDPOINT_GONE, Unsupported),
    "no such version": (error("version_error", 404, "Api Version 19700101 not supported"), Misconfigured),
    "redirect to nowhere": (httpx.Response(302, headers={"location": "ftp://files.test/"}), Unreachable),
    "redirect for ever": (httpx.Response(302, headers={"location": "/again"}), Unreachable),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("read", READS)
def test_a_fault_of_a_read_is_an_error_of_ours(read: str, fault: str, dialect: str) -> None:
    answer, expected = FAULTS[fault]
    b = bench(dialect, answer)
    if read == "account" and expected is Unsupported:
        assert b.remote.account() is None
        return
    with pytest.raises(SyncdError) as raised:
        READS[read](b)
    assert type(raised.value) is expected
    assert_clean(raised.value)


def assert_clean(error: SyncdError) -> None:
    for secret in (ACCESS, REFRESH, SECRET, "http://", "https://"):
        assert secret not in f"{error} {error.remedy}"
    assert len(error.message) < 400


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("answer", [page(500), error("server_error", 500)], ids=["page", "json"])
def test_a_500_is_tried_three_times_more_and_then_reported(dialect: str, answer: httpx.Response) -> None:
    b = bench(dialect, answer)
    with pytest.raises(Unreachable):
        b.remote.space()
    assert b.remote.requests() == {"space": 4}
    assert b.clock.slept == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_500_that_passes_is_not_noticed(dialect: str) -> None:
    b = bench(dialect, page(500), says({"available_space": 5, "total_space": 9}))
    assert b.remote.space().available == 5


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    bomb = gzip.compress(b" " * (65 * 1024 * 1024), 1)
    b = bench("v1", raw(bomb, content_encoding="gzip"))
    with pytest.raises(Unreachable, match="too long"):
        b.remote.space()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_missing_scope_needs_a_login_that_is_named(dialect: str) -> None:
    b = bench(dialect, error("insufficient_scope", 403, "needs more", scope="stash"))
    with pytest.raises(LoginNeeded, match="scope stash"):
        b.remote.space()
    assert b.remote.account() is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_words_of_the_server_reach_an_error_without_addresses_and_tokens(dialect: str) -> None:
    words = f"See https://x.test/?downloadToken={ACCESS} or Bearer {ACCESS} \x1b[31m\n" + "x " * 5000
    b = bench(dialect, error("invalid_request", 400, words))
    with pytest.raises(Refused) as raised:
        b.remote.space()
    assert_clean(raised.value)
    assert "See <address>" in raised.value.message
    assert raised.value.message.isprintable()


def test_a_redirect_to_another_host_loses_the_token_and_back_home_has_it_again() -> None:
    away = httpx.Response(302, headers={"location": "http://other.test/x?y=1"})
    home = httpx.Response(302, headers={"location": "https://STASH.test:443/api/v1/oauth2/stash/space"})
    b = bench("v1", away, home, says({"available_space": 5, "total_space": 9}))
    assert b.remote.space().total == 9
    sent = [request.headers.get("authorization") for request in b.wire.requests]
    assert sent == [f"Bearer {ACCESS}", None, f"Bearer {ACCESS}"]
    assert b.remote.requests() == {"space": 3}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_request_names_syncd_and_accepts_gzip_and_keeps_the_token_in_its_header(dialect: str) -> None:
    b = bench(dialect, says({"available_space": 5, "total_space": 9}), minor_version="20210526")
    b.remote.space()
    (request,) = b.wire.requests
    assert request.headers["user-agent"].startswith("syncd/")
    assert request.headers["accept-encoding"] == "gzip"
    assert request.headers["authorization"] == f"Bearer {ACCESS}"
    assert request.headers["da-minor-version"] == "20210526"
    assert ACCESS not in str(request.url)


def test_a_closed_remote_is_unreachable_and_may_be_closed_again() -> None:
    b = bench("v1", says({}))
    b.remote.close()
    b.remote.close()
    with pytest.raises(Unreachable):
        b.remote.space()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_delta_a_remote_can_only_send_and_says_why(dialect: str) -> None:
    b = bench(dialect, ENDPOINT_GONE)
    with pytest.raises(Unsupported, match="removed that on 2024-07-01"):
        list(b.remote.drain(None, unknown))
    can = b.remote.abilities
    assert (can.list, can.read, can.fetch, can.move, can.delete, can.rename_folders) == (False,) * 6
    assert (can.submit, can.replace, can.edit) == (True,) * 3
    with pytest.raises(Unsupported):
        list(b.remote.drain(None, unknown))
    assert b.remote.requests() == {"delta": 1}
