"""What a drain has told so far, before it is taken over.

Law: it lies in temporary tables, so that a crash, or a drain that is abandoned, leaves nothing of it. Of an item that
is told as it is known already, only its id is kept: a complete listing of what did not change costs little more than
reading it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from syncd.core.model import Entry, Folder, FolderGone, Item, ItemGone
from syncd.core.names import is_automatic
from syncd.store.database import Connection, Row
from syncd.store.rows import ITEM_COLUMNS, item_values

LIVE, GONE, AS_KNOWN = range(3)
"""How a row of `told_item` was told; one that is as known has nothing but its id."""

_TABLES = (
    f"CREATE TEMP TABLE IF NOT EXISTS told_item (how, {ITEM_COLUMNS.replace('id', 'id INTEGER PRIMARY KEY', 1)})",
    "CREATE TEMP TABLE IF NOT EXISTS told_folder (gone, id INTEGER PRIMARY KEY, title, parent, listed, automatic)",
)
_COLUMNS = ITEM_COLUMNS.count(",") + 1
_EMPTY = (None,) * (_COLUMNS - 1)
_PUT_ITEM = f"INSERT OR REPLACE INTO told_item VALUES ({', '.join('?' * (_COLUMNS + 1))})"
_PUT_KNOWN = f"INSERT OR REPLACE INTO told_item (how, id) VALUES ({AS_KNOWN}, ?)"
_PUT_FOLDER = "INSERT OR REPLACE INTO told_folder VALUES (?, ?, ?, ?, ?, ?)"
_KNOWN = f"""
SELECT {LIVE}, {ITEM_COLUMNS} FROM remote_item
WHERE id IN (SELECT value FROM json_each(?)) AND seen = 'live' AND NOT stale AND version IS NOT NULL
"""


class Told:
    """The entries of the drain that is under way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._prepared = False
        self.anything = False
        """Whether there are entries."""

    def prepare(self) -> None:
        """Makes the tables, unless they are there."""
        if not self._prepared:
            for statement in _TABLES:
                self._connection.run(statement)
            self._prepared = True

    def clear(self) -> None:
        """Forgets all entries."""
        if self.anything:
            self._connection.run("DELETE FROM told_item")
            self._connection.run("DELETE FROM told_folder")
        self.anything = False

    def has_folder(self, folder: int) -> bool:
        """Whether the folder was told as one that is there."""
        asked = "SELECT 1 FROM told_folder WHERE id = ? AND NOT gone"
        return self.anything and self._connection.row(asked, (folder,)) is not None

    def add(self, entries: Iterable[Entry]) -> None:
        """Adds a page's entries; a later entry of an id replaces an earlier one (W20)."""
        items: dict[int, Row] = {}
        folders: list[Row] = []
        for entry in entries:
            match entry:
                case Item():
                    items[entry.id] = (LIVE, *item_values(entry))
                case ItemGone():
                    items[entry.id] = (GONE, entry.id, *_EMPTY)
                case Folder():
                    automatic = int(is_automatic(entry.title))
                    folders.append((0, entry.id, entry.title, entry.parent, int(entry.listed), automatic))
                case FolderGone():
                    folders.append((1, entry.id, None, None, None, None))
        if not items and not folders:
            return
        self.prepare()
        self.anything = True
        with self._connection.transaction():
            known = self._known(items)
            self._connection.run_many(_PUT_KNOWN, [(itemid,) for itemid in known])
            rows = (row for itemid, row in items.items() if itemid not in known)
            self._connection.run_many(_PUT_ITEM, rows)
            self._connection.run_many(_PUT_FOLDER, folders)

    def _known(self, items: Mapping[int, Row]) -> set[int]:
        """The items that are told as they are known."""
        found = self._connection.rows(_KNOWN, (json.dumps(list(items)),)) if items else []
        return {itemid for row in found if items[itemid := int(row[1] or 0)] == row}
