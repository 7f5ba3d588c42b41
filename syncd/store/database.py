"""One connection and its transactions.

Law: one thread at a time uses it, the engine thread of the mirror; every write happens in `transaction`, which nests.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from syncd.core.errors import DatabaseFailed, SyncdError
from syncd.store.failures import failed

Value = str | int | float | None
Row = tuple[Value, ...]


_OUTER = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_INNER = ("SAVEPOINT inner_{0}", "RELEASE inner_{0}", ("ROLLBACK TO inner_{0}", "RELEASE inner_{0}"))


_WRITES = re.compile(r"\s*(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM) (\w+)")


@lru_cache(maxsize=1024)
def _table(sql: str) -> str:
    """The table that a statement writes to; "" for none."""
    found = _WRITES.match(sql)
    return found[1] if found else ""


class Connection:
    """Typed access to a database opened by `schema.open_database`. What SQLite cannot do is an error of core."""

    def __init__(self, database: sqlite3.Connection, *, alone: bool = True) -> None:
        """`alone`: nobody else writes to the database while this connection is open."""
        self._database = database
        self._alone = alone
        self._written: Counter[str] = Counter()
        self._undoings = 0
        self._depth = 0
        self._undone: SyncdError | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes durable at once, or nothing does. An inner one is undone by itself if it fails, and
        becomes durable with the outermost. DatabaseFailed if it cannot be."""
        begin, commit, undo = _OUTER if self._depth == 0 else _INNER
        self._execute(begin.format(self._depth))
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._undo(undo)
            raise
        try:
            self._execute(commit.format(self._depth - 1))
        except BaseException:
            self._depth -= 1
            self._undo(undo)
            raise
        self._depth -= 1

    def once(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """One statement as a transaction, as a failing one leaves nothing behind; answers how many rows it changed."""
        if self._depth:
            return self.run(sql, parameters)
        with self.transaction():
            return self.run(sql, parameters)

    def _undo(self, statements: Sequence[str]) -> None:
        """Undoes what was begun, unless SQLite did so already: a full disk undoes the whole transaction."""
        self._undoings += 1
        for statement in statements if self._database.in_transaction else ():
            self._execute(statement.format(self._depth))

    def _execute(self, sql: str, parameters: Sequence[Value] = ()) -> sqlite3.Cursor:
        connection = self._database
        if self._depth and not connection.in_transaction:  # SQLite undid it: nothing may be written by itself
            raise self._undone or DatabaseFailed("the mirror's database has undone what was being written")
        try:
            return connection.execute(sql, parameters)
        except sqlite3.Error as error:
            self._undone = failed(error)
            self._undoings += 1
            raise self._undone or error from error

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Executes one statement; answers how many rows it changed."""
        self._written[_table(sql)] += 1
        return self._execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Sequence[Value]) -> int:
        """Executes one INSERT; answers the new row's id."""
        self._written[_table(sql)] += 1
        return int(self._execute(sql, parameters).lastrowid or 0)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Executes one statement for each row of parameters."""
        self._written[_table(sql)] += 1
        try:
            self._database.executemany(sql, rows)
        except sqlite3.Error as error:
            raise failed(error) or error from error

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query."""
        cursor = self._execute(sql, parameters)
        try:
            return cursor.fetchall()
        except sqlite3.Error as error:
            raise failed(error) or error from error

    def each(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        """The rows of a query, one by one; nothing may be written meanwhile."""
        try:
            yield from self._execute(sql, parameters)
        except sqlite3.Error as error:
            raise failed(error) or error from error

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, or None."""
        cursor = self._execute(sql, parameters)
        try:
            found: Row | None = cursor.fetchone()
        except sqlite3.Error as error:
            raise failed(error) or error from error
        return found

    def number(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """The first column of the first row, as a number; 0 for none."""
        row = self.row(sql, parameters)
        return int(row[0] or 0) if row else 0

    def state_of(self, table: str) -> tuple[int, int] | None:
        """Equal answers mean that nothing has changed in the table between (what triggers write does not count); None
        if others may change it."""
        return (self._undoings, self._written.get(table, 0)) if self._alone else None

    @property
    def total_changes(self) -> int:
        """How many rows this connection changed so far."""
        return self._database.total_changes

    def close(self) -> None:
        """Closes the connection; safe to call twice."""
        self._database.close()
