"""What a plan made from what was last seen would do; for `status`, which asks neither side and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from syncd.core.errors import SyncdError
from syncd.engine.describe import word_of
from syncd.engine.mirror import Mirror
from syncd.engine.planning import plan_for_folders, plan_items
from syncd.local.ignore import load_rules


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is `pending`, by action word, and how many items are `waiting` for something before they can go on."""

    pending: Mapping[str, int]
    waiting: int


def outlook(mirror: Mirror) -> Outlook:
    """What there is to do as far as was seen. Of items in folders that are still to be agreed on it may know less."""
    if mirror.rules is None:
        with suppress(SyncdError):  # without the folder nothing is ignored by its own rules
            mirror.rules = load_rules(mirror.root, mirror.policy.ignore)
    if not mirror.store.states.any_changed():
        return Outlook({}, 0)
    pending = Counter(word_of(action) for action in plan_for_folders(mirror))
    waiting = 0
    after: int | None = 0
    while after is not None:
        made, after = plan_items(mirror, after=after)
        pending.update(word_of(action) for action in made.actions)
        waiting += len(made.waiting)
    return Outlook(dict(pending), waiting)
