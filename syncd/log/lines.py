"""Logging by structlog to one stream, as console lines, JSON or plain lines, or to the journal as fields."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from syncd.log.expecting import Format, Handler, Level, take_over
from syncd.log.journal import PRIORITIES, SOCKET, JournalHandler, as_fields, one_line
from syncd.log.secrets import redact


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
    handler = _JournalHandler(journal_socket, stream) if native else Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    take_over(handler, level)


class _JournalHandler(JournalHandler, Handler):
    """Ours too."""


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
