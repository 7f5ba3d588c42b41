"""The outlook of a mirror that is served, kept while it would cost more to make it anew than it is worth.

Law: it answers what was true when it was asked, but for one: of so much work that a plan takes its time (tens of
thousands of new files), what is pending may be some seconds old. Whoever asks again and again takes a tenth of the
engine's time at most.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from syncd.engine import Mirror, Outlook, outlook

SLOW = 0.5
"""Seconds that an outlook may take to be made for each who asks."""
SHARE = 10.0
"""A slow one is good for so many times what it took."""


class Foresight:
    """The last outlook of one mirror. Used from several threads; who asks while one is made gets that one."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._lock = threading.Lock()
        self._kept = Outlook({}, 0)
        self._until = 0.0

    def outlook(self, mirror: Mirror) -> Outlook:
        """What there is to do, as `syncd.engine.outlook`."""
        if not mirror.store.states.any_changed():
            return Outlook({}, 0)
        with self._lock:
            began = self._steady()
            if began >= self._until:
                self._kept = outlook(mirror)
                took = self._steady() - began
                self._until = began + took + SHARE * took if took > SLOW else 0.0
            return self._kept
