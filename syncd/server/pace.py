"""How many requests a user may make in a window of time, if `Choices` limits them."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from syncd.server.errors import TooManyRequests
from syncd.server.vault import Settings


class Pace:
    """A sliding window for each caller."""

    def __init__(self, settings: Settings) -> None:
        self._of_application = settings.choices.limit_is_the_applications
        self._most = settings.choices.requests_per_window
        self._window = settings.choices.window_seconds
        self._clock = settings.clock
        self._lock = threading.Lock()
        self._requests: defaultdict[str, deque[float]] = defaultdict(deque)

    def check(self, caller: str) -> None:
        """Count a request of this caller. Raises TooManyRequests if it is one too many, which is not counted."""
        if self._most is None:
            return
        now = self._clock()
        with self._lock:
            requests = self._requests[caller]
            while requests and requests[0] <= now - self._window:
                requests.popleft()
            if len(requests) >= self._most:
                raise TooManyRequests(of_application=self._of_application)
            requests.append(now)
