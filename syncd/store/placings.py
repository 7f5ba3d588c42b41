"""What was about to become visible, so that a crash between the rename and its commit doubles nothing (I19): an item's
download and, under its id below zero, the copy that its conflict makes of the local bytes.

Law: a trace is committed before the rename, and goes in the transaction that records what came of it.
"""

from __future__ import annotations

from syncd.store.database import Connection, Row
from syncd.store.small import Small


class Placings:
    """The traces of a mirror; few, as each lasts for one placing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._all = Small(connection, "placing", "SELECT device, inode, sha256, itemid FROM placing", _traces)

    def begin(self, itemid: int, staged: tuple[int, int], sha256: str) -> None:
        """The staged file of this inode and device is about to become the item's, and will be known again by them.
        Repeatable."""
        self._connection.run("INSERT OR REPLACE INTO placing VALUES (?, ?, ?, ?)", (itemid, *staged, sha256))

    def end(self, itemid: int, file: tuple[int, int, str] = (0, 0, "")) -> None:
        """The file is agreed on; so this `file` (device, inode, SHA-256) is no other item's."""
        query = "DELETE FROM placing WHERE itemid = ? OR (itemid > 0 AND device = ? AND inode = ? AND sha256 = ?)"
        self._connection.run(query, (itemid, *file))

    def every(self) -> dict[tuple[int, int, str], int]:
        """The items of all traces, by device, inode and SHA-256 of the file."""
        return dict(self._all.content())


def _traces(rows: list[Row]) -> dict[tuple[int, int, str], int]:
    return {(int(d or 0), int(i or 0), str(s)): int(item or 0) for d, i, s, item in rows}
