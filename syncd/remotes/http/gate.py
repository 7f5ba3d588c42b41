"""The back-off of a whole account: while it is open, nothing is sent.

Law: answers to requests that were sent before the last throttled answer say nothing new, so eight transfers that are
throttled at once count as one failure, and a late success does not close the back-off. What counts is saved at once.
"""

from __future__ import annotations

import threading

from syncd.core import pace
from syncd.core.errors import Throttled
from syncd.remotes.faces import Backoff
from syncd.remotes.http.meter import Clock


class MemoryBackoff:
    """A back-off that does not survive a restart: for logging in, before a mirror has a store."""

    def __init__(self) -> None:
        self._kept = (0.0, 0)

    def load(self) -> tuple[float, int]:
        """What was saved last."""
        return self._kept

    def save(self, until: float, failures: int) -> None:
        """Kept as long as the process lives."""
        self._kept = (until, failures)


class Gate:
    """Passes requests, unless the remote asked for a pause that is not over."""

    def __init__(self, backoff: Backoff, clock: Clock) -> None:
        self._backoff = backoff
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._failures = 0
        self._round = 0
        self._loaded = False

    def enter(self) -> int:
        """A ticket for one request; raises Throttled with `retry_at` while the back-off is open."""
        with self._lock:
            self._load()
            now = self._clock.now()
            left = pace.remaining(self._until, now)
            if left > 0:
                raise Throttled("The server asked for a pause.", retry_at=now + left)
            return self._round

    def throttled(self, ticket: int, retry_after: float | None) -> Throttled:
        """The request of this ticket was throttled: opens the back-off, or keeps it open, and gives the error."""
        with self._lock:
            self._load()
            now = self._clock.now()
            if ticket == self._round:
                self._round += 1
                self._failures += 1
                self._until = now + pace.backoff(self._failures, self._clock.random(), retry_after)
            else:
                self._until = max(self._until, now + min(retry_after or 0.0, pace.LONGEST_RETRY_AFTER))
            self._backoff.save(self._until, self._failures)
            return Throttled("The server asked for fewer requests.", retry_at=self._until)

    def passed(self, ticket: int) -> None:
        """The request of this ticket was answered as it should be."""
        with self._lock:
            if self._failures and ticket == self._round:
                self._until, self._failures = 0.0, 0
                self._backoff.save(0.0, 0)

    def _load(self) -> None:
        if not self._loaded:
            self._until, self._failures = self._backoff.load()
            self._loaded = True
