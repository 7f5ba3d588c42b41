"""The clock of a simulation: it moves only when somebody waits, and the wall clock may be set by anybody."""

from __future__ import annotations

from syncd.engine import Clock
from syncd.remotes.http import Clock as WireClock

START = 1_700_000_000.0


class VirtualClock:
    """Seconds since the start, and how far the wall clock was set from them."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.offset = 0.0

    def now(self) -> float:
        """Unix seconds, as the wall clock has them."""
        return START + self.elapsed + self.offset

    def steady(self) -> float:
        """Seconds that no one sets."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """Returns at once, that much later."""
        self.elapsed += max(0.0, seconds)

    @property
    def engines(self) -> Clock:
        """As the engine takes it."""
        return Clock(self.now, self.steady, self.sleep)

    @property
    def remotes(self) -> WireClock:
        """As a remote takes it."""
        return WireClock(self.now, self.sleep, lambda: 0.0)
