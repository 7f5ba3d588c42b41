"""What differs between the three observations: found by index, never by scanning.

Law: the database itself marks what a write may have made different (migrations/0001); here the marks are turned into
states, and taken away once a plan had nothing to say about them. Marks are no work to do: a true-up can set all of
them anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Protocol

from syncd.core import names
from syncd.core.model import Agreed, LocalFile
from syncd.core.state import Owner, State
from syncd.store.agreed_tree import AGREED_COLUMNS, AGREED_COUNT, AgreedTree, read_agreed
from syncd.store.database import Connection, Row
from syncd.store.local_tree import FILE_COLUMNS, LocalTree, read_file
from syncd.store.rows import PLACED, read_placed

_CHANGED_AGREED = """
WITH RECURSIVE concerned (id) AS (
  SELECT c.id FROM changed_item c CROSS JOIN agreed_item a ON a.id = c.id
  UNION SELECT a.id FROM changed_path c CROSS JOIN agreed_item a ON a.directory = c.directory AND a.name = c.name
  UNION SELECT o.id FROM changed_path c CROSS JOIN local_file l ON l.directory = c.directory AND l.name = c.name
    CROSS JOIN agreed_item o ON o.inode = l.inode AND o.device = l.device
  UNION SELECT o.id FROM placing p CROSS JOIN agreed_item o ON o.id = p.itemid
    CROSS JOIN local_file l ON l.inode = p.inode AND l.device = p.device
    CROSS JOIN changed_path c ON c.directory = l.directory AND c.name = l.name
  UNION SELECT o.id FROM concerned c CROSS JOIN agreed_item a ON a.id = c.id
    CROSS JOIN agreed_item o ON o.directory = a.directory AND o.name = a.name
  UNION SELECT o.id FROM concerned c CROSS JOIN agreed_item a ON a.id = c.id
    CROSS JOIN local_file l ON l.directory = a.directory AND l.name = a.name
    CROSS JOIN agreed_item o ON o.inode = l.inode AND o.device = l.device
)
SELECT id FROM concerned
"""
# (Beside what changed: whoever is agreed to have the path, or the very file that is there now, as in a swap of names,
# or for whom that file was being placed, and so on from there. CROSS JOIN keeps SQLite from beginning with the large
# table: it keeps no statistics.)
_ARRIVALS = """
SELECT id FROM changed_item WHERE id > ? AND id NOT IN (SELECT id FROM agreed_item)
AND EXISTS (SELECT 1 FROM remote_item r WHERE r.id = changed_item.id) ORDER BY id LIMIT ?
"""
_FILE = ", ".join(f"l.{name}" for name in FILE_COLUMNS.split(", "))
_AGREED = ", ".join(f"a.{name.strip()}" for name in AGREED_COLUMNS.split(","))
_STATES = f"""
SELECT {PLACED}, r.stale, {_AGREED}, {_FILE}
FROM (%s) c
LEFT JOIN agreed_item a ON a.id = c.id
LEFT JOIN remote_item r ON r.id = c.id
LEFT JOIN remote_folder f ON f.id = r.folder
LEFT JOIN local_file l ON l.directory = a.directory AND l.name = a.name
"""
_FRESH = f"""
SELECT {_FILE} FROM changed_path c
CROSS JOIN local_file l ON l.directory = c.directory AND l.name = c.name
WHERE NOT EXISTS (SELECT 1 FROM agreed_item a WHERE a.directory = c.directory AND a.name = c.name AND NOT a.superseded)
"""
_DROP_EMPTY_ITEMS = """
DELETE FROM changed_item WHERE id NOT IN (SELECT id FROM remote_item) AND id NOT IN (SELECT id FROM agreed_item)
"""
_DROP_EMPTY_PATHS = """
DELETE FROM changed_path WHERE NOT EXISTS
  (SELECT 1 FROM local_file l WHERE l.directory = changed_path.directory AND l.name = changed_path.name)
AND NOT EXISTS
  (SELECT 1 FROM agreed_item a WHERE a.directory = changed_path.directory AND a.name = changed_path.name)
"""


class Veil(Protocol):
    """What the eyes know: of which paths nothing may be concluded yet."""

    def hides(self, path: str) -> bool:
        """The path, or a directory above it, is not quiet or vanished only a moment ago."""
        ...

    def in_motion(self, device: int, inode: int, size: int) -> bool:
        """A vanished file may be one of those that are not quiet yet, under another name."""
        ...


class States:
    """Turns what changed into states for the planner."""

    def __init__(self, connection: Connection, agreed: AgreedTree, local: LocalTree) -> None:
        self._connection = connection
        self._agreed = agreed
        self._local = local

    def changed(self, veil: Veil, *, after: int = 0, most: int = -1) -> tuple[list[State], int | None]:
        """The items and files that may differ. Of items that are new there, at most `most` (-1: all), with ids beyond
        `after`; the second answer is where to go on for more of them, None if these were the last."""
        arrivals = self._connection.rows(_STATES % _ARRIVALS, (after, most))
        rows = self._connection.rows(_STATES % _CHANGED_AGREED) + arrivals
        states = [state for row in rows if (state := self._state(row, veil))]
        is_hidden = cache(self._local.is_hidden)
        for file in map(read_file, self._connection.rows(_FRESH)):
            hidden = veil.hides(file.path) or is_hidden(names.parent_of(file.path))
            states.append(State(local=file, hidden=hidden))
        return states, int(arrivals[-1][0] or 0) if len(arrivals) == most else None

    def any_fresh(self) -> bool:
        """Whether there are files that are new here."""
        return self._connection.row(_FRESH + "LIMIT 1") is not None

    def one(self, itemid: int, veil: Veil) -> State | None:
        """One item's state, changed or not; for `why`."""
        row = self._connection.row(_STATES % "SELECT ? AS id", (itemid,))
        return self._state(row, veil) if row else None

    def _state(self, row: Row, veil: Veil) -> State | None:
        remote = read_placed(row) if row[0] is not None and not row[14] else None
        agreed = read_agreed(row[15:]) if row[15] is not None else None
        at = 15 + AGREED_COUNT
        local = read_file(row[at:]) if row[at] is not None and agreed and not agreed.superseded else None
        if agreed is None and remote is None:
            return None
        if agreed is not None and self._local.is_hidden(agreed.path):
            return State(agreed, None, remote, hidden=True)
        return State(agreed, local, remote, hidden=agreed is not None and self._is_hidden(agreed, local, veil))

    def _is_hidden(self, agreed: Agreed, local: LocalFile | None, veil: Veil) -> bool:
        if veil.hides(agreed.path):
            return True
        now = local and (local.fingerprint.device, local.fingerprint.inode)
        elsewhere = now != (agreed.device, agreed.inode)
        size = agreed.size if local is None else -1  # what is there instead may well be the whole story
        return elsewhere and veil.in_motion(agreed.device, agreed.inode, size)

    def unsure(self) -> list[int]:
        """Agreed items that vanished and are not looked up yet, also those about which a plan had nothing to say: their
        file was left alone, say."""
        rows = self._connection.rows(
            "SELECT r.id FROM remote_item r CROSS JOIN agreed_item a ON a.id = r.id WHERE r.seen = 'unsure'"
        )
        return [int(row[0] or 0) for row in rows]

    def settle(self, states: Iterable[State], unsettled: Iterable[int] = ()) -> None:
        """Takes the marks away from these, about which a plan had nothing to say, and from what is no more. Items that
        are `unsettled` get marks of their own: they may have been seen for those of others only."""
        if not self.any_changed():
            return
        items, paths = [], []
        for state in states:
            itemid = state.agreed.id if state.agreed else state.remote.item.id if state.remote else None
            items += [(itemid,)] if itemid is not None else []
            spots = {state.local.path if state.local else None, state.agreed.path if state.agreed else None} - {None}
            paths += [(names.parent_of(str(spot)), names.name_of(str(spot))) for spot in spots]
        with self._connection.transaction():
            self._connection.run_many("INSERT OR IGNORE INTO changed_item VALUES (?)", [(id_,) for id_ in unsettled])
            self._connection.run_many("DELETE FROM changed_item WHERE id = ?", items)
            self._connection.run_many("DELETE FROM changed_path WHERE directory = ? AND name = ?", paths)
            self._connection.run(_DROP_EMPTY_ITEMS)
            self._connection.run(_DROP_EMPTY_PATHS)

    def any_changed(self) -> bool:
        """Whether anything is marked."""
        return any(
            self._connection.row(f"SELECT 1 FROM {table} LIMIT 1")
            for table in ("changed_item", "changed_path", "changed_folder")
        )

    def mark_all(self) -> None:
        """Marks everything, so that the next plan sees it (a true-up; other rules or another direction)."""
        with self._connection.transaction():
            for table, source in (
                ("changed_item", "SELECT id FROM remote_item UNION SELECT id FROM agreed_item"),
                ("changed_folder", "SELECT id FROM remote_folder UNION SELECT id FROM agreed_folder"),
                ("changed_path", "SELECT directory, name FROM local_file"),
            ):
                self._connection.run(f"INSERT OR IGNORE INTO {table} {source}")

    def owner(self, path: str) -> Owner | None:
        """Who has this name, or an equal one, in its directory; an item keeps the name of its file that is missing."""
        found = self._local.occupied(path)
        if found is None:
            missed = self._agreed.at(path)
            return Owner(missed.id, None) if missed else None
        agreed = self._agreed.at(found) if self._local.directory(found) is None else None  # a directory is nobody's
        return Owner(agreed.id if agreed else None, None if agreed else self._local.file(found))
