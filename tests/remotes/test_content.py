"""The bytes of an original: whole, resumed, never torn, never another version's, never a web page."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from syncd.core.errors import NotThere, Refused, SyncdError, Throttled, Unreachable
from syncd.remotes.faces import Content
from tests.remotes.fakes import DIALECTS, SERVER, Bench, bench, blank, error, page, says

BYTES = bytes(range(256)) * 40
OTHER = "http://files.test"
VERSION = f"{OTHER}/f/u/d1.png"
V1_VERSION = "/f/u/d1.png|1 KB|5x5"
SIGNED = f"{OTHER}/_api/download/file?downloadToken=eyJ0.SECRET"


def located(dialect: str, version: str = VERSION) -> httpx.Response:
    """Where the server says that the original is."""
    if dialect != "v1":
        return says({"url": f"{version}?token=SECRET", "size": len(BYTES), "width": 5, "height": 5})
    files = [{"src": f"{version}/v1/fit/w_150/x.jpg"}, {"src": SIGNED}]
    submission = {"file_size": "1 KB", "resolution": "5x5"}
    return says({"title": "Fox", "stackid": 8, "files": files, "submission": submission})


def version_of(dialect: str) -> str:
    return VERSION if dialect != "v1" else V1_VERSION


def original(content: bytes = BYTES, status: int = 200, kind: str = "image/png", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers={"content-type": kind, **named}, content=content)


def packed(content: bytes, coding: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": coding}, stream=httpx.ByteStream(content))


def part(start: int, total: int = len(BYTES), content: bytes | None = None) -> httpx.Response:
    kept = BYTES[start:] if content is None else content
    return original(kept, 206, content_range=f"bytes {start}-{start + len(kept) - 1}/{total}")


def opened(b: Bench, dialect: str, start: int = 0) -> tuple[Content, bytes]:
    with b.remote.open(7, version_of(dialect), start) as content:
        return content, b"".join(content.chunks)


def fresh(dialect: str, *script: Any) -> Bench:
    """A remote that has to ask where the original is."""
    return bench(dialect, located(dialect), *script)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_original_comes_whole_and_without_the_token(dialect: str) -> None:
    b = fresh(dialect, original())
    with b.remote.open(7, None) as content:
        assert b"".join(content.chunks) == BYTES
    assert (content.start, content.size, content.version) == (0, len(BYTES), version_of(dialect))
    assert content.extension == "png"
    assert "authorization" not in b.wire.requests[1].headers
    assert b.wire.requests[1].headers["accept-encoding"] == "gzip"
    assert b.remote.transferred() == (0, len(BYTES))


def test_a_known_address_of_a_draft_is_opened_with_one_request() -> None:
    version = f"{SERVER}/f/u/d1.png"
    b = bench("draft15", original())
    with b.remote.open(7, version) as content:
        assert content.version == version
    assert b.remote.requests() == {"original": 1}
    assert "authorization" not in b.wire.requests[0].headers


@pytest.mark.parametrize("version", ["http://elsewhere.test/f/x.png", "text:abc", "file:///etc/passwd", "sha256:0"])
def test_a_stored_address_of_another_host_is_asked_for_anew(version: str) -> None:
    b = bench("draft15", located("draft15"), original())
    with b.remote.open(7, version, 5) as content:
        assert (content.start, content.version) == (0, VERSION)
    assert [str(request.url.host) for request in b.wire.requests] == ["stash.test", "files.test"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_resumed_original_goes_on_where_it_stopped(dialect: str) -> None:
    b = fresh(dialect, part(1000))
    content, received = opened(b, dialect, 1000)
    assert (content.start, content.size, received) == (1000, len(BYTES), BYTES[1000:])
    assert b.wire.requests[1].headers["range"] == "bytes=1000-"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_server_without_ranges_begins_again(dialect: str) -> None:
    content, received = opened(fresh(dialect, original()), dialect, 1000)
    assert (content.start, received) == (0, BYTES)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "odd",
    [
        part(500),
        original(BYTES[1000:], 206),
        original(BYTES[1000:], 206, content_range="bytes 1000-10239/*"),
        original(BYTES[1000:], 206, content_range="pages 1-2/3"),
        original(b"", 416, content_range=f"bytes */{len(BYTES) - 1}"),
        original(b"", 416),
        original(gzip.compress(BYTES[1000:]), 206, content_encoding="gzip", content_range="bytes 1000-1100/10240"),
    ],
)
def test_a_part_that_was_not_asked_for_is_not_taken(odd: httpx.Response, dialect: str) -> None:
    b = fresh(dialect, odd, original())
    content, received = opened(b, dialect, 1000)
    assert (content.start, received) == (0, BYTES)
    assert "range" not in b.wire.requests[2].headers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_that_is_here_already_needs_no_byte(dialect: str) -> None:
    done = original(b"", 416, content_range=f"bytes */{len(BYTES)}")
    content, received = opened(fresh(dialect, done), dialect, len(BYTES))
    assert (content.start, content.size, received) == (len(BYTES), len(BYTES), b"")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_version_begins_at_its_own_beginning(dialect: str) -> None:
    b = bench(dialect, located(dialect, f"{OTHER}/f/u/d2.png"), original())
    content, received = opened(b, dialect, 1000)
    assert (content.start, received) == (0, BYTES)
    assert content.version != version_of(dialect)
    assert "range" not in b.wire.requests[1].headers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_compressed_answer_is_unpacked_and_its_length_not_believed(dialect: str) -> None:
    b = fresh(dialect, original(gzip.compress(BYTES), content_encoding="gzip"))
    content, received = opened(b, dialect)
    assert (content.size, received) == (None, BYTES)


class Broken(httpx.SyncByteStream):
    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "pieces",
    [
        (BYTES[:100],),
        (BYTES, b"more"),
        (BYTES[:100], httpx.ReadError("reset")),
        (BYTES[:100], httpx.ReadTimeout("slow")),
        (BYTES[:100], httpx.RemoteProtocolError("peer closed")),
    ],
    ids=["short", "long", "reset", "slow", "cut"],
)
def test_a_torn_original_is_an_error_of_its_chunks(pieces: tuple[Any, ...], dialect: str) -> None:
    torn = httpx.Response(200, headers={"content-length": str(len(BYTES))}, stream=Broken(*pieces))
    with fresh(dialect, torn).remote.open(7, None) as content, pytest.raises(Unreachable):
        list(content.chunks)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_original_whose_end_nobody_tells_is_not_taken_for_whole(dialect: str) -> None:
    endless = httpx.Response(200, headers={"content-type": "image/png"}, stream=Broken(BYTES[:100]))
    with pytest.raises(Unreachable):
        opened(fresh(dialect, endless), dialect)
    chunked = httpx.Response(200, headers={"transfer-encoding": "chunked"}, stream=Broken(BYTES))
    assert opened(fresh(dialect, chunked), dialect)[1] == BYTES


def test_a_file_of_json_is_a_file() -> None:
    palette = original(
        b'{"red": 1}', kind="application/json", content_disposition='attachment; filename="palette.json"'
    )
    b = bench("v1", says({"title": "", "stackid": 8, "files": [{"src": SIGNED}]}), palette)
    with b.remote.open(7, None) as content:
        assert (b"".join(content.chunks), content.extension) == (b'{"red": 1}', "json")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_address_that_has_ended_is_asked_for_once_more(status: int, dialect: str) -> None:
    gone = says({"message": "token expired", "code": status}, status)
    b = fresh(dialect, gone, located(dialect), original())
    assert opened(b, dialect)[1] == BYTES
    with pytest.raises(Refused) as raised:
        opened(fresh(dialect, gone, located(dialect), gone), dialect)
    assert raised.value.itemid == 7
    assert "SECRET" not in raised.value.message


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_item_that_was_replaced_while_its_file_was_asked_for_is_looked_at_again(dialect: str) -> None:
    """It is no refusal, which would be tried again in an hour only."""
    gone = says({"message": "no such file", "code": 404}, 404)
    b = fresh(dialect, gone, located(dialect, f"{OTHER}/f/u/d2.png"), gone)
    with pytest.raises(NotThere, match="was replaced while its file was asked for"):
        opened(b, dialect)
    assert b.remote.requests()["original"] == 2


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (page(), Unreachable),
        (blank(), Unreachable),
        (says({"error": "server_error"}), Unreachable),
        (httpx.Response(302, headers={"location": "http://portal.test/"}), Unreachable),
        (page(502), Unreachable),
        (page(500), Unreachable),
        (page(429), Throttled),
        (httpx.ConnectError("refused"), Unreachable),
    ],
    ids=["page", "blank", "json", "portal", "502", "500", "429", "refused"],
)
def test_a_fault_of_a_file_server_is_an_error_of_ours(fault: Any, expected: type[SyncdError], dialect: str) -> None:
    b = fresh(dialect, fault, page())
    if isinstance(fault, httpx.Response) and fault.status_code == 500:
        b.wire.script = [located(dialect), fault]
    with pytest.raises(expected) as raised:
        opened(b, dialect)
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://files.test/x", "http://user:pw@files.test/x", 7, ""])
def test_an_address_that_is_none_is_not_opened(address: Any, dialect: str) -> None:
    where = {"url": address} if dialect != "v1" else {"title": "", "stackid": 8, "files": [{"src": address}]}
    b = bench(dialect, says(where), original())
    with pytest.raises(SyncdError):
        opened(b, dialect)
    assert len(b.wire.requests) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_item_that_is_gone_is_not_there(dialect: str) -> None:
    missing = error("invalid_stashid") if dialect != "v1" else error("invalid_request", error_code=0)
    with pytest.raises(NotThere):
        opened(bench(dialect, missing), dialect)


def test_a_v1_item_that_is_in_no_stack_has_been_published_and_is_not_there() -> None:
    """I7: to compare its bytes is the last reading before a change, where no version tells."""
    b = bench("v1", says({"title": "Poem", "html": "<b>x</b>"}))
    with pytest.raises(NotThere, match="published"):
        opened(b, "v1")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_text_is_its_html_and_can_be_resumed(dialect: str) -> None:
    text = says({"title": "Poem", "html": "<b>ä</b>", "folderid": 8, "stackid": 8})
    with bench(dialect, text).remote.open(7, None) as content:
        assert (b"".join(content.chunks), content.extension) == ("<b>ä</b>".encode(), "html")
    with bench(dialect, text).remote.open(7, content.version, 3) as rest:
        assert (rest.start, b"".join(rest.chunks)) == (3, "ä</b>".encode())
    assert bench(dialect, text).remote.tail(7, content.version, 4) == (9, b"</b>")


@pytest.mark.parametrize(
    ("answer", "extension"),
    [
        (original(kind="", content_disposition='attachment; filename="Fox.PSD"'), "psd"),
        (original(kind="", content_disposition="attachment; filename*=utf-8''F%C3%BCchs.kra"), "kra"),
        (original(kind="", content_disposition='attachment; filename="../../.bashrc"'), None),
        (original(kind="image/jpeg"), "jpg"),
        (original(b"\x89PNG\r\n\x1a\n" + b"\0" * 300, kind="application/octet-stream"), "png"),
        (original(b"", kind="", content_length="0"), None),
        (original(b"\0\1\2\3", kind="application/octet-stream"), None),
    ],
)
def test_the_extension_is_what_the_answer_tells_or_its_first_bytes(
    answer: httpx.Response, extension: str | None
) -> None:
    b = bench("v1", says({"title": "", "stackid": 8, "files": [{"src": SIGNED}]}), answer)
    with b.remote.open(7, None) as content:
        assert content.extension == extension
        assert b"".join(content.chunks) == answer.content


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "answer",
    [part(len(BYTES) - 10), original(), original(gzip.compress(BYTES), content_encoding="gzip")],
    ids=["part", "whole", "compressed"],
)
def test_the_tail_is_the_size_and_the_last_bytes(answer: httpx.Response, dialect: str) -> None:
    b = fresh(dialect, answer)
    assert b.remote.tail(7, None, 10) == (len(BYTES), BYTES[-10:])
    assert b.wire.requests[1].headers["range"] == "bytes=-10"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_tail_of_nothing_is_nothing(dialect: str) -> None:
    assert fresh(dialect, original(b"", 416, content_range="bytes */0")).remote.tail(7, None, 10) == (0, b"")


def test_an_original_comes_no_faster_than_allowed() -> None:
    headers = {"content-type": "image/png", "content-length": "10240"}
    pieces = httpx.Response(200, headers=headers, stream=Broken(*[b"x" * 1024] * 10))
    b = bench("v1", located("v1"), pieces, download_kib=1)
    began = b.clock.time
    with b.remote.open(7, None) as content:
        assert sum(map(len, content.chunks)) == 10_240
    assert b.clock.time - began == pytest.approx(9)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "odd",
    [
        packed(gzip.compress(BYTES)[:-20], "gzip"),
        packed(b"no gzip at all", "gzip"),
        packed(BYTES, "br"),
    ],
    ids=["short", "none", "another"],
)
def test_a_file_that_was_packed_badly_is_not_taken(odd: httpx.Response, dialect: str) -> None:
    with pytest.raises(Unreachable):
        opened(fresh(dialect, odd), dialect)


def test_no_library_logs_an_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    opened(fresh("v1", original()), "v1")
    assert caplog.text == ""
