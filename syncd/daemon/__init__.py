"""The long-lived process, and what commands ask of a mirror with or without it; no rule of syncing is here.

Law: what must be built (a remote) comes in as a factory. Whatever a command does, it does by `perform`, so that with a
daemon and without one the same happens. `syncd.daemon.run` is imported by itself, as only a daemon needs its libraries.
"""

from syncd.daemon.client import Daemon
from syncd.daemon.commands import perform, status
from syncd.daemon.documents import Answer, Document
from syncd.daemon.exits import error_document, exit_code, worst
from syncd.daemon.opening import REAL_CLOCK, Wiring
from syncd.daemon.operations import OPERATIONS

__all__ = [
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
