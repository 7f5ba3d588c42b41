"""Keeps what `status` tells without a daemon: when a poll last changed something, when all was last looked at in full,
and the room there was.

Law: a cycle that found nothing writes nothing here either.
"""

from __future__ import annotations

from syncd.core.errors import SyncdError
from syncd.engine import Mirror, Report
from syncd.remotes.faces import Space

LAST_POLL, TRUE_UP, SPACE = "last_poll", "true_up", "space"
SENDING = frozenset({"upload", "replace", "delete-remote"})


class Watched:
    """Watches the cycles of one run; `ended` is to be told each one's report. The room is asked once nothing is under
    way, after a full look or if it was never asked."""

    def __init__(self, mirror: Mirror, *, true_up: bool) -> None:
        self._mirror = mirror
        self._full = true_up or mirror.store.facts.get(TRUE_UP) is None
        self._asks = true_up or mirror.store.facts.get(SPACE) is None
        self._changes = mirror.store.changes

    def ended(self, report: Report) -> None:
        """Keeps what is worth keeping of a cycle."""
        store, now = self._mirror.store, repr(self._mirror.clock.now())
        if report.error is not None:
            return
        if self._full:
            store.facts.put(TRUE_UP, now)
        if self._asks and not report.progress and report.due is None:
            keep_space(self._mirror)
            self._asks = False
        if store.changes != self._changes:
            store.facts.put(LAST_POLL, now)
        self._full, self._changes = False, store.changes


def keep_space(mirror: Mirror) -> None:
    """Asks how much room there is; a remote that does not tell is not asked again before the next true-up."""
    try:
        found = mirror.remote.space()
    except SyncdError:
        mirror.store.facts.put(SPACE, "")
        return
    mirror.store.facts.put(SPACE, f"{found.available} {found.total}")


def kept_space(mirror: Mirror) -> Space | None:
    """The room there was when it was last asked."""
    words = (mirror.store.facts.get(SPACE) or "").split()
    return Space(int(words[0]), int(words[1])) if len(words) == 2 else None


def kept_time(mirror: Mirror, name: str) -> float | None:
    """One of the times above, Unix seconds."""
    found = mirror.store.facts.get(name)
    return float(found) if found else None
