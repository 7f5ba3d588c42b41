"""The brake on mass deletion: how many deletions at once need a person's word.

Law: it only ever holds, never deletes; a set that is held is named by a hash of itself, so a person confirms exactly
what was shown (interface.md, The brake).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brake:
    """The limits: both must be passed before deletions are held."""

    percent: int
    count: int


@dataclass(frozen=True, slots=True)
class Side:
    """One side's deletions: `recent` done in the last 60 minutes, `planned` now (moves and confirmed ones left out),
    among `agreed` items (when that hour began, or now if those are more). `now` items are agreed, of which the side
    where they were deleted still has `left`."""

    recent: int
    planned: int
    agreed: int
    now: int
    left: int


def brakes(brake: Brake, side: Side) -> str | None:
    """Why the planned deletions of this side must wait for a person, or None."""
    if not side.planned:
        return None
    if side.left <= 0 and side.now >= 2:
        return f"all {side.now} items would go: a side that is suddenly empty is never followed without asking"
    total = side.recent + side.planned
    if total > brake.count and total * 100 > brake.percent * side.agreed:
        return (
            f"{total} deletions within an hour are more than {brake.count} and more than {brake.percent} % "
            f"of {side.agreed} items"
        )
    return None


def hold_id(kind: str, subjects: Iterable[str]) -> str:
    """The name of a hold: the same for the same set of subjects, in any order and over any number of runs."""
    digest = hashlib.sha256(kind.encode())
    for subject in sorted(set(subjects)):
        digest.update(b"\0" + subject.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]
