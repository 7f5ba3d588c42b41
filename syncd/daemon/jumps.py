"""Notices that the machine slept, or that its clock was set.

Law: steady seconds stand still while a machine sleeps (CLOCK_MONOTONIC, on Linux), and no one sets them. So both show
as a jump between them and the time of the day; a clock that is only slewed never jumps.
"""

from __future__ import annotations

from collections.abc import Callable

LEAST_SECONDS = 5.0


class Jumps:
    """Compares two clocks whenever it is asked."""

    def __init__(self, now: Callable[[], float], steady: Callable[[], float]) -> None:
        """`now` is in Unix seconds, `steady` in seconds that no one sets."""
        self._now = now
        self._steady = steady
        self._apart = now() - steady()

    def jumped(self) -> float:
        """By how many seconds the time of the day jumped since the last call, forth or (negative) back; 0.0 if it did
        not. To be called every few seconds."""
        apart = self._now() - self._steady()
        jump, self._apart = apart - self._apart, apart
        return jump if abs(jump) >= LEAST_SECONDS else 0.0
