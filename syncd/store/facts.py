"""Single facts about a mirror: whose it is, where the delta stands, and the account's back-off."""

from __future__ import annotations

from syncd.store.database import Connection
from syncd.store.small import Small


class Facts:
    """Named strings. Writing the value that is there already writes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = "SELECT name, value FROM fact"
        self._all = Small(connection, "fact", query, lambda rows: {str(name): str(value) for name, value in rows})

    def get(self, name: str) -> str | None:
        """The fact, or None."""
        return self._all.content().get(name)

    def put(self, name: str, value: str) -> None:
        """States the fact, durably."""
        if self.get(name) != value:
            self._connection.once(
                "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
            )

    def drop(self, name: str) -> None:
        """Forgets the fact."""
        if self.get(name) is not None:
            self._connection.once("DELETE FROM fact WHERE name = ?", (name,))

    def number(self, name: str) -> int:
        """The fact as a whole number; 0 if it was never stated."""
        return int(self.get(name) or 0)
