"""Logging before anything is logged: the words for it, and a handler that makes the rest ready for the first record."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]


class Handler(logging.StreamHandler[TextIO]):
    """Ours, so that the next one finds it and leaves those of others alone."""


def take_over(handler: Handler, level: Level) -> None:
    """Has our last handler give way to this one, from now on at this level."""
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Handler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    # Libraries speak at WARNING only: httpx names the whole signed address of every request at INFO.
    root.setLevel(logging.WARNING)
    logging.getLogger("syncd").setLevel(level.upper())


def expect(level: Level, stream: TextIO) -> None:
    """As `configure` with the format `auto`, for a command, which mostly has nothing to log: structlog is imported by
    the first record. Only for a process in which nobody logs by structlog itself. May be called again."""
    take_over(_Expecting(level, stream), level)


class _Expecting(Handler):
    """Gives way to the handler that renders, and hands the first record on to it."""

    def __init__(self, level: Level, stream: TextIO) -> None:
        super().__init__(stream)
        self._wanted: Level = level

    def emit(self, record: logging.LogRecord) -> None:
        """Makes logging ready, and has the record logged."""
        from syncd.log.lines import configure

        configure(self._wanted, "auto", self.stream)
        logging.getLogger().handle(record)


def under_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether systemd connected the stream to its journal (sd_journal's JOURNAL_STREAM)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
