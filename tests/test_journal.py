"""Events as fields of systemd's journal: its native protocol, read as journald reads it."""

from __future__ import annotations

import io
import logging
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from syncd import log

SECRET = "s3cr3tS3CR3T"


class Journal:
    """A journald, as far as it receives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(10)

    def close(self) -> None:
        self._socket.close()

    def received(self) -> dict[str, bytes]:
        """The fields of one event, from the datagram or from the sealed file that came with it."""
        data, files, _, _ = socket.recv_fds(self._socket, 2**20, 1)
        if files:
            with os.fdopen(files[0], "rb") as file:
                file.seek(0)
                data = file.read()
        return dict(fields(data))


def fields(data: bytes) -> Iterator[tuple[str, bytes]]:
    while data:
        head, _, rest = data.partition(b"\n")
        if b"=" in head:
            name, _, value = head.partition(b"=")
            data = rest
        else:
            name, (length,) = head, struct.unpack("<Q", rest[:8])
            value, data = rest[8 : 8 + length], rest[8 + length + 1 :]
        yield name.decode("ascii"), value


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "socket")
    yield found
    found.close()
    log.configure("warning", "json", io.StringIO())
    structlog.reset_defaults()


def configured(journal: Journal, stream: io.StringIO | None = None) -> None:
    log.configure("info", "auto", stream or io.StringIO(), journal=True, journal_socket=journal.path)


def test_an_event_is_its_fields_and_a_message_for_people(journal: Journal) -> None:
    configured(journal)
    structlog.get_logger("syncd").warning(
        "action-failed", mirror="stash", path="Füchse im Wald.png", itemid=7, times=10, retry=None, counts={"upload": 2}
    )
    found = journal.received()
    assert found.pop("MESSAGE").decode() == (
        'event=action-failed mirror=stash path="Füchse im Wald.png" itemid=7 times=10 counts="{\'upload\': 2}"'
    )
    assert found == {
        "PRIORITY": b"4",
        "SYSLOG_IDENTIFIER": b"syncd",
        "SYNCD_EVENT": b"action-failed",
        "SYNCD_MIRROR": b"stash",
        "SYNCD_PATH": "Füchse im Wald.png".encode(),
        "SYNCD_ITEMID": b"7",
        "SYNCD_TIMES": b"10",
        "SYNCD_COUNTS": b'{"upload": 2}',
    }


@pytest.mark.parametrize("path", ["a\nPRIORITY=0", "a\n\nb", "\udcff", "a\0b", "=", ""])
def test_no_value_makes_a_field_of_its_own(journal: Journal, path: str) -> None:
    configured(journal)
    structlog.get_logger("syncd").info("action-done", path=path, **{"odd key=\n": "x"})
    found = journal.received()
    assert found["PRIORITY"] == b"6"
    assert set(found) == {"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYNCD_EVENT", "SYNCD_PATH", "SYNCD_ODD_KEY__"}
    assert found["SYNCD_PATH"] == path.encode("utf-8", "backslashreplace")


def test_a_traceback_is_part_of_the_message_and_free_of_secrets(journal: Journal) -> None:
    configured(journal)
    try:
        raise ValueError(f"GET https://h/x?token={SECRET}")
    except ValueError:
        structlog.get_logger("syncd").exception("mirror-crashed")
    found = journal.received()
    assert found["PRIORITY"] == b"3"
    assert b"\nTraceback (most recent call last):\n" in found["MESSAGE"]
    assert SECRET.encode() not in repr(found).encode()


def test_libraries_are_heard_there_too(journal: Journal) -> None:
    configured(journal)
    logging.getLogger("httpx").warning("GET https://h/x?token=%s failed", SECRET)
    found = journal.received()
    assert found["SYNCD_LOGGER"] == b"httpx"
    assert SECRET.encode() not in repr(found).encode()


def test_an_event_that_is_too_long_for_a_datagram_arrives_whole(journal: Journal) -> None:
    configured(journal)
    structlog.get_logger("syncd").info("cycle-ended", paths="x" * 1_000_000)
    assert len(journal.received()["SYNCD_PATHS"]) == 1_000_000


def test_a_journal_that_is_gone_costs_no_event(journal: Journal) -> None:
    stream = io.StringIO()
    configured(journal, stream)
    journal.path.unlink()
    structlog.get_logger("syncd").warning("outage", error="unreachable")
    structlog.get_logger("syncd").info("odd", text="a\nb")
    assert stream.getvalue().splitlines()[0] == "<4>event=outage error=unreachable"
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize(("format", "expected"), [("json", '{"path"'), ("console", "upload")])
def test_what_a_person_chose_wins_over_the_journal(journal: Journal, format: log.Format, expected: str) -> None:  # noqa: A002
    stream = io.StringIO()
    log.configure("info", format, stream, journal=True, journal_socket=journal.path)
    structlog.get_logger("syncd").info("upload", path="x")
    assert expected in stream.getvalue()
