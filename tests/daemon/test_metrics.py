"""Metrics: what a scrape is told, that it costs the same whatever a mirror holds, and that nobody else pays for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.core.errors import Unreachable
from syncd.core.events import ActionEnded, Outcome, Transferred, WorkPlanned
from syncd.core.model import Agreed, Fingerprint, LocalFile
from syncd.daemon.figures import Counts, Figures
from syncd.daemon.happenings import CycleEnded, DaemonStarted, MirrorCrashed, OutageMet
from syncd.daemon.metrics import BUCKETS, Metrics
from syncd.engine import Report
from syncd.store.store import Store
from tests.daemon.home import Home, until
from tests.daemon.wire import ask

DOCS = Path(__file__).parents[2] / "docs" / "control-api.md"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(text: str) -> Samples:
    """Every sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def figures() -> Figures:
    return Figures(
        "stash",
        1000.0,
        Counts(items=5, published=1, bytes=99, held=2, conflicts=3, failing=4),
        answers={("delta", "200"): 7, ("delta", "none"): 1},
        error="throttled",
        paused=True,
        last_poll=940.0,
        next_poll=990.0,
        throttled_until=1030.0,
        stands=12.0,
    )


def test_a_scrape_tells_what_a_mirror_holds_and_how_it_stands() -> None:
    metrics = Metrics()
    metrics.ask([figures], {"event_clients": lambda: 2, "hook_runs": lambda: 3})
    found = scraped(metrics.text().decode())
    expected = {"items": 5, "published_items": 1, "file_bytes": 99, "held_sets": 2, "conflicts": 3, "failing": 4}
    expected |= {"settled": 0, "paused": 1, "poll_age_seconds": 60, "poll_lag_seconds": 10, "throttled_seconds": 30}
    expected |= {"standing_seconds": 12}
    assert {name: value(found, f"syncd_{name}", mirror="stash") for name in expected} == expected
    assert value(found, "syncd_requests_total", mirror="stash", endpoint="delta", status="200") == 7
    assert value(found, "syncd_requests_total", mirror="stash", endpoint="delta", status="none") == 1
    assert value(found, "syncd_outage", mirror="stash", error="throttled") == 1
    assert (value(found, "syncd_event_clients"), value(found, "syncd_hook_runs_total")) == (2, 3)


def test_a_scrape_tells_what_happened() -> None:
    metrics = Metrics()
    metrics.heard(None, DaemonStarted(("stash",)))
    metrics.heard("stash", WorkPlanned(3, 10))
    metrics.heard("stash", ActionEnded("upload", "a", 1, Outcome.DONE, ""))
    metrics.heard("stash", ActionEnded("upload", "b", 1, Outcome.FAILED, ""))
    for size, up in ((10, True), (5, True), (7, False)):
        metrics.heard("stash", Transferred("a", size, up=up))
    under_way = scraped(metrics.text().decode())
    metrics.heard("stash", OutageMet(Unreachable("no route"), 1.0, 1))
    metrics.heard("stash", MirrorCrashed("a bug", 1.0, 1))
    for seconds in (0.05, 0.1, 2.0, 9999.0):
        metrics.heard("stash", CycleEnded(Report(pending={"download": 4}), seconds))
    found = scraped(metrics.text().decode())
    assert value(under_way, "syncd_actions_under_way", mirror="stash") == 1
    assert value(found, "syncd_actions_under_way", mirror="stash") == 0
    assert value(found, "syncd_actions_total", mirror="stash", action="upload", outcome="done") == 1
    assert value(found, "syncd_actions_total", mirror="stash", action="upload", outcome="failed") == 1
    assert value(found, "syncd_transferred_bytes_total", mirror="stash", direction="up") == 15
    assert value(found, "syncd_transferred_bytes_total", mirror="stash", direction="down") == 7
    assert value(found, "syncd_pending_actions", mirror="stash", action="download") == 4
    assert value(found, "syncd_outages_total", mirror="stash", error="unreachable") == 1
    assert value(found, "syncd_crashes_total", mirror="stash") == 1
    buckets = [value(found, "syncd_cycle_seconds_bucket", mirror="stash", le=str(bound)) for bound in BUCKETS]
    assert buckets == [2, 2, 2, 3, 3, 3, 3, 3]
    assert value(found, "syncd_cycle_seconds_bucket", mirror="stash", le="+Inf") == 4
    assert value(found, "syncd_cycle_seconds_count", mirror="stash") == 4
    assert value(found, "syncd_cycle_seconds_sum", mirror="stash") == pytest.approx(10001.15)


def test_a_mirror_whose_database_cannot_be_read_does_not_keep_the_others_from_being_told() -> None:
    metrics = Metrics()
    metrics.ask([lambda: Figures("broken", 1.0, None), figures], {})
    found = scraped(metrics.text().decode())
    assert value(found, "syncd_items", mirror="stash") == 5
    assert ("syncd_items", frozenset({("mirror", "broken")})) not in found
    assert value(found, "syncd_settled", mirror="broken") == 0


def test_a_running_daemon_is_scraped(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.put("Owl", b"the owls")
    with at_home.running():
        until(lambda: len(at_home.titles()) == len(at_home.files()) == 2, "both there")
        until(at_home.is_settled, "settled")
        status, text, response = ask(at_home.settings.paths.socket, "GET", "/metrics")
        assert (status, response.headers["content-type"].partition(";")[0]) == (200, "text/plain")
        found = scraped(text.decode())
        assert value(found, "syncd_items", mirror="stash") == 2
        assert value(found, "syncd_file_bytes", mirror="stash") == 15
        assert value(found, "syncd_settled", mirror="stash") == 1
        assert value(found, "syncd_actions_total", mirror="stash", action="upload", outcome="done") == 1
        assert value(found, "syncd_transferred_bytes_total", mirror="stash", direction="down") == 8
        assert value(found, "syncd_requests_total", mirror="stash", endpoint="submit", status="200") == 1
        assert value(found, "syncd_poll_age_seconds", mirror="stash") < 30
        at_home.down()
        until(lambda: at_home.status()["state"] == "offline", "offline")
        found = scraped(ask(at_home.settings.paths.socket, "GET", "/metrics")[1].decode())
        assert value(found, "syncd_outage", mirror="stash", error="unreachable") == 1
        assert value(found, "syncd_requests_total", mirror="stash", endpoint="delta", status="none") >= 1


def test_the_page_names_every_metric(at_home: Home) -> None:
    page = DOCS.read_text()
    metrics = Metrics()
    metrics.heard("stash", CycleEnded(Report(), 1.0))
    with at_home.running() as worker:
        names = ("event_clients", "event_clients_dropped", "hook_runs", "hook_failures", "notifications")
        metrics.ask([worker.figures], {name: lambda: 0.0 for name in names})
        text = metrics.text().decode()
    told = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(told) > 20
    assert not [name for name in told if f"`{name}`" not in page and f"`{name}{{" not in page and name != "syncd_info"]


def steps(path: Path, look: Callable[[Store], object]) -> int:
    """How many instructions SQLite carries out for a look."""
    store = Store(path)
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    store._connection._database.set_progress_handler(step, 1)
    look(store)
    store._connection._database.set_progress_handler(None, 1)
    store.close()
    return count[0]


def counts(store: Store) -> object:
    """What a scrape reads."""
    return (
        store.agreed.count(),
        store.agreed.published(),
        store.local.totals(),
        store.decisions.counts(),
        store.failures.count(),
    )


def test_a_scrape_takes_as_many_steps_with_3000_items_as_with_none(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Store(path).close()
    empty = steps(path, counts)
    store = Store(path)
    with store.transaction():
        for number in range(3000):
            name = f"{number}.png"
            store.local.put_file(LocalFile(name, Fingerprint(1, 1, 1, number, 1), "a" * 64), racy=False)
            store.agreed.put(Agreed(number + 1, name, "a", None, "png", "v", "a" * 64, 1, number, 1))
    store.close()
    assert 0 < empty < 200
    assert steps(path, counts) == empty
    assert steps(path, lambda store: list(store.agreed.every())) > 3000


def test_nobody_pays_who_does_not_scrape() -> None:
    code = (
        "import sys, syncd.daemon.run, syncd.daemon.control, syncd.daemon.watching\n"
        "print(sorted({'prometheus_client', 'jeepney'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_no_command_imports_what_only_the_daemon_needs() -> None:
    code = (
        "import sys, syncd.cli.app, syncd.cli.call, syncd.cli.watch\n"
        "print(sorted({'prometheus_client', 'jeepney', 'starlette', 'uvicorn', 'apscheduler'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
