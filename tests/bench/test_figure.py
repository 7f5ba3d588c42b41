"""A figure over its bound is told, and fails a check; one without a bound never does."""

from __future__ import annotations

import sys

import pytest

from tests.bench.figure import Figure, main


@pytest.mark.parametrize(
    ("value", "bound", "arguments", "code"),
    [(2.1, 2.0, ["--check"], 1), (2.0, 2.0, ["--check"], 0), (9.0, None, ["--check"], 0), (2.1, 2.0, [], 0)],
)
def test_only_a_broken_bound_fails_a_check(
    value: float,
    bound: float | None,
    arguments: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--items", "7", "--seconds", "3", *arguments])
    given: list[tuple[int, float]] = []

    def measure(items: int, seconds: float) -> list[Figure]:
        given.append((items, seconds))
        return [Figure("a start", value, "s", bound)]

    with pytest.raises(SystemExit) as ended:
        main(measure)
    assert int(ended.value.code or 0) == code
    assert given == [(7, 3.0)]
    assert ("BROKEN" in capsys.readouterr().out) is (bound is not None and value > bound)
