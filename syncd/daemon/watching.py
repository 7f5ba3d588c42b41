"""Everything that watches the daemon, put together: log, event stream, metrics; hook and notices where wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from syncd.config import DaemonSettings
from syncd.daemon.desktop import Desktop
from syncd.daemon.feed import Feed
from syncd.daemon.happenings import Happening, Hearer
from syncd.daemon.hook import Hook
from syncd.daemon.metrics import Metrics
from syncd.daemon.telling import Log
from syncd.daemon.worker import Worker
from syncd.engine import Clock


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who hears what happens; `feed` and `metrics` are asked through the control socket too."""

    hearers: tuple[Hearer, ...]
    feed: Feed
    metrics: Metrics
    hook: Hook
    desktop: Desktop

    def say(self, happening: Happening) -> None:
        """Something happened to the daemon itself."""
        for hearer in self.hearers:
            hearer.heard(None, happening)

    def adjust(self, settings: DaemonSettings, workers: Sequence[Worker]) -> None:
        """From now on these settings hold, and scrapes ask these mirrors."""
        self.hook.adjust(settings.on_event, settings.on_events)
        self.desktop.wanted = settings.notifications
        beside: dict[str, Callable[[], float]] = {
            "event_clients": lambda: self.feed.count,
            "event_clients_dropped": lambda: self.feed.dropped,
            "hook_runs": lambda: self.hook.runs,
            "hook_failures": lambda: self.hook.failures,
            "notifications": lambda: self.desktop.shown,
        }
        self.metrics.ask([worker.figures for worker in workers], beside)


@contextmanager
def watching(clock: Clock) -> Iterator[Watchers]:
    """Watches while the body runs."""
    feed, metrics, hook, desktop = Feed(clock), Metrics(), Hook(clock), Desktop()
    with hook.working(), desktop.working():
        yield Watchers((Log(), feed, metrics, hook, desktop), feed, metrics, hook, desktop)
