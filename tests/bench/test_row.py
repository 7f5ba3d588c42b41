"""The bench's own arithmetic: ratios turn by turn, their median and spread, and which side of a bound they are on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.row import Bound, Row, Spread, Verdict, alternate, at_least, at_most, percentile, spread
from tests.bench.table import Kept, line, read_row, row_document


def row(bound: Bound | None = None, yardstick: tuple[float, ...] = (1.0, 4.0, 2.0)) -> Row:
    return Row(name="a row", unit="s", ours=(2.0, 4.0, 6.0), yardstick=yardstick, bound=bound)


def test_ratios_are_taken_turn_by_turn_and_judged_by_their_median() -> None:
    assert row().ratios == (2.0, 1.0, 3.0)
    assert row().judged == Spread(middle=2.0, least=1.0, most=3.0)


def test_a_row_without_a_yardstick_is_judged_by_its_own_figures() -> None:
    assert row(yardstick=()).judged == Spread(middle=4.0, least=2.0, most=6.0)


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [
        (at_most(2.0), Verdict.HELD),
        (at_most(1.99), Verdict.MISSED),
        (at_least(2.0), Verdict.HELD),
        (at_least(2.01), Verdict.MISSED),
        (None, Verdict.UNBOUND),
    ],
)
def test_the_limit_itself_is_on_the_right_side(bound: Bound | None, verdict: Verdict) -> None:
    assert row(bound).verdict is verdict


def test_what_was_not_measured_says_why_and_holds_nothing() -> None:
    missing = Row(name="a row", unit="s", bound=at_most(1), missing="not installed: rclone")
    assert missing.verdict is Verdict.MISSING
    assert "not installed: rclone" in line(missing)
    with pytest.raises(ValueError, match="neither measured"):
        Row(name="a row", unit="s")


def test_a_row_has_as_many_turns_of_the_yardstick_as_of_ours() -> None:
    with pytest.raises(ValueError, match="3 turns of ours, 2 of the yardstick"):
        row(yardstick=(1.0, 2.0))


def test_the_median_of_an_even_number_is_in_the_middle() -> None:
    assert spread([4.0, 1.0, 2.0, 3.0]).middle == 2.5


@pytest.mark.parametrize(("share", "figure"), [(50, 50), (99, 99), (100, 100), (0, 1), (99.5, 100)])
def test_a_percentile_is_a_figure_of_the_list(share: float, figure: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == figure


@pytest.mark.parametrize("warm", [True, False])
def test_turns_alternate_and_the_first_only_warms(warm: bool) -> None:
    order: list[str] = []

    def told(name: str) -> int:
        order.append(name)
        return len(order)

    turns = alternate(2, lambda: told("ours"), lambda: told("yardstick"), warm=warm)
    assert order == ["ours", "yardstick"] * (2 + warm)
    assert turns == ([(3, 4), (5, 6)] if warm else [(1, 2), (3, 4)])


@pytest.mark.parametrize("bound", [at_most(2.0), at_least(0.8), None])
def test_a_row_survives_its_json(bound: Bound | None) -> None:
    document = json.loads(json.dumps(row_document(row(bound))))
    assert read_row(document) == row(bound)
    assert document["verdict"] == row(bound).verdict.value


def test_a_missed_bound_shows_in_its_line() -> None:
    assert line(row(at_most(1.0))).startswith("MISSED")
    assert "2.00x" in line(row(at_most(1.0)))


def test_a_run_of_some_rows_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.json"
    Kept(path).put("first", {"rows": [1]})
    Kept(path).put("poll", {"rows": [2]})
    assert Kept(path).families == {"first": {"rows": [1]}, "poll": {"rows": [2]}}
