"""Everything that watches the daemon, put together: log, event stream, metrics; hook and notices where wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from syncd.daemon.feed import Feed
from syncd.daemon.happenings import Happening, Hearer
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

    def say(self, happening: Happening) -> None:
        """Something happened to the daemon itself."""
        for hearer in self.hearers:
            hearer.heard(None, happening)

    def ask(self, workers: Sequence[Worker]) -> None:
        """From now on scrapes ask these mirrors."""
        beside: dict[str, Callable[[], float]] = {
            "event_clients": lambda: self.feed.count,
            "event_clients_dropped": lambda: self.feed.dropped,
        }
        self.metrics.ask([worker.figures for worker in workers], beside)


@contextmanager
def watching(clock: Clock) -> Iterator[Watchers]:
    """Watches while the body runs."""
    feed, metrics = Feed(clock), Metrics()
    yield Watchers((Log(), feed, metrics), feed, metrics)
