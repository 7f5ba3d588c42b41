"""Every planted mistake is found: by a short tape that was kept for it, and by the search that found that tape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sim.planted import LIMIT, PLANTS, TAPES, Found, find, is_found, planted_tape, table
from tests.sim.run import run_tape


def _tape(name: str) -> dict[str, Any]:
    tape: dict[str, Any] = json.loads((TAPES / f"{name}.json").read_text(encoding="utf-8"))
    return tape


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_mistake_is_found(name: str) -> None:
    tape = _tape(name)
    planted = planted_tape(name, tape)
    assert is_found(name, planted), "\n".join(planted.trace)
    assert run_tape(tape).violation is None


def test_there_are_as_many_as_were_promised() -> None:
    assert len(PLANTS) >= 24
    assert {path.stem for path in TAPES.glob("*.json")} == PLANTS.keys()


def test_the_search_finds_one() -> None:
    found, tape = find("intent-after-sending", range(20))
    assert found.first is not None and found.first <= LIMIT
    assert tape is not None and is_found("intent-after-sending", planted_tape("intent-after-sending", tape))


def test_the_table_names_each_with_what_it_does() -> None:
    row = table([Found("cursor-early", 7, "I10: in no row", 7, 1), Found("gone-at-once", None, "", 50, 0)]).splitlines()
    assert row[2] == f"| `cursor-early` | {PLANTS['cursor-early'].words} | 7 | I10 |"
    assert "not in 50" in row[3]
