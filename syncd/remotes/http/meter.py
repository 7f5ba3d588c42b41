"""The clock of a remote, how much went over its wire, and how fast it may go.

Law: time, sleep and randomness come in from outside; everything here may be used by several threads at once.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Unix time in seconds, a sleep in seconds, and a random number from 0 up to 1."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


class Meter:
    """Counts requests by endpoint, their answers by status, and the bytes of files (not of JSON) that went up and
    down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._answers: Counter[tuple[str, str]] = Counter()
        self._up = 0
        self._down = 0

    def sent(self, endpoint: str) -> None:
        """One request is being sent to this endpoint."""
        with self._lock:
            self._requests[endpoint] += 1

    def answered(self, endpoint: str, status: int | None) -> None:
        """It was answered with this HTTP status; None: not at all."""
        with self._lock:
            self._answers[endpoint, "none" if status is None else str(status)] += 1

    def moved(self, *, up: int = 0, down: int = 0) -> None:
        """So many bytes of files just went over the wire."""
        with self._lock:
            self._up += up
            self._down += down

    def requests(self) -> dict[str, int]:
        """Requests so far, by endpoint."""
        with self._lock:
            return dict(self._requests)

    def answers(self) -> dict[tuple[str, str], int]:
        """Answers so far, by endpoint and HTTP status ("none" for no answer)."""
        with self._lock:
            return dict(self._answers)

    def bytes(self) -> tuple[int, int]:
        """Bytes of files so far: up, down."""
        with self._lock:
            return self._up, self._down


class Bucket:
    """A token bucket: holds `take` up so that on average no more than `rate` bytes a second pass; 0 for no limit."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._last = 0.0

    def set(self, rate: int) -> None:
        """From now on so many bytes a second; a debt at the old rate is forgiven."""
        with self._lock:
            if rate != self._rate:
                self._rate, self._free_at = rate, 0.0

    def take(self, count: int) -> None:
        """Sleeps until `count` more bytes may pass."""
        with self._lock:
            if not self._rate or not count:
                return
            cost = count / self._rate
            now = self._clock.now()
            # A clock that was set back must not hold up traffic for as long as it went.
            start = now if now < self._last else max(self._free_at, now)
            self._free_at, self._last = start + cost, now
        if start > now:
            self._clock.sleep(start - now)
