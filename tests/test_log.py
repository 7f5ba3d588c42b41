"""Logging: no secret gets out, whoever logs it and however it is dressed; and what the three formats look like."""

from __future__ import annotations

import io
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from syncd import log

SECRET = "s3cr3tS3CR3T"
FORMATS = ["auto", "console", "json"]


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("syncd")
    levels, handlers = (root.level, ours.level), list(root.handlers)
    yield
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    root.handlers[:] = handlers
    structlog.reset_defaults()


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def logged(event: str, format: log.Format = "json", **values: object) -> str:  # noqa: A002
    stream = io.StringIO()
    log.configure("debug", format, stream)
    structlog.get_logger().info(event, **values)
    return stream.getvalue()


DRESSED = [
    f"https://h/f/x.png?token={SECRET}",
    f"https://h/f/x.png?a=1&token={SECRET}&b=2",
    f"https://h/download/1/x.psd?downloadToken={SECRET}&ts=1",
    f"https://h/x?access_token={SECRET}",
    f"https://h/callback?code={SECRET}&state=1",
    f"https://h/x?X-Amz-Signature={SECRET}",
    f"https://user:{SECRET}@h/x",
    f"grant_type=refresh_token&refresh_token={SECRET}&client_id=1",
    f"client_secret={SECRET}",
    f"client-secret: {SECRET}",
    f'{{"access_token": "{SECRET}", "expires_in": 3600}}',
    f"{{'refresh_token': '{SECRET}'}}",
    f"{{'Authorization': b'Bearer {SECRET}'}}",
    f"Authorization: Bearer {SECRET}",
    f"authorization: Digest username=x, response={SECRET}",
    f"Cookie: a=b; session={SECRET}",
    f"sent Bearer {SECRET} to h",
    f"Basic {SECRET}==",
    f"code_verifier={SECRET}",
    f"Token(access_token='{SECRET}', expires_at=5)",
    f"eyJhbGciOiJIUzI1NiJ9.eyJ{SECRET}.{SECRET}",
]


@pytest.mark.parametrize("text", DRESSED)
def test_a_secret_in_a_text_is_taken_out_wherever_the_text_stands(text: str) -> None:
    dressed = {
        "event": text,
        "value": text,
        "nested": {"deep": [{"er": (text,)}]},
        "error": ValueError(text),
        "bytes": text.encode(),
        text: 1,
    }
    clean = log.redact(None, "info", dressed)
    assert SECRET not in repr(clean)
    assert log.HIDDEN in str(clean["event"])


@pytest.mark.parametrize(
    "key",
    "access_token refresh_token client_secret Authorization password Set-Cookie downloadToken token".split(),
)
@pytest.mark.parametrize("value", [SECRET, 12345, [SECRET], {"a": SECRET}, SECRET.encode(), SecretStr(SECRET)])
def test_a_secret_key_hides_its_value_whatever_its_type(key: str, value: object) -> None:
    for event in ({key: value}, {"body": {key: value}}, {"headers": [(key, value)]}, {"raw": [(key.encode(), value)]}):
        clean = repr(log.redact(None, "info", dict(event)))
        assert log.HIDDEN in clean
        assert SECRET not in clean
        assert "12345" not in clean


@pytest.mark.parametrize(
    "text",
    [
        "https://h/api/v1/oauth2/stash/delta?cursor=abc&limit=120",
        "the token expired, a new one is asked for",
        "Fox at dawn.png",
        "exit code: 75",
        "https://h/a@b",
        "",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert log.scrub(text) == text


def test_plain_values_keep_their_types() -> None:
    event = {"event": "poll.answered", "count": 3, "seconds": 0.5, "full": False, "cursor": None, "code": 200}
    assert log.redact(None, "info", dict(event)) == event


@given(st.sampled_from(DRESSED), st.text(max_size=20))
def test_scrubbing_twice_changes_nothing_more(text: str, more: str) -> None:
    once = log.scrub(text + " " + more)
    assert log.scrub(once) == once


def test_a_long_word_is_looked_at_once() -> None:
    began = time.process_time()
    assert log.scrub("x" * 200_000) == "x" * 200_000  # in square time this would take a minute and more
    assert time.process_time() - began < 10


def test_a_value_nested_without_end_is_cut_and_clean() -> None:
    endless: dict[str, object] = {"token": SECRET}
    endless["self"] = endless
    assert SECRET not in repr(log.redact(None, "info", {"endless": endless}))


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_a_secret_out_of_an_exception(format: log.Format) -> None:  # noqa: A002
    stream = io.StringIO()
    log.configure("info", format, stream)
    try:
        try:
            raise ValueError(f"GET https://h/x?token={SECRET}")
        except ValueError as error:
            raise RuntimeError(f"Authorization: Bearer {SECRET}") from error
    except RuntimeError:
        structlog.get_logger().exception("transfer.failed", path="Fox.png")
    written = stream.getvalue()
    assert "RuntimeError" in written
    assert "Fox.png" in written
    assert SECRET not in written


@pytest.mark.parametrize("format", FORMATS)
def test_libraries_are_heard_from_warning_on_and_scrubbed_like_us(format: log.Format) -> None:  # noqa: A002
    stream = io.StringIO()
    log.configure("debug", format, stream)
    for name in ("httpx", "httpcore.http11", "uvicorn.access", "apscheduler.scheduler", "watchdog.observers"):
        logging.getLogger(name).info("HTTP Request: GET https://h/x?token=%s", SECRET)
    assert stream.getvalue() == ""
    logging.getLogger("httpx").warning("GET https://h/x?token=%s failed", SECRET)
    assert "httpx" in stream.getvalue()
    assert "failed" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_another_handler_sees_only_clean_events_too(caplog: pytest.LogCaptureFixture) -> None:
    logged(f"token={SECRET}", client_secret=SECRET)
    assert SECRET not in repr([record.__dict__ for record in caplog.records])
    assert caplog.records


def test_json_is_one_document_a_line_with_time_and_level() -> None:
    line = json.loads(logged("upload.done", path="Füchse.png", itemid=7))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "upload.done", "level": "info", "path": "Füchse.png", "itemid": 7}


def test_auto_is_plain_lines_off_a_terminal_and_a_value_never_breaks_the_line() -> None:
    line = logged("upload.done", "auto", path='a\nb "c" d=e')
    assert line.count("\n") == 1
    assert " level=info event=upload.done path=" in line


def test_auto_is_the_console_on_a_terminal() -> None:
    stream = Terminal()
    log.configure("info", "auto", stream)
    structlog.get_logger().info("upload.done", path="x")
    assert "\x1b[" in stream.getvalue()


def test_the_journal_gets_a_priority_and_no_time() -> None:
    stream = io.StringIO()
    log.configure("info", "auto", stream, journal=True)
    structlog.get_logger().error("upload.failed", path="x")
    assert stream.getvalue() == "<3>level=error event=upload.failed path=x\n"


def test_the_journal_is_known_by_its_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream:
        found = os.fstat(stream.fileno())
        assert log.under_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        assert not log.under_journal(stream, {"JOURNAL_STREAM": "1:2"})
        assert not log.under_journal(stream, {})
    assert not log.under_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


def test_the_level_counts_and_the_last_configuration_is_the_one() -> None:
    first, second = io.StringIO(), io.StringIO()
    log.configure("info", "json", first)
    log.configure("warning", "json", second)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert first.getvalue() == ""
    assert [json.loads(line)["event"] for line in second.getvalue().splitlines()] == ["loud"]


def test_an_expected_record_is_clean_and_the_first_one_is_not_lost() -> None:
    stream = io.StringIO()
    log.expect("warning", stream)
    for words in ("first", "second"):
        logging.getLogger("httpx").warning("%s https://h/f/x.png?token=%s", words, SECRET)
    logging.getLogger("httpx").info("every request")
    lines = stream.getvalue().splitlines()
    assert [word in line for word, line in zip(("first", "second"), lines, strict=True)] == [True, True]
    assert SECRET not in stream.getvalue()


def test_to_expect_something_takes_the_place_of_what_was_configured() -> None:
    first, second = io.StringIO(), io.StringIO()
    log.configure("info", "auto", first)
    log.expect("warning", second)
    logging.getLogger("syncd").warning("loud")
    assert (first.getvalue(), "loud" in second.getvalue()) == ("", True)
