"""The table as it is printed, and kept as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.row import Bound, Point, Row, Side, Verdict

HEAD = (
    f"{'':<13}{'figure':<58}{'ours':>11} {'yardstick':>11} {'unit':<8}{'ratio':>7}  {'spread':<15}{'bound':<14}against"
)


def number(value: float) -> str:
    """A figure with three digits that count."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def bound(limit: Bound | None) -> str:
    """A bound in words."""
    return "" if limit is None else f"{limit.side} {limit.limit:g}"


def line(row: Row) -> str:
    """A row as one line of the printed table."""
    judged = row.judged
    if judged is None:
        return f"{Verdict.MISSING:<13}{row.name:<58}{row.missing}"
    ours = number(median(row.ours))
    theirs = number(median(row.yardstick)) if row.yardstick else "-"
    ratio = f"{judged.middle:.2f}x" if row.yardstick else ""
    around = f"{number(judged.least)}..{number(judged.most)}"
    told = f"{row.verdict:<13}{row.name:<58}{ours:>11} {theirs:>11} {row.unit:<8}{ratio:>7}  {around:<15}"
    return f"{told}{bound(row.bound):<14}{row.against}{f'  ({row.note})' if row.note else ''}"


def row_document(row: Row) -> dict[str, Any]:
    """A row for JSON, with what follows from its figures."""
    judged = row.judged
    return {**asdict(row), "verdict": row.verdict.value, "judged": None if judged is None else asdict(judged)}


def read_row(document: dict[str, Any]) -> Row:
    """A row from its JSON."""
    given = {key: value for key, value in document.items() if key not in ("verdict", "judged")}
    given["ours"], given["yardstick"] = tuple(given["ours"]), tuple(given["yardstick"])
    limit = given["bound"]
    given["bound"] = None if limit is None else Bound(Side(limit["side"]), limit["limit"])
    return Row(**given)


def read_point(document: dict[str, Any]) -> Point:
    """A point of a curve from its JSON."""
    return Point(**document)


class Kept:
    """All that was measured so far, by family: a run of some rows leaves the others as they were."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.families: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def put(self, family: str, document: dict[str, Any]) -> None:
        """Keeps what a family found."""
        self.families[family] = document
        self._path.write_text(json.dumps(self.families, indent=1, sort_keys=True) + "\n")
