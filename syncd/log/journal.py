"""Sends events to systemd's journal as fields, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).

Law: an event is one datagram, or where that is too long one sealed file in memory; a journal that is not there costs
no event: it then goes to the stream as a plain line.
"""

from __future__ import annotations

import array
import errno
import fcntl
import json
import logging
import os
import re
import socket
import struct
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

SOCKET = Path("/run/systemd/journal/socket")
PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
LONGEST_NAME = 64
_TOO_LONG = {errno.EMSGSIZE, errno.ENOBUFS}
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_lines = structlog.processors.LogfmtRenderer(key_order=["event"], drop_missing=True)


def one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keys that logfmt can carry; their values it escapes itself."""
    return {re.sub(r'[\s="]+', "_", key): value for key, value in event.items()}


def as_fields(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """The structlog renderer: an event as fields, MESSAGE among them as people read it; bytes in surrogateescape."""
    level, exception = str(event.pop("level", "info")), event.pop("exception", None)
    event.pop("timestamp", None)
    event = {key: value for key, value in event.items() if value is not None}
    message = _lines(logger, method, one_line(logger, method, dict(event)))
    fields = {"MESSAGE": f"{message!s}\n{exception}" if exception else str(message)}
    fields |= {"PRIORITY": str(PRIORITIES.get(level, 6)), "SYSLOG_IDENTIFIER": "syncd"}
    fields |= {_name(key): _text(value) for key, value in event.items()}
    return b"".join(_field(name, value.encode("utf-8", "backslashreplace")) for name, value in fields.items()).decode(
        "utf-8", "surrogateescape"
    )


def _name(key: str) -> str:
    return f"SYNCD_{re.sub(r'[^A-Z0-9_]', '_', key.upper())}"[:LONGEST_NAME]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _field(name: str, value: bytes) -> bytes:
    """A field; one with a line break has its length before it."""
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


class JournalHandler(logging.StreamHandler[TextIO]):
    """Sends what `as_fields` made. `stream` takes the message where the journal does not."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        super().__init__(stream)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def close(self) -> None:
        """Closes the connection to the journal."""
        self._socket.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one event."""
        try:
            fields = self.format(record).encode("utf-8", "surrogateescape")
            if not self._sent(fields):
                self.stream.write(f"<{PRIORITIES.get(record.levelname.lower(), 6)}>{_message(fields)}\n")
                self.flush()
        except Exception:  # noqa: BLE001 - as every handler of the standard library does
            self.handleError(record)

    def _sent(self, fields: bytes) -> bool:
        try:
            self._socket.sendto(fields, str(self._path))
        except OSError as error:
            return error.errno in _TOO_LONG and self._sent_as_file(fields)
        return True

    def _sent_as_file(self, fields: bytes) -> bool:
        try:
            file = os.memfd_create("syncd-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError:
            return False
        try:
            with os.fdopen(os.dup(file), "wb") as out:
                out.write(fields)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            handed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))
            self._socket.sendmsg([], [handed], 0, str(self._path))
        except OSError:
            return False
        finally:
            os.close(file)
        return True


def _message(fields: bytes) -> str:
    """The message of an event's fields, on one line."""
    head, _, rest = fields.partition(b"\n")
    if head.startswith(b"MESSAGE="):
        return head.removeprefix(b"MESSAGE=").decode("utf-8", "replace")
    (length,) = struct.unpack("<Q", rest[:8])
    return rest[8 : 8 + length].decode("utf-8", "replace").replace("\n", "\\n")
