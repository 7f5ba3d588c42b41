"""What a cycle, or a run of cycles, has to say for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.core.errors import SyncdError
from syncd.core.events import ActionEnded
from syncd.core.steps import Waiting
from syncd.engine.mirror import Mirror
from syncd.store.decisions import ConflictRow, HeldRow
from syncd.store.history import Failure


@dataclass(frozen=True, slots=True)
class Report:
    """`actions` ended, in order; what is `pending` by action word; what is `held`, in conflict or failing; `ignored`
    by reason.

    `settled`: no difference is left but holds and what is ignored, no intent is open, and the delta is drained.
    `progress`: something was done, so another look is worth while. `due`: when to look again at the earliest (steady
    seconds), None if only when something happens. `retry_at`: the same as a Unix time, for what failed. `error`: what
    ended the cycle early.
    """

    actions: tuple[ActionEnded, ...] = ()
    pending: Mapping[str, int] = field(default_factory=dict)
    held: tuple[HeldRow, ...] = ()
    conflicts: tuple[ConflictRow, ...] = ()
    failures: tuple[Failure, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    settled: bool = False
    progress: bool = False
    due: float | None = None
    retry_at: float | None = None
    error: SyncdError | None = None
    true_up_wanted: bool = False


def ignored(mirror: Mirror) -> dict[str, int]:
    """What is left alone, by reason: on the disk, and by the mirror's rules or direction."""
    counts = Counter(mirror.store.local.left_counts())
    counts.update(mirror.store.left.counts())
    return dict(counts)
