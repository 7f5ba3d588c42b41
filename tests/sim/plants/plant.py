"""What a planted mistake is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Make = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Plant:
    """A mistake: how it is made, and which promises it breaks (what the simulator names, by any of them)."""

    make: Make
    breaks: frozenset[str]

    @property
    def words(self) -> str:
        """The mistake in one sentence."""
        return (self.make.__doc__ or "").strip()


def breaks(*promises: str) -> Callable[[Make], Plant]:
    """Makes a plant of a function that patches the shipped code."""
    return lambda make: Plant(make, frozenset(promises))
