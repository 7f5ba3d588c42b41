"""The metrics by their names, types and help texts, as prometheus-client values; imported by the first scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)

from syncd.daemon.figures import Counts, Figures

if TYPE_CHECKING:
    from prometheus_client import Metric

    from syncd.daemon.metrics import Kept

HELP_OF_DAEMON = {
    "event_clients": "Clients that follow the event stream.",
    "event_clients_dropped": "Clients that were dropped because they were too slow.",
    "hook_runs": "Runs of the on_event command.",
    "hook_failures": "Runs of the on_event command that failed, and events that it was too slow for.",
    "notifications": "Desktop notifications shown.",
}
GAUGES_OF_DAEMON = frozenset({"event_clients"})


def about(version: str) -> Metric:
    """Which syncd this is."""
    return InfoMetricFamily("syncd", "The syncd that serves these mirrors.", value={"version": version})


def counter_of_daemon(name: str, value: float) -> Metric:
    """A number of the daemon as a whole."""
    kind = GaugeMetricFamily if name in GAUGES_OF_DAEMON else CounterMetricFamily
    return kind(f"syncd_{name}", HELP_OF_DAEMON[name], value=value)


def of_database(figures: Sequence[Figures]) -> Iterator[Metric]:
    """What each mirror holds; nothing of one whose database cannot be read."""
    known = [(each.name, each.counts) for each in figures if each.counts is not None]

    def gauge(name: str, text: str, value: Callable[[Counts], float]) -> Metric:
        return _gauge(name, text, ((mirror, value(counts)) for mirror, counts in known))

    yield gauge("items", "Items that are kept in step.", lambda counts: counts.items)
    yield gauge("published_items", "Items that were published and are no longer synced.", lambda c: c.published)
    yield gauge("file_bytes", "Bytes of the files in the folder.", lambda counts: counts.bytes)
    yield gauge("held_sets", "Sets of actions that wait for a person.", lambda counts: counts.held)
    yield gauge("conflicts", "Conflicts that nobody settled yet.", lambda counts: counts.conflicts)
    yield gauge("failing", "Items and folders that fail now.", lambda counts: counts.failing)


def of_remote(figures: Sequence[Figures]) -> Iterator[Metric]:
    """The traffic with each remote, since the mirror was opened."""
    requests = CounterMetricFamily(
        "syncd_requests",
        "Requests to the remote, by endpoint and HTTP status ('none': no answer).",
        labels=["mirror", "endpoint", "status"],
    )
    for each in figures:
        for (endpoint, status), count in sorted(each.answers.items()):
            requests.add_metric([each.name, endpoint, status], count)
    yield requests
    remaining = ((each.name, max(0.0, each.throttled_until - each.now)) for each in figures)
    yield _gauge("throttled_seconds", "How much longer the remote's back-off lasts.", remaining)


def of_polls(figures: Sequence[Figures]) -> Iterator[Metric]:
    """How each mirror stands, and how its polls keep time."""
    yield _gauge("settled", "1 if the last cycle left nothing to do.", ((f.name, f.settled) for f in figures))
    yield _gauge("paused", "1 while the mirror is paused.", ((each.name, each.paused) for each in figures))
    outage = GaugeMetricFamily(
        "syncd_outage", "1 while this error keeps the mirror from going on.", labels=["mirror", "error"]
    )
    for each in figures:
        if each.error is not None:
            outage.add_metric([each.name, each.error], 1)
    yield outage
    age = ((f.name, max(0.0, f.now - f.last_poll)) for f in figures if f.last_poll is not None)
    yield _gauge("poll_age_seconds", "Seconds since the last poll that was answered.", age)
    lag = ((f.name, max(0.0, f.now - f.next_poll)) for f in figures if f.next_poll is not None)
    standing = ((each.name, each.stands) for each in figures)
    yield _gauge("standing_seconds", "For how long work that is under way has not moved.", standing)
    yield _gauge("poll_lag_seconds", "How late the next poll is; 0 while it is not due.", lag)


def of_happenings(kept: Mapping[str, Kept]) -> Iterator[Metric]:
    """What happened since the daemon started."""
    actions = CounterMetricFamily(
        "syncd_actions", "Actions that ended, by outcome.", labels=["mirror", "action", "outcome"]
    )
    moved = CounterMetricFamily(
        "syncd_transferred_bytes", "Bytes of files over the wire.", labels=["mirror", "direction"]
    )
    cycles = HistogramMetricFamily("syncd_cycle_seconds", "Seconds that a cycle took.", labels=["mirror"])
    pending = GaugeMetricFamily(
        "syncd_pending_actions", "Actions that the last cycle left over.", labels=["mirror", "action"]
    )
    outages = CounterMetricFamily("syncd_outages", "Cycles that an error ended early.", labels=["mirror", "error"])
    for mirror, each in kept.items():
        for (action, outcome), count in sorted(each.actions.items()):
            actions.add_metric([mirror, action, outcome], count)
        moved.add_metric([mirror, "up"], each.up)
        moved.add_metric([mirror, "down"], each.down)
        cycles.add_metric([mirror], each.cycles.buckets(), each.cycles.seconds)
        for action, count in sorted(each.pending.items()):
            pending.add_metric([mirror, action], count)
        for error, count in sorted(each.outages.items()):
            outages.add_metric([mirror, error], count)
    yield from (actions, moved, cycles, pending, outages)
    under_way = ((mirror, each.under_way) for mirror, each in kept.items())
    yield _gauge("actions_under_way", "Actions of the plan that is being carried out, not ended yet.", under_way)
    crashes = CounterMetricFamily("syncd_crashes", "Bugs that stopped the mirror for a while.", labels=["mirror"])
    for mirror, each in kept.items():
        crashes.add_metric([mirror], each.crashes)
    yield crashes


def _gauge(name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
    gauge = GaugeMetricFamily(f"syncd_{name}", text, labels=["mirror"])
    for mirror, value in values:
        gauge.add_metric([mirror], float(value))
    return gauge
