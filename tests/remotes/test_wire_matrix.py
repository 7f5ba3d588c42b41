"""Every fault of the wire, at every call, in every dialect, over real sockets (guarantees.md, section 3).

For each fault the table says what the server truly did with the request, and what the client may say of it. Two laws
are checked in every cell, whatever the table says: what was applied is never called "not applied", and what must not be
done twice reaches the server once.
"""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from syncd.core.errors import (
    LoginNeeded,
    Misconfigured,
    NotThere,
    OutcomeUnknown,
    Refused,
    SyncdError,
    Throttled,
    Unreachable,
    Unsupported,
)
from syncd.core.model import AtRoot, Changes, Into, Item
from syncd.remotes.faces import Snapshot, SubmittedButUnfinished
from tests.remotes.fakes import ACCESS, DIALECTS, REFRESH, SECRET, nothing, snapshot, unknown
from tests.remotes.sockets import (
    HTML,
    PICTURE,
    SILENCE,
    Asked,
    Connected,
    Fault,
    Server,
    connected,
    reset,
    says,
    served,
    told,
)

MORE_THAN_SOCKETS_HOLD = 12_000_000
ITEM = Item(7, "Fox", 8, None)
Error = type[SyncdError]


def opened(c: Connected, _: Path) -> bytes:
    with c.remote.open(7, None) as content:
        return b"".join(content.chunks)


def sending(c: Connected, name: str, file: Snapshot) -> Item:
    """Sends a file: as a new item, or as other bytes of one."""
    if name == "submit":
        return c.remote.submit(file, "Fox", AtRoot("x"), nothing)
    return c.remote.replace(ITEM, file, nothing)


@dataclass(frozen=True)
class Call:
    """One call of the faces: how it is made, what it gives, and at which endpoint the fault is (v1's, the drafts')."""

    make: Callable[[Connected, Path], Any]
    v1: str
    draft: str
    gives: Callable[[Any], bool]
    effect: str = "read"

    def at(self, dialect: str) -> str:
        return self.v1 if dialect == "v1" else self.draft


def is_fox(item: Any) -> bool:
    return isinstance(item, Item) and item.id == 7


CALLS: dict[str, Call] = {
    "drain": Call(lambda c, _: list(c.remote.drain("cursor", unknown)), "delta", "delta", lambda told: len(told) == 1),
    "read": Call(lambda c, _: c.remote.read(7), "item", "metadata", is_fox),
    "read_folder": Call(lambda c, _: c.remote.read_folder(8), "stack", "metadata", lambda f: f.id == 8),
    "space": Call(lambda c, _: c.remote.space(), "space", "space", lambda s: s.total == 9),
    "account": Call(lambda c, _: c.remote.account(), "whoami", "whoami", lambda a: a == "F-1"),
    "prepare": Call(lambda c, _: c.remote.prepare(), "placebo", "placebo", lambda a: a is None),
    "locate": Call(opened, "item", "media", lambda b: b == PICTURE),
    "open": Call(opened, "original", "original", lambda b: b == PICTURE, "file"),
    "tail": Call(
        lambda c, _: c.remote.tail(7, None, 9), "original", "original", lambda t: t[1] == PICTURE[-9:], "file"
    ),
    "edit": Call(lambda c, _: c.remote.edit(7, Changes(title="Fox")), "submit", "submit", is_fox, "change"),
    "replace": Call(lambda c, tmp: sending(c, "replace", snapshot(tmp)), "submit", "submit", is_fox, "change"),
    "move": Call(lambda c, _: c.remote.move(ITEM, Into(9)), "move", "move", lambda f: f == 8, "change"),
    "rename_folder": Call(
        lambda c, _: c.remote.rename_folder(8, "New"), "update", "folder", lambda a: a is None, "change"
    ),
    "delete": Call(lambda c, _: c.remote.delete(7), "delete", "delete", lambda a: a is None, "change"),
    "submit": Call(lambda c, tmp: sending(c, "submit", snapshot(tmp)), "submit", "submit", is_fox, "create"),
}


def sends(answer: bytes) -> Callable[[socket.socket, Asked], None]:
    return lambda connection, _: connection.sendall(answer)


def silent(connection: socket.socket, _: Asked) -> None:
    """Says nothing until the client goes."""
    connection.settimeout(SILENCE * 10)
    connection.recv(1)


def endless_chunks(connection: socket.socket, _: Asked) -> None:
    connection.sendall(
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a'
    )


def cut_and_reset(connection: socket.socket, _: Asked) -> None:
    connection.sendall(CUT)
    reset(connection)


CUT = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"cursor":'
JSON_ERROR = {"status": "error", "error": "invalid_request", "error_description": "No."}
GONE = says({**JSON_ERROR, "error_description": "Api endpoint not found."}, 404)
BAD_GZIP = told(b"this is no gzip", 200, "application/json", "Content-Encoding: gzip")
BOMB = told(gzip.compress(b" " * (65 << 20), 1), 200, "application/json", "Content-Encoding: gzip")
ELSEWHERE = told(HTML, 302, "text/html", "Location: http://127.0.0.1:9/portal")

LOST: Mapping[str, Error] = {
    "read": Unreachable, "file": Unreachable, "change": OutcomeUnknown, "create": OutcomeUnknown
}  # fmt: skip


def of(error: Error, **others: Error) -> dict[str, Error]:
    """The same for every effect, but for those named."""
    return {**dict.fromkeys(LOST, error), **others}


@dataclass(frozen=True)
class Row:
    """One fault: what it does, and what the client says of it for each effect of a call."""

    fault: Callable[[], Fault]
    says: Mapping[str, Error]


def row(says: Mapping[str, Error], act: Any, **more: Any) -> Row:
    return Row(lambda: Fault(sends(act) if isinstance(act, bytes) else act, **more), says)


ROWS: dict[str, Row] = {
    "reset after the request": row(LOST, lambda c, _: reset(c)),
    "reset after it was applied": row(LOST, lambda c, _: reset(c), applied=True),
    "closed after the request": row(LOST, lambda c, _: None),
    "half a head": row(LOST, b"HTTP/1.1 200 OK\r\nContent-Ty", applied=True),
    "half a body": row(LOST, CUT, applied=True),
    "half a body, then reset": row(LOST, cut_and_reset, applied=True),
    "chunks without an end": row(LOST, endless_chunks, applied=True),
    "no HTTP": row(LOST, b"SSH-2.0-OpenSSH_9.6\r\n", applied=True),
    "silence": row(LOST, silent, applied=True),
    "a page": row(LOST, told(HTML, 200, "text/html"), applied=True),
    "a page that says JSON": row(LOST, told(HTML), applied=True),
    "blank": row(LOST, told(b" " * 20), applied=True),
    "nothing": row(LOST, told(b""), applied=True),
    "a page that refuses": row({**LOST, "file": Refused}, told(HTML, 403, "text/html")),
    "a missing page": row({**LOST, "file": Refused}, told(HTML, 404, "text/html")),
    "malformed": row(LOST, told(b'{"cursor":"x","has_more":fal'), applied=True),
    "a list": row(LOST, says([1]), applied=True),
    "an empty object": row(LOST, says({}), applied=True),
    "an empty list": row(LOST, says([]), applied=True),
    "a number": row(LOST, says(7), applied=True),
    "not text": row(LOST, told(b'{"a": "\xff\xfe"}'), applied=True),
    "too deep": row(LOST, told(b"[" * 100_000), applied=True),
    "no gzip": row(LOST, BAD_GZIP, applied=True),
    "a gzip bomb": row(LOST, BOMB, applied=True),
    "a packing unasked for": row(LOST, told(b"x", 200, "application/json", "Content-Encoding: br"), applied=True),
    "a head without end": row(LOST, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, applied=True),
    "500": row(LOST, told(HTML, 500, "text/html"), applied=True),
    "500 in JSON": row(LOST, says({**JSON_ERROR, "error": "server_error"}, 500), applied=True),
    "502": row(LOST, told(HTML, 502, "text/html"), applied=True),
    "503": row(LOST, says({**JSON_ERROR, "error": "server_error"}, 503), applied=True),
    "504": row(LOST, told(b"", 504, "text/plain"), applied=True),
    "429": row(of(Throttled), says({**JSON_ERROR, "error": "user_api_threshold"}, 429)),
    "429, wait": row(of(Throttled), says({**JSON_ERROR, "error": "application_api_threshold"}, 429, "Retry-After: 77")),
    "429 as a page": row(of(Throttled), told(HTML, 429, "text/html")),
    "an empty 403": row(of(Throttled, file=Refused), told(b"", 403, "text/html")),
    "elsewhere": row(LOST, ELSEWHERE),
    "an error in JSON": row(of(Refused), says(JSON_ERROR, 400)),
    "an error with 200": row(of(Refused, file=Unreachable), told(b"   " + b'{"status":"error","error":"x"}')),
    "quota": row(of(Refused), says({**JSON_ERROR, "error": "quota_exceeded"}, 400)),
    "no scope": row(of(LoginNeeded, file=Refused), says({"status": "error", "error": "insufficient_scope"}, 403)),
    "a refused token": row(of(LoginNeeded, file=Refused), says({**JSON_ERROR, "error": "invalid_token"}, 401)),
    "gone for ever": row(of(Unsupported, file=Refused), GONE),
    "no such version": row(of(Misconfigured, file=Refused), says({"status": "error", "error": "version_error"}, 404)),
}  # fmt: skip

# Where a call means more than its effect: an account that is not told is none; a refused delta is waited for.
EXCEPTIONS: dict[tuple[str, str], Any] = {
    ("account", "gone for ever"): None,
    ("account", "an empty object"): None,
    ("account", "an empty list"): None,
    ("prepare", "an empty object"): None,
    ("prepare", "an empty list"): None,
    ("account", "no scope"): None,
    ("drain", "an error in JSON"): Unreachable,
    ("drain", "an error with 200"): Unreachable,
    ("drain", "quota"): Unreachable,
}


def tried(c: Connected, call: Call, tmp_path: Path) -> Any:
    """What the call gives, or the class of what it raises; the secrets in that, should there be any."""
    if call.effect == "create":
        c.remote.prepare()
    try:
        return call.make(c, tmp_path)
    except SyncdError as error:
        words = f"{error.message} {error.remedy}"
        found = [secret for secret in (ACCESS, REFRESH, SECRET, "http://", "?") if secret in words]
        return found or type(error)


@pytest.mark.parametrize("dialect", ["v1", "draft15"])  # draft10 differs from draft15 by a word in its addresses
@pytest.mark.parametrize("fault", ROWS)
@pytest.mark.parametrize("name", CALLS)
def test_a_fault_of_the_wire_says_what_is_known(name: str, fault: str, dialect: str, tmp_path: Path) -> None:
    call, spot = CALLS[name], CALLS[name].at(dialect)
    silent = spot if fault == "silence" else ""
    with (
        served(Server(at=spot, fault=ROWS[fault].fault())) as server,
        connected(server.address, dialect, silent=silent) as c,
    ):
        outcome = tried(c, call, tmp_path)
        assert outcome == EXCEPTIONS.get((name, fault), ROWS[fault].says[call.effect])
        arrived = server.count(spot)
    assert server.fault is not None
    if server.fault.applied and call.effect in ("change", "create"):
        assert outcome is OutcomeUnknown
    if call.effect == "create":
        assert arrived == (2 if fault == "a refused token" else 1)
    again = {"500": 4, "500 in JSON": 4, "a refused token": 2}
    assert arrived <= again.get(fault, 2 if call.effect == "file" else 1)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", CALLS)
def test_every_call_works_and_what_the_server_tells_beyond_it_is_left_alone(
    name: str, dialect: str, tmp_path: Path
) -> None:
    with served(Server()) as server, connected(server.address, dialect) as c:
        assert CALLS[name].gives(tried(c, CALLS[name], tmp_path))
        assert server.count(CALLS[name].at(dialect)) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.effect != "file"])
def test_a_token_that_expired_in_the_middle_is_renewed_once_and_the_call_done_once(
    name: str, dialect: str, tmp_path: Path
) -> None:
    stale = Fault(sends(says({**JSON_ERROR, "error": "invalid_token"}, 401)), times=1)
    spot = CALLS[name].at(dialect)
    with served(Server(at=spot, fault=stale)) as server, connected(server.address, dialect) as c:
        assert CALLS[name].gives(tried(c, CALLS[name], tmp_path))
        assert (server.count(spot), server.count("token"), server.changed[spot]) == (2, 1, 1)
        sent = [asked.header("authorization") for word, asked in server.asked if word == spot]
        assert sent == [f"Bearer {ACCESS}", "Bearer " + "n" * 50]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.effect in ("read", "change", "file")])
def test_a_500_that_passes_is_not_noticed(name: str, dialect: str, tmp_path: Path) -> None:
    spot = CALLS[name].at(dialect)
    failing = Fault(sends(told(HTML, 500, "text/html")), times=3)
    with served(Server(at=spot, fault=failing)) as server, connected(server.address, dialect) as c:
        assert CALLS[name].gives(tried(c, CALLS[name], tmp_path))
        assert server.count(spot) == 4


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["replace", "submit"])
@pytest.mark.parametrize("seen", [0, 1_000, 200_000])
def test_an_upload_that_was_cut_before_its_last_byte_is_certainly_not_applied(
    seen: int, name: str, dialect: str, tmp_path: Path
) -> None:
    long = replace(CALLS[name], make=lambda c, tmp: sending(c, name, snapshot(tmp, b"x" * MORE_THAN_SOCKETS_HOLD)))
    cut = Fault(lambda connection, _: reset(connection), unread=seen)
    with served(Server(at="submit", fault=cut)) as server, connected(server.address, dialect) as c:
        assert tried(c, long, tmp_path) is Unreachable
        assert server.count("submit") == 1
        server.fault = None
        assert is_fox(tried(c, long, tmp_path))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["replace", "submit"])
def test_a_refusal_while_an_upload_is_sent_is_heard(name: str, dialect: str, tmp_path: Path) -> None:
    """A server that answers early and closes: either its words arrive, or the connection breaks; never a doubt."""
    long = replace(CALLS[name], make=lambda c, tmp: sending(c, name, snapshot(tmp, b"x" * MORE_THAN_SOCKETS_HOLD)))
    early = Fault(sends(says({**JSON_ERROR, "error": "quota_exceeded"}, 400)), unread=1_000)
    with served(Server(at="submit", fault=early)) as server, connected(server.address, dialect) as c:
        assert tried(c, long, tmp_path) in (Refused, Unreachable)
        assert server.count("submit") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.effect != "file"])
def test_what_nobody_listens_to_is_not_applied(name: str, dialect: str, tmp_path: Path) -> None:
    with served(Server()) as server:
        pass
    with connected(server.address, dialect) as c:
        with pytest.raises(Unreachable):
            CALLS[name].make(c, tmp_path)
        with connected("http://nowhere.invalid", dialect) as d, pytest.raises(Unreachable):
            CALLS[name].make(d, tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["edit", "replace", "move", "rename_folder", "delete"])
def test_a_known_item_that_is_not_there_is_told_apart(name: str, dialect: str, tmp_path: Path) -> None:
    slug = "invalid_folderid" if name == "rename_folder" else "invalid_stashid"
    missing = says({**JSON_ERROR, "error": slug}, 400)
    if dialect == "v1":
        missing = says({**JSON_ERROR, "error_code": 0}, 404)
    spot = CALLS[name].at(dialect)
    with served(Server(at=spot, fault=Fault(sends(missing)))) as server, connected(server.address, dialect) as c:
        assert tried(c, CALLS[name], tmp_path) is NotThere


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("then", ["reset after the request", "a page", "500", "502", "429", "a list"])
def test_a_submission_that_was_acknowledged_keeps_its_id_whatever_follows(
    then: str, dialect: str, tmp_path: Path
) -> None:
    spot = "item" if dialect == "v1" else "media"
    with served(Server(at=spot, fault=ROWS[then].fault())) as server, connected(server.address, dialect) as c:
        with pytest.raises(SubmittedButUnfinished) as raised:
            CALLS["submit"].make(c, tmp_path)
        assert raised.value.itemid == 7
        assert server.count("submit") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_pause_that_the_server_asked_for_holds_for_every_call(dialect: str, tmp_path: Path) -> None:
    with served(Server(at="space", fault=ROWS["429, wait"].fault())) as server, connected(server.address, dialect) as c:
        with pytest.raises(Throttled):
            c.remote.space()
        for call in CALLS.values():
            with pytest.raises(Throttled):
                call.make(c, tmp_path)
        assert len(server.asked) == 1
        assert c.backoff.load()[1] == 1


def test_the_page_tells_of_every_fault_what_this_table_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    section = page.partition("<!-- wire -->")[2].partition("\n### ")[0]
    told: dict[str, tuple[str, ...]] = {}
    for line in section.splitlines():
        first, *rest = (cell.strip() for cell in line.strip("|").split("|"))
        told |= dict.fromkeys(re.findall("`([^`]+)`", first), tuple(rest))
    words = {name: tuple(row.says[effect]("").code for effect in LOST) for name, row in ROWS.items()}
    assert {name: told.get(name) for name in words} == words
