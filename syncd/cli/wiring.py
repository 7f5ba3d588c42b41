"""Builds what daemon and engine are given: remotes, a clock, a listener, and a word when to stop.

Law: this is the one place where configuration and the registry of remotes meet.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from types import FrameType

from syncd.cli.exits import Exit
from syncd.config import MirrorSettings
from syncd.core.events import Listener, Silence
from syncd.daemon import END_SECONDS, Wiring
from syncd.engine import Clock
from syncd.remotes import registry
from syncd.remotes.faces import Backoff, Remote, Tokens


def wiring(listener: Listener | None = None, interruption: Interruption | None = None) -> Wiring:
    """What every operation needs. Once the work is interrupted, waiting ends and nothing new begins."""
    stop = interruption or Interruption()

    def sleep(seconds: float) -> None:
        stop.flag.wait(seconds)

    clock = Clock(now=time.time, steady=time.monotonic, sleep=sleep)
    return Wiring(built, clock=clock, listener=listener or Silence(), stop=stop.is_wanted)


def built(mirror: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
    """The remote of a mirror, without a request; Misconfigured if its settings make no sense."""
    return registry.build(mirror.kind, remote_settings(mirror), tokens, backoff)


def remote_settings(mirror: MirrorSettings) -> registry.RemoteSettings:
    """What a mirror's section says of its remote."""
    return registry.RemoteSettings(
        server=mirror.server,
        dialect=mirror.dialect.value,
        minor_version=mirror.minor_version,
        client_id=mirror.client_id,
        client_secret=mirror.client_secret.get_secret_value(),
        upload_kib=mirror.upload_kib_per_second,
        download_kib=mirror.download_kib_per_second,
    )


class Interruption:
    """The first SIGINT or SIGTERM asks the work to end in good order; a second SIGINT ends it at once, and so does the
    time, where a transfer does not come to its end (W32).

    While nobody asks whether to stop, because a daemon does the work and we only wait, the first one ends the waiting.
    """

    def __init__(self, leave: Callable[[int], object] = os._exit, *, seconds: float = END_SECONDS) -> None:
        """`leave` ends the process with a code, in the middle of whatever it does, in so many `seconds`: to unwind
        would wait for the transfers. What a crash leaves is what it leaves."""
        self.flag = Flag()
        self.code: int | None = None
        self._leave = leave
        self._seconds = seconds
        self._heeded = False

    def is_wanted(self) -> bool:
        """Whether the work is to end."""
        self._heeded = True
        return self.flag.is_set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Signals come here while the body runs."""
        before = {number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM)}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._late)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _told(self, number: int, _frame: FrameType | None) -> None:
        first = self.code is None
        self.code = Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED
        self.flag.set()
        if not first and number == signal.SIGINT:
            self._leave(self.code)
        if not self._heeded:
            raise KeyboardInterrupt
        if first:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def _late(self, _number: int, _frame: FrameType | None) -> None:
        self._leave(Exit.INTERRUPTED if self.code is None else self.code)
