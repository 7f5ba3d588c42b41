"""What is measured: rows of a table, each a figure beside its yardstick and its bound; and points of a curve.

Law: ours and the yardstick are measured in turns in one run, so a row holds pairs; what is held against the bound is
the median of the ratios of the pairs, or of our figures where there is no yardstick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from statistics import median
from typing import TypeVar

from tests.bench.profiled import Line

A = TypeVar("A")
B = TypeVar("B")


class Side(StrEnum):
    """On which side of its limit a figure has to be."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


class Verdict(StrEnum):
    """How a row stands."""

    HELD = "held"
    MISSED = "MISSED"
    UNBOUND = ""
    MISSING = "not measured"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit, and on which side of it is well."""

    side: Side
    limit: float

    def holds(self, figure: float) -> bool:
        """Whether the figure is on the right side; the limit itself is."""
        return figure <= self.limit if self.side is Side.AT_MOST else figure >= self.limit


def at_most(limit: float) -> Bound:
    """The figure may be so much, and no more."""
    return Bound(Side.AT_MOST, limit)


def at_least(limit: float) -> Bound:
    """The figure must be so much, or more."""
    return Bound(Side.AT_LEAST, limit)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, the least and the greatest."""

    middle: float
    least: float
    most: float


def spread(figures: Sequence[float]) -> Spread:
    """The spread of at least one figure."""
    return Spread(median(figures), min(figures), max(figures))


def percentile(figures: Sequence[float], share: float) -> float:
    """The smallest figure that is not less than so many percent of them (nearest rank)."""
    return sorted(figures)[max(0, ceil(len(figures) * share / 100) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `ours` and `yardstick` are in `unit`, one of each for each turn; no yardstick: `ours` is
    held against the bound itself. `missing`: why nothing was measured."""

    name: str
    unit: str
    ours: tuple[float, ...] = ()
    yardstick: tuple[float, ...] = ()
    against: str = ""
    bound: Bound | None = None
    note: str = ""
    missing: str = ""

    def __post_init__(self) -> None:
        if self.yardstick and len(self.yardstick) != len(self.ours):
            raise ValueError(f"{self.name}: {len(self.ours)} turns of ours, {len(self.yardstick)} of the yardstick")
        if not self.ours and not self.missing:
            raise ValueError(f"{self.name}: neither measured, nor said why not")

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to the yardstick, turn by turn; none where there is no yardstick."""
        return tuple(a / b for a, b in zip(self.ours, self.yardstick, strict=True)) if self.yardstick else ()

    @property
    def judged(self) -> Spread | None:
        """What is held against the bound: the ratios, or our figures."""
        return spread(self.ratios or self.ours) if self.ours else None

    @property
    def verdict(self) -> Verdict:
        """Whether the bound is held."""
        if self.judged is None:
            return Verdict.MISSING
        if self.bound is None:
            return Verdict.UNBOUND
        return Verdict.HELD if self.bound.holds(self.judged.middle) else Verdict.MISSED

    def noted(self, note: str) -> Row:
        """The same row with another word in its note."""
        return replace(self, note="; ".join(filter(None, (self.note, note))))


@dataclass(frozen=True, slots=True)
class Point:
    """What something cost with so many items (medians); `unit` is of both. A curve is all points of one name."""

    curve: str
    items: int
    ours: float
    unit: str
    yardstick: float | None = None
    against: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time goes in some work on so many items: seconds of the processor and of the wall without a profiler,
    and the functions with the most time of their own."""

    work: str
    items: int
    cpu: float
    wall: float
    lines: tuple[Line, ...]

    @property
    def each(self) -> float:
        """Microseconds of the processor for one item."""
        return self.cpu / self.items * 1e6


Found = Row | Point | Profile


def alternate(pairs: int, ours: Callable[[], A], yardstick: Callable[[], B], *, warm: bool = True) -> list[tuple[A, B]]:
    """Measures one after the other, in turns. `warm`: one turn of each goes before and does not count."""
    turns = [(ours(), yardstick()) for _ in range(pairs + warm)]
    return turns[int(warm) :]
