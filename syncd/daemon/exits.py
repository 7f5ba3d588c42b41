"""What a failure looks like from outside: its JSON, and the exit code that it asks for (interface.md).

Law: an error becomes a number here and nowhere else below the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from syncd.core.errors import (
    FolderMissing,
    LoginNeeded,
    Misconfigured,
    OutcomeUnknown,
    RetryLater,
    SyncdError,
    Unreachable,
)
from syncd.daemon.documents import Document

if TYPE_CHECKING:
    from syncd.store.history import Failure

DONE, SOMETHING_LEFT, LATER = 0, 1, 75
_CODES: tuple[tuple[type[SyncdError], int], ...] = (
    (Misconfigured, 78),
    (FolderMissing, 73),
    (LoginNeeded, 77),
    (Unreachable, 69),
    (RetryLater, LATER),
    (OutcomeUnknown, LATER),
)
_ORDER = (78, 73, 77, 69, LATER, SOMETHING_LEFT, DONE)


def exit_code(error: SyncdError) -> int:
    """The code of a command that ended with this error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), SOMETHING_LEFT)


def worst(codes: Iterable[int]) -> int:
    """The code that counts, of several."""
    return min(codes, key=_ORDER.index, default=DONE)


def error_document(error: SyncdError) -> Document:
    """An error as JSON."""
    return {
        "path": error.path,
        "itemid": error.itemid,
        "error": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "retry_at": error.retry_at,
    }


def failure_document(failure: Failure) -> Document:
    """The same of something that fails."""
    return {
        "path": failure.path,
        "itemid": failure.itemid,
        "error": failure.error,
        "message": failure.message,
        "remedy": failure.remedy,
        "retry_at": failure.retry_at,
    }
