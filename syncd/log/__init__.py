"""Logging: structlog to one stream, as console lines, JSON or plain lines, or to the journal as fields.

The law: no secret enters an event. Whatever is logged, by us or by a library, passes `redact` before a renderer or a
handler sees it. What needs structlog is imported when it is asked for: a command that logs nothing does without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from syncd.log.expecting import Format, Level, expect, under_journal

if TYPE_CHECKING:
    from syncd.log.lines import configure
    from syncd.log.secrets import HIDDEN, redact, scrub

__all__ = ["HIDDEN", "Format", "Level", "configure", "expect", "redact", "scrub", "under_journal"]
_MODULES = {"configure": "lines", "HIDDEN": "secrets", "redact": "secrets", "scrub": "secrets"}


def __getattr__(name: str) -> object:
    """A name of `__all__`, from its module."""
    if name in _MODULES:
        return getattr(import_module(f"syncd.log.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
