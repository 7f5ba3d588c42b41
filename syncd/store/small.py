"""Small tables, read whole and kept in mind, and single rows: what a cycle asks for again and again costs one query.

Law: one process writes to a mirror's database, under its lock, and by one connection. A table is read again once this
connection has written to it, or has undone anything; so a table that a trigger writes to is no small one. A connection
that only reads keeps nothing in mind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from syncd.store.database import Connection, Row

Content = TypeVar("Content")
KEPT = 1000
"""So many rows are kept of one table at most."""


class Small(Generic[Content]):
    """What a query says of one small table. The content must not be changed by whoever asks."""

    def __init__(self, connection: Connection, table: str, query: str, read: Callable[[list[Row]], Content]) -> None:
        self._connection, self._table, self._query, self._read = connection, table, query, read
        self._state: tuple[int, int] | None = None

    _content: Content

    def content(self) -> Content:
        """As it is now."""
        state = self._connection.state_of(self._table)
        if state is None or state != self._state:
            self._content = self._read(self._connection.rows(self._query))
            self._state = state
        return self._content

    def in_mind(self) -> Content | None:
        """The same if it need not be read for that, else None; for who wants one row only."""
        state = self._connection.state_of(self._table)
        return self._content if state is not None and state == self._state else None


class Kept(Generic[Content]):
    """Single rows of a table that is seldom written to, by id; `read` asks for one."""

    def __init__(self, connection: Connection, table: str, read: Callable[[int], Content]) -> None:
        self._connection, self._table, self._read = connection, table, read
        self._state: tuple[int, int] | None = None
        self._rows: dict[int, Content] = {}

    def one(self, key: int) -> Content:
        """As it is now."""
        state = self._connection.state_of(self._table)
        if state is None or state != self._state or len(self._rows) >= KEPT:
            self._rows, self._state = {}, state
        if key not in self._rows:
            self._rows[key] = self._read(key)
        return self._rows[key]
