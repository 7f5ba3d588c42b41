"""What was about to become visible, so that a crash between the rename and its commit doubles nothing (I19): an item's
download and, under its id below zero, the copy that its conflict makes of the local bytes.

Law: a trace is committed before the rename, and goes in the transaction that records what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.model import Agreed, LocalFile
from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class Trace:
    """Whose bytes were placed (`itemid`; below zero: those of the copy in its conflict), and as which file: its inode,
    device, time of birth (Unix nanoseconds, None where the disk tells none) and SHA-256."""

    itemid: int
    inode: int
    device: int
    born_ns: int | None
    sha256: str

    def is_of(self, file: LocalFile) -> bool:
        """Whether this is the file, wherever it is; whatever it holds by now, but for a copy: an edited one is none."""
        if (file.fingerprint.inode, file.fingerprint.device) != (self.inode, self.device):
            return False
        if self.itemid < 0 or self.born_ns is None or file.born_ns is None:
            return file.sha256 == self.sha256
        return file.born_ns == self.born_ns


_END = """
DELETE FROM placing WHERE itemid = ?1 OR (itemid > 0 AND inode = ?2 AND device = ?3
  AND CASE WHEN born_ns IS NULL OR ?4 IS NULL THEN sha256 = ?5 ELSE born_ns = ?4 END)
"""


class Placings:
    """The traces of a mirror; few, as each lasts for one placing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._all = Small(connection, "placing", "SELECT itemid, inode, device, born_ns, sha256 FROM placing", _traces)

    def begin(self, itemid: int, staged: tuple[int, int, int | None], sha256: str) -> None:
        """The staged file (inode, device, time of birth) is about to become the item's, and will be known again by
        that. Repeatable."""
        query = "INSERT OR REPLACE INTO placing (itemid, inode, device, born_ns, sha256) VALUES (?, ?, ?, ?, ?)"
        self._connection.run(query, (itemid, *staged, sha256))

    def end(self, itemid: int) -> None:
        """Nothing is to be known again by the item's trace any more."""
        self._connection.run("DELETE FROM placing WHERE itemid = ?", (itemid,))

    def agreed(self, agreed: Agreed) -> None:
        """What was placed is agreed on; so the file of that row is no other item's."""
        self._connection.run(_END, (agreed.id, agreed.inode, agreed.device, agreed.born_ns, agreed.sha256))

    def every(self) -> tuple[Trace, ...]:
        """All traces."""
        return self._all.content()


def _traces(rows: list[Row]) -> tuple[Trace, ...]:
    return tuple(
        Trace(int(item or 0), int(i or 0), int(d or 0), None if born is None else int(born), str(s))
        for item, i, d, born, s in rows
    )
