"""Submissions whose answer was lost, and the twins that they made when they were applied late (guarantees W1).

Law: a lost submission is remembered in the transaction that closes its intent; a twin is an item of nobody's that
holds its bytes, and is one until a person says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class Lost:
    """A submission that may still be applied: these bytes, as an item first told after `drain`. `at`: Unix seconds."""

    sha256: str
    size: int
    drain: int
    at: float


def _lost(row: Row) -> Lost:
    sha256, size, drain, at = row
    return Lost(str(sha256), int(size or 0), int(drain or 0), float(at or 0))


class Twins:
    """What a mirror remembers of submissions that were lost."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        lost = "SELECT sha256, size, drain, at FROM lost WHERE NOT refused ORDER BY id"
        self._lost = Small(connection, "lost", lost, lambda rows: [_lost(row) for row in rows])

    def lose(self, lost: Lost, *, refused: bool) -> None:
        """Remembers a submission whose intent is being closed. `refused`: by a person, who will not have it sent
        again."""
        self._connection.run(
            "INSERT INTO lost (sha256, size, drain, at, refused) VALUES (?, ?, ?, ?, ?)",
            (lost.sha256, lost.size, lost.drain, lost.at, int(refused)),
        )

    def lost(self) -> list[Lost]:
        """All submissions that may still be applied; few, so they are read whole."""
        return list(self._lost.content())

    def is_refused(self, sha256: str) -> bool:
        """Whether a person said that these bytes must not be sent again."""
        return self._connection.row("SELECT 1 FROM lost WHERE sha256 = ? AND refused", (sha256,)) is not None

    def expire(self, before: float) -> None:
        """What was lost before then is applied no more."""
        if any(lost.at < before for lost in self._lost.content()):
            self._connection.once("DELETE FROM lost WHERE at < ? AND NOT refused", (before,))

    def recognise(self, itemid: int, sha256: str) -> None:
        """States that this item is a twin."""
        with self._connection.transaction():
            self._connection.run("INSERT OR REPLACE INTO twin VALUES (?, ?)", (itemid, sha256))
            self._connection.run("INSERT OR IGNORE INTO changed_item VALUES (?)", (itemid,))

    def every(self) -> dict[int, str]:
        """The twins, and their bytes; few, so they are read whole."""
        rows = self._connection.rows("SELECT itemid, sha256 FROM twin")
        return {int(itemid or 0): str(sha256) for itemid, sha256 in rows}
