"""Keeps what fails, so that `status` can tell it, and says when it may be tried again.

Law: a failure is one row by subject; it goes when its cause does. How long to wait is `core.pace`'s.
"""

from __future__ import annotations

from syncd.core.errors import FileChanged, NotThere, OutcomeUnknown, Refused, SyncdError, Unsupported
from syncd.engine.mirror import Mirror
from syncd.store.history import Failure

QUICK_TRIES = 3
"""So often what only needs another look is tried again at once."""
LONGEST = 3600.0


def fails(mirror: Mirror, subject: str, action: str, error: SyncdError, *, path: str | None = None) -> None:
    """States that this action on this subject fails."""
    now = mirror.clock.now()
    before = mirror.store.failures.get(subject)
    attempts = before.attempts + 1 if before and before.action == action else 1
    with mirror.store.transaction():
        mirror.store.failures.put(
            Failure(
                subject=subject,
                path=error.path or path,
                itemid=error.itemid,
                action=action,
                error=error.code,
                message=error.message,
                remedy=error.remedy,
                retry_at=_retry_at(error, attempts, now),
                attempts=attempts,
                since=before.since if before else now,
            )
        )


def works(mirror: Mirror, subject: str) -> None:
    """States that this subject no longer fails."""
    if mirror.store.failures.get(subject) is not None:
        with mirror.store.transaction():
            mirror.store.failures.end(subject)


def _retry_at(error: SyncdError, attempts: int, now: float) -> float:
    if error.retry_at is not None:
        return error.retry_at
    if isinstance(error, FileChanged | NotThere | OutcomeUnknown) and attempts <= QUICK_TRIES:
        return now
    if isinstance(error, Refused | Unsupported):
        return now + LONGEST
    return now + min(LONGEST, 60.0 * float(2 ** min(attempts - 1, 10)))
