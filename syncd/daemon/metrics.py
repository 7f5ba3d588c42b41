"""Metrics for Prometheus: plain numbers kept while things happen, the rest read when somebody scrapes.

Law: nobody who does not scrape pays for it: keeping is adding to a number, and prometheus-client is imported by the
first scrape. The registry is our own. Names and labels: docs/control-api.md.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from syncd import __version__
from syncd.core.events import ActionEnded, Transferred, WorkPlanned
from syncd.daemon.figures import Figures
from syncd.daemon.happenings import CycleEnded, Happening, MirrorCrashed, OutageMet

if TYPE_CHECKING:
    from prometheus_client import Metric

BUCKETS = (0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds of a cycle."""


class Cycles:
    """How long cycles took: how many at most each bucket's seconds, how many in all, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """One cycle more."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus wants them: each counts all that are not longer."""
        bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
        return [(bound, float(sum(self.counts[: at + 1]))) for at, bound in enumerate(bounds)]


class Kept:
    """What is counted of one mirror while things happen."""

    def __init__(self) -> None:
        self.actions: Counter[tuple[str, str]] = Counter()
        self.up = 0
        self.down = 0
        self.cycles = Cycles()
        self.pending: dict[str, int] = {}
        self.under_way = 0
        self.outages: Counter[str] = Counter()
        self.crashes = 0


class Metrics:
    """Hears what happens, and answers scrapes. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: defaultdict[str, Kept] = defaultdict(Kept)
        self._sources: Sequence[Callable[[], Figures]] = ()
        self._beside: dict[str, Callable[[], float]] = {}

    def ask(self, sources: Iterable[Callable[[], Figures]], beside: Mapping[str, Callable[[], float]]) -> None:
        """From now on these are asked at each scrape: one for each mirror, and single counters of the daemon."""
        self._sources, self._beside = tuple(sources), dict(beside)

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """Counts one happening."""
        if mirror is None:
            return
        with self._lock:
            kept = self._kept[mirror]
            match happening:
                case Transferred(_, size, up):
                    kept.up, kept.down = kept.up + size * up, kept.down + size * (not up)
                case ActionEnded():
                    kept.actions[happening.action, happening.outcome.value] += 1
                    kept.under_way = max(0, kept.under_way - 1)
                case WorkPlanned(actions):
                    kept.under_way = actions
                case CycleEnded(report, seconds):
                    kept.cycles.add(seconds)
                    kept.pending, kept.under_way = dict(report.pending), 0
                case OutageMet(error):
                    kept.outages[error.code] += 1
                    kept.under_way = 0
                case MirrorCrashed():
                    kept.crashes += 1
                case _:
                    pass

    @property
    def media_type(self) -> str:
        """Of `text`."""
        from prometheus_client import CONTENT_TYPE_LATEST

        return CONTENT_TYPE_LATEST

    def text(self) -> bytes:
        """What a scrape is answered."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Every metric, each with a sample for each mirror."""
        from syncd.daemon import metric_families as families

        figures = [source() for source in self._sources]
        yield families.about(__version__)
        for name, ask in self._beside.items():
            yield families.counter_of_daemon(name, ask())
        yield from families.of_database(figures)
        yield from families.of_remote(figures)
        yield from families.of_polls(figures)
        with self._lock:
            yield from families.of_happenings(self._kept)
