"""One process: it lives until it is killed, told to end, or its database fails; its commits and requests are seams."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncd.core.errors import OutcomeUnknown
from syncd.core.state import Seen
from syncd.store.database import Connection
from tests.sim.memory import FAULTS, Watch

if TYPE_CHECKING:
    from tests.sim.machine import Machine


ARRIVING = frozenset({"move.renamed", "move.synced", "move-directory.renamed"})
"""The points between a move and the look whether what was moved is where it was to be."""


class Crash(BaseException):
    """The process was killed."""


@dataclass(slots=True)
class Life:
    """One process. Whatever a dead one still tries, even much later (a generator that is closed), is stopped."""

    watch: Watch
    committed: Callable[[], None]
    thrown: Callable[[], None]
    dead: bool = False
    ending: bool = False
    failed: bool = False
    """The database could not be written."""
    moved: bool = False
    """A file was moved here since the last action ended."""
    arriving: bool = False
    """Something was moved here, and where it came to was not looked at yet."""

    def check(self) -> None:
        """Raises Crash unless the process lives."""
        if self.dead:
            raise Crash

    def seam(self, name: str) -> str | None:
        """A point at which the adversary may act."""
        self.check()
        self.arriving = name in ARRIVING
        return self.watch.seam(name)

    def passed(self, point: str) -> None:
        """The same, where nothing can fail by itself."""
        self.moved |= point == "move.renamed"
        if point == "throw.synced":
            self.thrown()
        self.seam(point)


def watched(connection: Connection, life: Life, *, begins: bool) -> Any:
    """The connection's `transaction`, with seams right before and right after each commit, and where it begins."""
    plain = connection.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        life.check()
        outer = connection._depth == 0
        if outer and begins:
            _database(life, "db.begin")
        with plain():
            yield
            if outer:
                _database(life, "db.commit")
        if outer:
            life.committed()
            life.seam("db.committed")

    return transaction


def _database(life: Life, seam: str) -> None:
    """Lets the database fail as SQLite does when another process holds it, or its disk is full; the process ends."""
    words = {"database-locked": "database is locked", "database-full": "database or disk is full"}
    fault = life.seam(seam)
    if fault is not None:
        life.failed = True
        raise sqlite3.OperationalError(words[fault])


@dataclass(slots=True)
class Line:
    """What the requests of one process pass (Watch)."""

    life: Life
    machine: Machine

    def seam(self, name: str) -> str | None:
        """A point at which the adversary may act; also where a request is about to leave (I13)."""
        if name in FAULTS and self.machine.pause:
            self.machine.ears.broken("I13", f"{name} is asked while the server wants a pause")
        return self.life.seam(name)

    def sends(self, call: Any, posted: Any, file: Any) -> None:
        """A request is about to arrive."""
        self.life.check()
        self.machine.ears.sends(call, posted, file)

    def late(self, apply: Callable[[], object]) -> None:
        """A request will arrive later."""
        self.life.watch.late(apply)

    def twice(self) -> None:
        """A submission is carried out twice."""
        self.life.watch.twice()

    def hides(self) -> None:
        """A listing may not tell what was submitted: what is in limbo may become two."""
        if self.machine.mirror is not None and self.machine.mirror.store.intents.every():
            self.life.watch.twice()

    def pauses(self, until: float) -> None:
        """The server asked for a pause."""
        self.machine.pauses(until)

    def allows(self, lie: str, itemid: int | None) -> bool:
        """Not where the engine doubts the item already, or does not know what became of its replacement: two lies about
        one item are not to be told from the truth."""
        if itemid is None or self.machine.mirror is None:
            return True
        store = self.machine.mirror.store
        told, failure = store.remote.item(itemid), store.failures.get(f"item:{itemid}")
        unknown = failure is not None and failure.error == OutcomeUnknown("").code
        allowed = told is not None and told.seen is Seen.LIVE and not unknown
        if allowed and lie == "stale-read":
            self.machine.stale.add(itemid)
        return allowed
