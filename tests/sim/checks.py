"""Checks of single promises, right where they could be broken: at each commit, request and placing (I6, I10, I12, I13).

They judge by what the server did and by what lies on the disk, never by what the engine says that it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import syncd.local.place
from syncd.core.errors import SyncdError
from syncd.core.guard import Brake
from syncd.core.model import Fingerprint
from syncd.core.state import Seen
from syncd.engine.look_there import WANTED
from syncd.local import scan
from syncd.server.changes import unseal
from syncd.server.model import View

if TYPE_CHECKING:
    from syncd.store.store import Store
    from tests.sim.account import Account
    from tests.sim.clock import VirtualClock
    from tests.sim.setting import Setting

Broken = Callable[[str, str], None]
HOUR = 3600.0
LIES = frozenset(
    "stale stale-read not-found skipped doubled empty-listing garbled-entry garbled delivered-twice".split()
)
"""Once the server told one of these, what is stored may differ from what is so without anybody's fault."""


class CursorCheck:
    """I10: whatever changed on the server up to the stored cursor is in the stored rows."""

    def __init__(self, account: Account, setting: Setting) -> None:
        self._account = account
        self._view = View.V1 if setting.dialect == "v1" else View.DRAFT
        # Such a server names a last cursor that is past what its pages told (W21), or lists less than there is.
        self._blind = bool({"cursor_changes_across_pages", "html_listed"} & setting.habits.keys())
        self.checked = 0

    def tells(self, store: Store) -> bool:
        """Whether the stored cursor is that of a drain whose pages named one. If the fifth drain moved as well, its
        cursor is taken, and a true-up follows at once (W21)."""
        return not self._account.is_never_steady and store.facts.get(WANTED) is None

    def look(self, store: Store, cursor: str | None) -> str | None:
        """What the rows lack, in words."""
        stash = self._account.stash
        revision = unseal(stash.key, cursor) if cursor and not self._blind else None
        if revision is None or not self.tells(store):
            return None
        self.checked += 1
        log = stash.logs[self._view]
        later = set(log.since(revision))
        for itemid, item in stash.tree.items.items():
            if itemid in later or itemid not in log.last:
                continue
            row = store.remote.item(itemid)
            if log.is_present(itemid):
                if row is None or row.seen is not Seen.LIVE:
                    return f"item {itemid} ({item.title!r}) came before the cursor and is in no row"
            elif row is not None and row.seen is Seen.LIVE:
                return f"item {itemid} ({item.title!r}) left before the cursor and still counts as there"
        return None


class Flight:
    """I13: how many works are under way at once, and that a pause is kept."""

    def __init__(self, most: int, broken: Broken) -> None:
        self._most, self._broken = most, broken
        self._under_way = 0

    def began(self) -> None:
        """A work was handed to the pool."""
        self._under_way += 1
        if self._under_way > self._most:
            self._broken("I13", f"{self._under_way} works are under way at once, and {self._most} are allowed")

    def ended(self) -> None:
        """Its result was taken."""
        self._under_way -= 1


@contextmanager
def equal_bytes_stay(broken: Broken) -> Iterator[None]:
    """I6, I12: while it lasts, nothing is ever written over a file that holds the same bytes already."""
    real = syncd.local.place.place

    def place(root: Any, staged: Path, target: str, expected: Fingerprint | None, *proof: Any, **more: Any) -> Any:
        if expected is not None and _is_equal(root, staged, target, expected):
            broken("I6", f"{target!r} is written over with the bytes that it has")
        return real(root, staged, target, expected, *proof, **more)

    syncd.local.place.place = place
    try:
        yield
    finally:
        syncd.local.place.place = real


def _is_equal(root: Any, staged: Path, target: str, expected: Fingerprint) -> bool:
    try:
        if staged.stat().st_size != expected.size or scan.stat(root, target) != expected:
            return False
    except (OSError, SyncdError):
        return False
    return staged.read_bytes() == (root.path / target).read_bytes()


class BrakeCheck:
    """The brake: no side loses more within an hour than both limits allow, unless a person was asked (W18, I4)."""

    def __init__(self, brake: Brake, clock: VirtualClock, broken: Broken) -> None:
        self._brake, self._clock, self._broken = brake, clock, broken
        self._done: dict[str, list[float]] = {}
        self._most = 0
        self.is_off = False
        """A person was asked, or what was counted is lost with the database."""

    def deleted(self, action: str) -> None:
        """A deletion was carried out."""
        now = self._clock.now()
        times = [time for time in self._done.get(action, []) if time > now - HOUR]
        self._done[action] = [*times, now]
        count = len(self._done[action])
        if not self.is_off and count > self._brake.count and count * 100 > self._brake.percent * self._most:
            self._broken("I4", f"{count} of at most {self._most} items went within an hour, and nobody was asked")

    def knows(self, agreed: int) -> None:
        """So many items are agreed now: to be told before each plan is carried out, as the brake counts by that."""
        self._most = max(self._most, agreed)
