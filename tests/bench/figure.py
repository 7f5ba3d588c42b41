"""One measured figure and its bound."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[int, float], "list[Figure]"]
"""Measures with so many items, for so many seconds where it takes time."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; `bound` is the most that it may be, None where there is none to hold."""

    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it is over its bound."""
        return self.bound is not None and self.value > self.bound

    def __str__(self) -> str:
        bound = "" if self.bound is None else f"  (at most {self.bound:g})"
        return f"{'BROKEN' if self.is_broken else '      '}  {self.name:<44}{self.value:>10.3f} {self.unit}{bound}"


def main(*measures: Measure) -> None:
    """Measures, prints, and with `--check` fails where a bound is broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=10_000, help="how many items the mirror has")
    parser.add_argument("--seconds", type=float, default=60.0, help="for how long it is watched at rest")
    parser.add_argument("--check", action="store_true", help="fail where a bound is broken")
    given = parser.parse_args()
    found = []
    for measure in measures:
        for figure in measure(given.items, given.seconds):
            print(figure, flush=True)
            found.append(figure)
    sys.exit(given.check and any(figure.is_broken for figure in found))
