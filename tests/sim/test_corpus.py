"""Tapes of failures that the simulator found: what was mended stays mended; what is open is known, and no surprise.

A tape in `corpus/open` fails today, for the reason that it names under `what`. Once it passes, it is to be moved up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sim.run import run_tape

CORPUS = Path(__file__).parent / "corpus"
MENDED = sorted(CORPUS.glob("*.json"))
OPEN = sorted((CORPUS / "open").glob("*.json"))


def tape_of(path: Path) -> dict[str, Any]:
    tape: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tape


def _open(path: Path) -> Any:
    return pytest.param(path, id=path.stem, marks=pytest.mark.xfail(strict=True, reason=tape_of(path)["what"]))


@pytest.mark.parametrize("path", [*(pytest.param(path, id=path.stem) for path in MENDED), *map(_open, OPEN)])
def test_the_tape_plays_without_a_violation(path: Path) -> None:
    outcome = run_tape(tape_of(path))
    assert outcome.violation is None, "\n".join(outcome.trace)
