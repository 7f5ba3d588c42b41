"""A family that cannot be measured says so, and the others are measured all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import runner
from tests.bench.options import Options
from tests.bench.peers import NotInstalled
from tests.bench.row import Found, Point, Row
from tests.bench.spent import CommandFailed, spent
from tests.bench.table import Kept


def fine(_options: Options) -> Iterator[Found]:
    yield Row(name="a poll", unit="ms", ours=(1.0,))
    yield Point("poll", 10, 1.0, "ms")


def absent(_options: Options) -> Iterator[Found]:
    raise NotInstalled("not installed: rclone")
    yield


def broken(_options: Options) -> Iterator[Found]:
    yield Row(name="before", unit="ms", ours=(1.0,))
    raise CommandFailed("syncd sync: 1")


def test_what_cannot_be_measured_says_so_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "FAMILIES", {"absent": absent, "broken": broken, "fine": fine})
    kept = Kept(tmp_path / "kept.json")
    rows = runner.run(["absent", "broken", "fine"], Options(), kept)
    assert [(row.name, row.missing) for row in rows] == [
        ("absent", "not installed: rclone"),
        ("before", ""),
        ("broken", "failed: CommandFailed"),
        ("a poll", ""),
    ]
    told = capfd.readouterr()
    assert "syncd sync: 1" in told.err
    assert "not installed: rclone" in told.out
    document = json.loads((tmp_path / "kept.json").read_text())
    assert [point["items"] for point in document["fine"]["points"]] == [10]


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="on its way"):
        spent(["sh", "-c", "echo on its way; exit 3"], {}, tmp_path / "log")
    cost = spent(["sh", "-c", "exit 0"], {}, tmp_path / "log")
    assert cost.wall > 0
    assert cost.resident > 0
