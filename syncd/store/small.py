"""Small tables, read whole and kept in mind: what a cycle asks for again and again costs one query, not one each time.

Law: one process writes to a mirror's database, under its lock, and by one connection. A table is read again once this
connection has written to it, or has undone anything; so a table that a trigger writes to is no small one. A connection
that only reads keeps nothing in mind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from syncd.store.database import Connection, Row

Content = TypeVar("Content")


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
