"""Logging: structlog to one stream, as console lines, JSON or plain lines, or to the journal as fields.

The law: no secret enters an event. Whatever is logged, by us or by a library, passes `redact` before a renderer or a
handler sees it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from syncd.log.journal import PRIORITIES, SOCKET, JournalHandler, as_fields, one_line
from syncd.log.redact import HIDDEN, redact, scrub

__all__ = ["HIDDEN", "Format", "Level", "configure", "redact", "scrub", "under_journal"]

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]


def under_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether systemd connected the stream to its journal (sd_journal's JOURNAL_STREAM)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def configure(
    level: Level,
    format: Format,  # noqa: A002 - the key's own name
    stream: TextIO,
    *,
    journal: bool = False,
    journal_socket: Path = SOCKET,
) -> None:
    """Send what syncd logs at `level` or above, and warnings of libraries, to `stream` (commands: stderr).

    `auto` is console on a terminal and plain lines elsewhere. With `journal`, the stream is the journal's: then it
    sends fields to the journal's socket, or where there is none lines that begin with the priority instead of the time.
    May be called again: the last call counts.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_names: logging.getLogger("syncd"),
        cache_logger_on_first_use=False,
    )
    native = journal and format == "auto" and journal_socket.is_socket()
    rendering: list[Processor] = [as_fields] if native else _rendering(format, stream, journal)
    handler = _JournalHandler(journal_socket, stream) if native else _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    _take_over(handler)
    # Libraries speak at WARNING only: httpx names the whole signed address of every request at INFO.
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("syncd").setLevel(level.upper())


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second `configure` finds it and leaves those of others alone."""


class _JournalHandler(JournalHandler, _Handler):
    """Ours too."""


def _take_over(handler: _Handler) -> None:
    """Has our last handler give way to this one."""
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)


def _rendering(format: Format, stream: TextIO, journal: bool) -> list[Processor]:  # noqa: A002, FBT001 - as configure
    if format == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if format == "console" or stream.isatty():
        plain = structlog.dev.plain_traceback  # no values of local variables
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    order = ["level", "event"] if journal else ["timestamp", "level", "event"]
    lines = structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True)
    return [one_line, _for_journal(lines)] if journal else [one_line, lines]


def _for_journal(lines: Processor) -> Processor:
    def rendered(logger: WrappedLogger, method: str, event: EventDict) -> str:
        event.pop("timestamp", None)
        return f"<{PRIORITIES.get(str(event.get('level')), 6)}>{lines(logger, method, event)!s}"

    return rendered
