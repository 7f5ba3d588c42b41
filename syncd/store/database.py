"""One connection and its transactions.

Law: one thread at a time uses it, the engine thread of the mirror; every write happens in `transaction`, which nests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlite_utils import Database

Value = str | int | float | None
Row = tuple[Value, ...]


_OUTER = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_INNER = ("SAVEPOINT inner_{0}", "RELEASE inner_{0}", ("ROLLBACK TO inner_{0}", "RELEASE inner_{0}"))


class Connection:
    """Typed access to a database opened by `schema.open_database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes durable at once, or nothing does. An inner one is undone by itself if it fails, and
        becomes durable with the outermost."""
        begin, commit, undo = _OUTER if self._depth == 0 else _INNER
        self._database.execute(begin.format(self._depth))
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            for statement in undo:
                self._database.execute(statement.format(self._depth))
            raise
        self._depth -= 1
        self._database.execute(commit.format(self._depth))

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Executes one statement; answers how many rows it changed."""
        return int(self._database.execute(sql, tuple(parameters)).rowcount)

    def insert(self, sql: str, parameters: Sequence[Value]) -> int:
        """Executes one INSERT; answers the new row's id."""
        return int(self._database.execute(sql, tuple(parameters)).lastrowid or 0)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Executes one statement for each row of parameters."""
        self._database.conn.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query."""
        return list(self._database.execute(sql, tuple(parameters)).fetchall())

    def each(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        """The rows of a query, one by one; nothing may be written meanwhile."""
        yield from self._database.execute(sql, tuple(parameters))

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self._database.execute(sql, tuple(parameters)).fetchone()
        return tuple(found) if found is not None else None

    def number(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """The first column of the first row, as a number; 0 for none."""
        row = self.row(sql, parameters)
        return int(row[0] or 0) if row else 0

    @property
    def total_changes(self) -> int:
        """How many rows this connection changed so far."""
        return self._database.conn.total_changes

    def close(self) -> None:
        """Closes the connection; safe to call twice."""
        self._database.close()
