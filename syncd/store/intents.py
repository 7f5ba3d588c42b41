"""Requests whose outcome may be unknown (guarantees W1, I8).

Law: an intent is committed before its request is sent, and goes in the same transaction that agrees on its outcome.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from syncd.core.actions import Upload
from syncd.core.model import AtRoot, Into, Make, Target
from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class Intent:
    """A submission that was, or is about to be, sent, of the file with this inode.

    `drain`: items first told later may be its outcome. `itemid`: it was acknowledged with this id. `limbo`: its outcome
    is unknown. `drains`: complete drains since then without a match, the last at `drained_at`.
    """

    id: int
    path: str
    sha256: str
    size: int
    title: str
    target: Target
    supersedes: int | None
    at: float
    cursor: str | None
    drain: int
    itemid: int | None = None
    limbo: bool = False
    drains: int = 0
    drained_at: float | None = None
    inode: int = 0
    device: int = 0
    born_ns: int | None = None

    @property
    def identity(self) -> tuple[int, int, int | None]:
        """What stays of the file that was sent, as in `LocalFile`."""
        return self.inode, self.device, self.born_ns


_COLUMNS = (
    "id, path, sha256, size, title, target, supersedes, at, cursor, drain, itemid, limbo, drains, drained_at,"
    " inode, device, born_ns"
)


def _write_target(target: Target) -> str:
    match target:
        case Into(folder):
            return json.dumps(["into", folder])
        case Make(title, parent):
            return json.dumps(["make", title, parent])
        case AtRoot(title):
            return json.dumps(["root", title])


def _read_target(text: str) -> Target:
    kind, *rest = json.loads(text)
    match kind:
        case "into":
            return Into(*rest)
        case "make":
            return Make(*rest)
        case _:
            return AtRoot(*rest)


def _read(row: Row) -> Intent:
    intent, path, sha256, size, title, target, supersedes, at, cursor, drain, *came_of_it = row
    itemid, limbo, drains, drained_at, inode, device, born_ns = came_of_it
    return Intent(
        int(intent or 0),
        str(path),
        str(sha256),
        int(size or 0),
        str(title),
        _read_target(str(target)),
        None if supersedes is None else int(supersedes),
        float(at or 0),
        None if cursor is None else str(cursor),
        int(drain or 0),
        None if itemid is None else int(itemid),
        bool(limbo),
        int(drains or 0),
        None if drained_at is None else float(drained_at),
        int(inode or 0),
        int(device or 0),
        None if born_ns is None else int(born_ns),
    )


class Intents:
    """The open intents of a mirror; few, so they are read whole."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = f"SELECT {_COLUMNS} FROM intent ORDER BY id"
        self._open = Small(connection, "intent", query, lambda rows: [_read(row) for row in rows])

    def open(self, upload: Upload, *, at: float, cursor: str | None, drain: int) -> int:
        """Commits an intent; answers its id. The request may be sent once this has returned."""
        file, supersedes = upload.file, upload.supersedes.id if upload.supersedes else None
        content = (file.path, file.sha256, file.fingerprint.size)
        with self._connection.transaction():
            return self._connection.insert(
                "INSERT INTO intent (path, sha256, size, title, target, supersedes, at, cursor, drain, limbo,"
                " inode, device, born_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
                (*content, upload.title, _write_target(upload.target), supersedes, at, cursor, drain, *file.identity),
            )

    def every(self) -> list[Intent]:
        """All open intents, oldest first."""
        return list(self._open.content())

    def acknowledged(self, intent: int, itemid: int) -> None:
        """The submission has this id; what was to follow it is unknown."""
        self._connection.once("UPDATE intent SET itemid = ?, limbo = 1 WHERE id = ?", (itemid, intent))

    def unknown(self, intent: int) -> None:
        """The submission's outcome is unknown."""
        self._connection.once("UPDATE intent SET limbo = 1 WHERE id = ?", (intent,))

    def all_unknown(self) -> None:
        """Whatever was being sent when the last process, or the last cycle, ended is unknown now (W2)."""
        if self._connection.row("SELECT 1 FROM intent WHERE NOT limbo"):
            self._connection.once("UPDATE intent SET limbo = 1")

    def drained(self, intent: int, at: float) -> None:
        """A complete drain told nothing that could be its outcome."""
        self._connection.once("UPDATE intent SET drains = drains + 1, drained_at = ? WHERE id = ?", (at, intent))

    def close(self, intent: int) -> None:
        """Its outcome is known and recorded."""
        self._connection.run("DELETE FROM intent WHERE id = ?", (intent,))
