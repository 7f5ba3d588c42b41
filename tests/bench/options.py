"""What a run of the bench is told."""

from __future__ import annotations

from dataclasses import dataclass

QUICK = 20
"""So many times fewer items a quick run has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`pairs`: turns of ours and the yardstick. `only`: so many items instead of a row's own number. `sizes`: the
    numbers of items of the curves. `seconds`: how long a daemon at rest is watched. `quick`: few items, to try it."""

    pairs: int = 5
    only: int | None = None
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    seconds: float = 60.0
    quick: bool = False

    def items(self, usual: int) -> int:
        """How many items a row has, whose own number is `usual`."""
        return self.only or (max(usual // QUICK, 10) if self.quick else usual)
