"""Logging: structlog to one stream, as console lines, JSON, or plain lines for a file or a journal.

The law: no secret enters an event. Whatever is logged, by us or by a library, passes `redact` before a renderer or a
handler sees it: keys and values, nested ones, and the texts of exceptions. What redact does not know, it turns to text.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

HIDDEN = "[redacted]"
DEEPEST = 8  # what is nested further is shown as text

# Names of secrets, as they appear in addresses, forms, headers, JSON and keyword arguments; - and _ are one.
_NAMES = (
    r"(?:access|refresh|download|id|bearer|csrf|session)[-_]?token|tokens?|client[-_]?secret|secret|password|passwd"
    r"|(?:proxy[-_]?)?authorization|(?:set[-_]?)?cookie|api[-_]?key|code[-_]?verifier"
)
_SECRET_KEY = re.compile(rf"(?:{_NAMES})|.*[-_](?:token|tokens|secret|password|cookie)", re.IGNORECASE)
# In an address or form these are secret too, though as keys of an event they are ordinary words.
_QUERY = re.compile(
    rf"(?<![\w-])((?:{_NAMES}|code|sig|signature|policy|x-amz-[a-z-]+|key-pair-id)=)(?!\[redacted])[^&\s\"'<>,;)}}]+",
    re.IGNORECASE,
)
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_FIELD = re.compile(
    rf"""(?<![\w-])(["']?(?:{_NAMES})["']?\s*[:=]\s*)"""
    rf"""(b?(?:{_QUOTED})|(?!(?:\w+ )?\[redacted])[^\s"',;&}})]+)""",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+(?!\[redacted])[\w.~+/=-]{4,}", re.IGNORECASE)
_HEADER = re.compile(r"\b((?:proxy-)?authorization|(?:set-)?cookie)(:\s*)[^\r\n\"']+", re.IGNORECASE)
_SIGNED = re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}")
_USER_INFO = re.compile(r"(\w+://)[^/\s@]+@")


def scrub(text: str) -> str:
    """The text with every secret in it replaced; doing it twice changes nothing more."""
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _SIGNED.sub(HIDDEN, text)
    text = _USER_INFO.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _FIELD.sub(rf"\1{HIDDEN}", text)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor; keys with a leading _ are structlog's own and are taken out before rendering."""
    return {scrub(key): value if key.startswith("_") else _clean(value, key, DEEPEST) for key, value in event.items()}


def _clean(value: object, key: str, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_KEY.fullmatch(key):
        return HIDDEN
    if isinstance(value, int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {scrub(str(name)): _clean(each, str(name), depth - 1) for name, each in value.items()}
    if depth and isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str | bytes):
        return [scrub(_text(value[0])), _clean(value[1], _text(value[0]), depth - 1)]  # a header
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_clean(each, "", depth - 1) for each in value]
    return scrub(_text(value))


def _text(value: object) -> str:
    match value:
        case bytes():
            return value.decode(errors="replace")
        case BaseException():
            return f"{type(value).__name__}: {value}"
        case _:
            return str(value)


def under_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether systemd connected the stream to its journal (sd_journal's JOURNAL_STREAM)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def configure(level: Level, format: Format, stream: TextIO, *, journal: bool = False) -> None:  # noqa: A002 - the key's own name
    """Send what syncd logs at `level` or above, and warnings of libraries, to `stream` (commands: stderr).

    `auto` is console on a terminal and plain lines elsewhere; with `journal` those begin with the priority instead of
    the time, as journald reads it. May be called again: the last call counts.
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
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(format, stream, journal),
            ],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    # Libraries speak at WARNING only: httpx names the whole signed address of every request at INFO.
    root.setLevel(logging.WARNING)
    logging.getLogger("syncd").setLevel(level.upper())


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second `configure` finds it and leaves those of others alone."""


def _rendering(format: Format, stream: TextIO, journal: bool) -> list[Processor]:  # noqa: A002, FBT001 - as configure
    if format == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if format == "console" or stream.isatty():
        plain = structlog.dev.plain_traceback  # no values of local variables
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    order = ["level", "event"] if journal else ["timestamp", "level", "event"]
    lines = structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True)
    return [_one_line, _for_journal(lines)] if journal else [_one_line, lines]


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keys that logfmt can carry; their values it escapes itself."""
    return {re.sub(r'[\s="]+', "_", key): value for key, value in event.items()}


def _for_journal(lines: Processor) -> Processor:
    priorities = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}

    def rendered(logger: WrappedLogger, method: str, event: EventDict) -> str:
        event.pop("timestamp", None)
        return f"<{priorities.get(str(event.get('level')), 6)}>{lines(logger, method, event)!s}"

    return rendered
