"""A clock for tests: waiting moves it on, and takes no time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from syncd.engine import Clock


@dataclass
class Hours:
    """A clock whose `sleep` returns at once and moves the time on."""

    ahead: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return time.time() + self.ahead

    def steady(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        self.slept.append(seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.steady, self.sleep)
