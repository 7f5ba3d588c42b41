"""One process: it lives until it is killed, is told to end, or its database fails; its transactions are seams."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from syncd.store.database import Connection
from tests.sim.memory import Watch


class Crash(BaseException):
    """The process was killed."""


@dataclass(slots=True)
class Life:
    """One process. Whatever a dead one still tries, even much later (a generator that is closed), is stopped."""

    watch: Watch
    dead: bool = False
    ending: bool = False
    failed: bool = False
    """The database could not be written."""

    def check(self) -> None:
        """Raises Crash unless the process lives."""
        if self.dead:
            raise Crash

    def seam(self, name: str) -> str | None:
        """A point at which the adversary may act."""
        self.check()
        return self.watch.seam(name)

    def passed(self, point: str) -> None:
        """The same, where nothing can fail by itself."""
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
            life.seam("db.committed")

    return transaction


def _database(life: Life, seam: str) -> None:
    """Lets the database fail as SQLite does when another process holds it, or its disk is full; the process ends."""
    words = {"database-locked": "database is locked", "database-full": "database or disk is full"}
    fault = life.seam(seam)
    if fault is not None:
        life.failed = True
        raise sqlite3.OperationalError(words[fault])
