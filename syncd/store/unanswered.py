"""Replacements to which no answer came: what the item may hold by now (W3).

Law: it says only what an item's bytes are, should the remote be found to have them: ours, sent from the file, which may
have moved on since. That is no change of somebody else's.
"""

from __future__ import annotations

from syncd.store.database import Connection
from syncd.store.small import Small


class Unanswered:
    """The SHA-256 last sent to each such item; few, as each lasts until the item is agreed on again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = "SELECT itemid, sha256 FROM unanswered"
        self._all = Small(connection, "unanswered", query, lambda rows: {int(i or 0): str(s) for i, s in rows})

    def add(self, itemid: int, sha256: str) -> None:
        """These bytes were sent to the item. Repeatable."""
        self._connection.run("INSERT OR REPLACE INTO unanswered (itemid, sha256) VALUES (?, ?)", (itemid, sha256))

    def end(self, itemid: int) -> None:
        """What the item holds is known."""
        if itemid in self._all.content():
            self._connection.run("DELETE FROM unanswered WHERE itemid = ?", (itemid,))

    def sha256(self, itemid: int) -> str | None:
        """What the item may hold; None if every replacement of it was answered."""
        return self._all.content().get(itemid)
