"""docs/reliability.md names what there is: every test and check that it relies on exists, and nothing is left out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.sim.faults import SWITCHES
from tests.sim.planted import PLANTS
from tests.sim.setting import HABITS, Setting

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
INVARIANTS = tuple(f"I{number}" for number in range(1, 21))
RACES = tuple(f"W{number}" for number in range(1, 33))


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found[1]


def _rows(section: str) -> dict[str, str]:
    """The rows of a table, by their first cell."""
    cells = re.findall(r"^\| ([^|]+?) \| (.+) \|$", section, re.MULTILINE)
    return {name: rest for name, rest in cells if name and not name.startswith("-")}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_it_names_exists(file: str, name: str) -> None:
    assert (ROOT / file).is_file()
    assert name in _functions(file), f"{file} has no {name}"


def test_it_names_enough_to_be_worth_reading() -> None:
    assert len(NAMED) > 100


@pytest.mark.parametrize("number", INVARIANTS)
def test_every_invariant_is_held_by_something_named(number: str) -> None:
    assert "::" in _rows(_section("Invariants"))[number]


@pytest.mark.parametrize("number", RACES)
def test_every_race_is_held_by_something_named(number: str) -> None:
    assert "::" in _rows(_section("Races"))[number]


def test_every_kind_of_fault_stands_in_the_table() -> None:
    told = set(re.findall(r"`([a-z.-]+)`", _section("Faults")))
    assert not set(SWITCHES) - told


def test_every_fault_has_somewhere_where_it_is_injected() -> None:
    rows = [line for line in _section("Faults").splitlines() if line.startswith("| ") and "---" not in line]
    empty = [
        row for row in rows if not row.startswith(("| fault", "| act")) and not re.search(r"\w", row.split("|", 2)[2])
    ]
    assert rows and not empty


def test_the_settings_that_it_speaks_of_exist() -> None:
    habits = re.findall(r"habits? `(\w+)`(?: and `(\w+)`)?", _section("Faults"))
    settings = re.findall(r"settings? `(\w+)`", _section("Faults") + _section("Invariants") + _section("Races"))
    assert habits and settings
    assert {habit for pair in habits for habit in pair if habit} <= HABITS.keys()
    assert set(settings) <= set(Setting.__dataclass_fields__)


def test_every_planted_mistake_stands_in_its_table_and_was_found() -> None:
    rows = _rows(_section("Planted mistakes"))
    told = {name.strip("`"): rest for name, rest in rows.items() if name.startswith("`")}
    assert told.keys() == PLANTS.keys()
    for name, rest in told.items():
        assert rest.startswith(PLANTS[name].words), name
