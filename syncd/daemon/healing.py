"""How long to wait after a cycle that an error ended, before the next one tries again.

Law: nothing here gives up. Every outage ends by itself once its cause is gone: some are asked for quickly because
asking costs nothing (a folder, a lock), others double up to `poll_max_seconds`.
"""

from __future__ import annotations

from syncd.core import pace
from syncd.core.errors import Busy, FolderMissing, LoginNeeded, Misconfigured, SyncdError, Throttled

FOLDER_SECONDS = 2.0
LOCK_SECONDS = 1.0
SOONEST = 0.05


def wait_after(error: SyncdError, failures: int, now: float, *, most: float, jitter: float) -> float:
    """The seconds to wait after this error, the `failures`th in a row, at Unix time `now`; at most `most`, unless the
    remote asked for more."""
    match error:
        case FolderMissing():
            return min(FOLDER_SECONDS, most)
        case Busy():
            return min(LOCK_SECONDS, most)
        case Throttled(retry_at=float() as retry_at):
            return max(SOONEST, pace.remaining(retry_at, now))
        case LoginNeeded() | Misconfigured():
            return most
        case _:
            return pace.unreachable(failures, jitter, most)
