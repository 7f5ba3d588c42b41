"""A change is reported as not applied only if that is certain, and a submission is sent at most once (W1, W3, I8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncd.core.errors import (
    DiskFailed,
    FileChanged,
    LoginNeeded,
    NotThere,
    OutcomeUnknown,
    Refused,
    SyncdError,
    Throttled,
    Unreachable,
    Unsupported,
)
from syncd.core.model import AtRoot, Changes, Into, Item, Make
from syncd.remotes.faces import AcknowledgedButGone, SubmittedButUnfinished
from tests.remotes.fakes import (
    DIALECTS,
    ENDPOINT_GONE,
    FINE,
    Bench,
    bench,
    blank,
    error,
    nothing,
    page,
    says,
    snapshot,
)

ITEM = Item(7, "Fox", 8, None)
Change = Callable[[Bench, Path], Any]
EDITS: dict[str, Change] = {
    "edit": lambda b, _: b.remote.edit(7, Changes(title="Fox")),
    "replace": lambda b, tmp: b.remote.replace(ITEM, snapshot(tmp), nothing),
    "rename_folder": lambda b, _: b.remote.rename_folder(8, "Foxes"),
    "delete": lambda b, _: b.remote.delete(7),
}
CREATE: dict[str, Change] = {"submit": lambda b, tmp: b.remote.submit(snapshot(tmp), "Fox", AtRoot("x"), nothing)}
ALL = EDITS | CREATE

# What happened, after how many bytes of the body (None: all of them), and what may be said of it.
FAULTS: dict[str, tuple[Any, int | None, type[SyncdError]]] = {
    "no connection": (httpx.ConnectError("refused"), 0, Unreachable),
    "no connection in time": (httpx.ConnectTimeout("timed out"), 0, Unreachable),
    "no connection free": (httpx.PoolTimeout("timed out"), 0, Unreachable),
    "cut while answering": (httpx.RemoteProtocolError("peer closed connection"), None, OutcomeUnknown),
    "reset after the last byte": (httpx.ReadError("reset"), None, OutcomeUnknown),
    "no answer in time": (httpx.ReadTimeout("timed out"), None, OutcomeUnknown),
    "a web page": (page(), None, OutcomeUnknown),
    "a web page that refuses": (page(403), None, OutcomeUnknown),
    "a redirect": (httpx.Response(302, headers={"location": "/login"}), None, OutcomeUnknown),
    "blank": (blank(), None, OutcomeUnknown),
    "gone away": (page(502), None, OutcomeUnknown),
    "closed": (error("server_error", 503), None, OutcomeUnknown),
    "late": (page(504), None, OutcomeUnknown),
    "refused": (error("invalid_request", 400, "No."), None, Refused),
    "padded error": (
        httpx.Response(200, headers={"content-type": "application/json"}, content=b'    {"error":"x"}'),
        None,
        Refused,
    ),
    "said no": (says({"success": False, "error_description": "No."}), None, Refused),
    "quota": (error("quota_exceeded", 400, "(5 bytes, 4 of which are used)"), None, Refused),
    "throttled": (error("user_api_threshold", 429), None, Throttled),
    "threshold": (error("application_api_threshold", 400), None, Throttled),
    "no such endpoint": (ENDPOINT_GONE, None, Unsupported),
    "no scope": (error("insufficient_scope", 403, scope="stash"), None, LoginNeeded),
}


def prepared(dialect: str, change: str, *script: Any) -> Bench:
    """A bench where the change in question is the next request."""
    b = bench(dialect, *([FINE] if change == "submit" else []), *script)
    if change == "submit":
        b.remote.prepare()
    return b


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("change", ALL)
def test_a_fault_of_a_change_says_what_is_known(change: str, fault: str, dialect: str, tmp_path: Path) -> None:
    answer, uploaded, expected = FAULTS[fault]
    b = prepared(dialect, change, answer)
    b.wire.uploaded = uploaded
    with pytest.raises(SyncdError) as raised:
        ALL[change](b, tmp_path)
    assert type(raised.value) is expected
    assert sum(b.remote.requests().values()) == (2 if change == "submit" else 1)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", ["submit", "replace"])
def test_a_connection_that_breaks_before_the_last_byte_has_changed_nothing(
    change: str, dialect: str, tmp_path: Path
) -> None:
    b = prepared(dialect, change, httpx.WriteError("broken pipe"))
    b.wire.uploaded = 100
    with pytest.raises(Unreachable):
        ALL[change](b, tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", EDITS)
def test_an_edit_is_repeated_after_a_500_and_then_unknown(change: str, dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, page(500))
    with pytest.raises(OutcomeUnknown):
        EDITS[change](b, tmp_path)
    assert len(b.wire.requests) == 4
    assert len(set(b.wire.bodies)) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", EDITS)
@pytest.mark.parametrize("then", [httpx.ConnectError("refused"), error("user_api_threshold", 429), error("nope")])
def test_after_a_500_no_later_failure_says_that_nothing_happened(
    then: Any, change: str, dialect: str, tmp_path: Path
) -> None:
    b = bench(dialect, page(500), then)
    with pytest.raises(OutcomeUnknown):
        EDITS[change](b, tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("answer", [page(500), error("server_error", 500)], ids=["page", "json"])
def test_a_submission_is_never_repeated_after_a_500(answer: httpx.Response, dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, FINE, answer)
    with pytest.raises(OutcomeUnknown):
        CREATE["submit"](b, tmp_path)
    assert b.remote.requests() == {"placebo": 1, "submit": 1}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "told", [{"status": "success"}, {"stashid": True, "itemid": [1]}, {"stashid": 0, "itemid": -1}]
)
def test_a_submission_without_an_id_is_unknown(told: dict, dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, FINE, says(told))
    with pytest.raises(OutcomeUnknown):
        CREATE["submit"](b, tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("target", [AtRoot("x"), Into(9), Make("New", None), Make("New", 9)], ids=str)
def test_a_submission_that_was_acknowledged_never_loses_its_id(target: Any, dialect: str, tmp_path: Path) -> None:
    acknowledged = says({"status": "success", "stashid": "12", "itemid": 12, "folderid": "9", "stackid": 9})
    b = bench(dialect, FINE, acknowledged, httpx.ConnectError("refused"))
    with pytest.raises(SubmittedButUnfinished) as raised:
        b.remote.submit(snapshot(tmp_path), "Fox", target, nothing)
    assert raised.value.itemid == 12
    assert isinstance(raised.value.cause, Unreachable)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_server_that_cannot_read_answers_what_was_sent(dialect: str, tmp_path: Path) -> None:
    acknowledged = says({"status": "success", "stashid": "12", "itemid": 12, "folderid": "9", "stackid": 9})
    b = bench(dialect, FINE, acknowledged, ENDPOINT_GONE)
    item = b.remote.submit(snapshot(tmp_path), "Fox", Into(9), nothing)
    assert (item.id, item.title, item.folder, item.version) == (12, "Fox", 9, None)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", ["edit", "replace"])
def test_a_change_whose_reading_back_fails_is_unknown_and_not_undone(change: str, dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, says({"status": "success", "folderid": "8", "stackid": 8}), error("user_api_threshold", 429))
    with pytest.raises(OutcomeUnknown) as raised:
        EDITS[change](b, tmp_path)
    assert raised.value.retry_at == b.clock.time + 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", ["edit", "replace"])
def test_a_change_that_reached_a_published_item_says_that_it_is_not_there_and_may_have_been_applied(
    change: str, dialect: str, tmp_path: Path
) -> None:
    b = bench(dialect, says({"status": "success", "stashid": "7", "itemid": 7}))
    with pytest.raises(AcknowledgedButGone, match="published") as raised:
        EDITS[change](b, tmp_path)
    assert (raised.value.code, raised.value.itemid) == ("not-there", 7)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("change", EDITS)
def test_what_is_not_there_is_told_apart(change: str, dialect: str, tmp_path: Path) -> None:
    slug = "invalid_folderid" if change == "rename_folder" else "invalid_stashid"
    missing = error(slug) if dialect != "v1" else error("invalid_request", 404, "Not found.", error_code=0)
    with pytest.raises(NotThere):
        EDITS[change](bench(dialect, missing), tmp_path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_copy_that_shrank_or_vanished_is_not_sent(dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, FINE)
    copy = snapshot(tmp_path, b"hello" * 100)
    copy.path.write_bytes(b"hello")
    with pytest.raises(FileChanged):
        b.remote.submit(copy, "Fox", AtRoot("x"), nothing)
    copy.path.unlink()
    with pytest.raises(DiskFailed):
        b.remote.submit(copy, "Fox", AtRoot("x"), nothing)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_placebo_is_asked_once_a_minute_and_after_it(dialect: str, tmp_path: Path) -> None:
    b = bench(dialect, FINE)
    for _ in range(3):
        b.remote.prepare()
    assert b.remote.requests() == {"placebo": 1}
    b.clock.time += 60
    b.remote.prepare()
    b.clock.time -= 86_400
    b.remote.prepare()
    assert b.remote.requests() == {"placebo": 3}
