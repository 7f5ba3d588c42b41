"""The long-lived process, and what commands ask of a mirror with or without it; no rule of syncing is here.

Law: what must be built (a remote) comes in as a factory. Whatever a command does, it does by `perform`, so that with a
daemon and without one the same happens. `syncd.daemon.run` is imported by itself, as only a daemon needs its libraries;
and each name here only when it is asked for, so that `status` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.daemon.client import Daemon
    from syncd.daemon.commands import perform, status
    from syncd.daemon.documents import Answer, Document
    from syncd.daemon.exits import error_document, exit_code, worst
    from syncd.daemon.opening import END_SECONDS, REAL_CLOCK, Wiring
    from syncd.daemon.operations import OPERATIONS

__all__ = [
    "END_SECONDS",
    "OPERATIONS",
    "REAL_CLOCK",
    "Answer",
    "Daemon",
    "Document",
    "Wiring",
    "error_document",
    "exit_code",
    "perform",
    "status",
    "worst",
]
_MODULES = {
    "client": ("Daemon",),
    "commands": ("perform", "status"),
    "documents": ("Answer", "Document"),
    "exits": ("error_document", "exit_code", "worst"),
    "opening": ("END_SECONDS", "REAL_CLOCK", "Wiring"),
    "operations": ("OPERATIONS",),
}


def __getattr__(name: str) -> object:
    """A name of `__all__`, from its module."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"syncd.daemon.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
