"""The page says of every row what was measured, and of every bound that is missed, why."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.bench import missed, page
from tests.bench.plots import curves
from tests.bench.profiled import Line
from tests.bench.row import Point, Profile, Row, at_least, at_most
from tests.bench.table import row_document

HELD = Row(name="a poll", unit="ms", ours=(2.0, 3.0), yardstick=(2.0, 2.0), against="a GET", bound=at_most(2))
MISSED = Row(name="a rescan: wall", unit="s", ours=(9.0,), yardstick=(3.0,), against="find", bound=at_most(2))
ABSENT = Row(name="a copy", unit="", missing="not installed: rclone", bound=at_least(1))
POINTS = [Point("poll", 1000, 2.0, "ms"), Point("poll", 100, 1.0, "ms", 0.5, "a GET"), Point("alone", 1, 1.0, "s")]
PROFILE = [Profile(f"work {n}", 10, n, n, (Line(50.0, n, n, 7, f"f{n}"),)) for n in (1.0, 4.0, 2.0, 3.0)]


def families() -> dict[str, Any]:
    document = {
        "at": "2026-11-22T02:00+00:00",
        "machine": {"processor": "2 x some", "load": "0.5 0.4 0.3"},
        "rows": [row_document(row) for row in (HELD, MISSED, ABSENT)],
        "points": [asdict(point) for point in POINTS],
        "profiles": [asdict(profile) for profile in PROFILE],
    }
    return {"one": json.loads(json.dumps(document))}


def written(tmp_path: Path) -> str:
    page.write_page(families(), ["one", "two"], tmp_path)
    return (tmp_path / "benchmarks.md").read_text()


def test_a_row_has_its_figures_its_bound_and_how_it_stands(tmp_path: Path) -> None:
    text = written(tmp_path)
    assert "| a poll | 2.5 ms | 2 ms | a GET | **1.25x** | 1 to 1.5 | 2 | at most 2 | held |" in text
    assert "| a rescan: wall | 9 s | 3 s | find | **3.00x** | 3 to 3 | 1 | at most 2 | **missed** |" in text
    assert "not measured: not installed: rclone" in text


def test_a_missed_bound_is_explained_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Not explained yet: a rescan: wall." in written(tmp_path)
    monkeypatch.setitem(missed.WHY, "a rescan", "It is slow.")
    text = written(tmp_path)
    assert "**a rescan: wall.** It is slow." in text
    assert "Not explained" not in text


def test_the_three_largest_profiles_are_shown_the_largest_first(tmp_path: Path) -> None:
    text = written(tmp_path)
    assert [text.find(f"  f{n}\n") > 0 for n in (4.0, 3.0, 2.0, 1.0)] == [True, True, True, False]
    assert text.find("f4.0") < text.find("f3.0") < text.find("f2.0")


def test_a_curve_is_in_the_order_of_sizes_and_has_more_than_one() -> None:
    assert {name: [p.items for p in along] for name, along in curves(POINTS).items()} == {"poll": [100, 1000]}
