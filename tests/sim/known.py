"""What a machine's database knows, read beside the machine whether its process lives or not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from syncd.core.names import file_name, path_key
from tests.sim.disk import Disk
from tests.sim.shelf import SHELF
from tests.sim.spots import is_utf8

_OF_ITEMS = """
SELECT ltrim(directory || '/' || name, '/'), inode FROM agreed_item
WHERE sha256 = ?1 OR id IN (SELECT itemid FROM unanswered WHERE sha256 = ?1)
UNION ALL SELECT path, 0 FROM intent WHERE sha256 = ?1
"""
"""Where items have these bytes, agreed on or sent, and as which inode (0: not known)."""

_HOLDS = """
SELECT 1 FROM agreed_item WHERE id = ?1 AND sha256 = ?2
UNION ALL SELECT 1 FROM unanswered WHERE itemid = ?1 AND sha256 = ?2
UNION ALL SELECT 1 FROM intent WHERE sha256 = ?2
UNION ALL SELECT 1 FROM agreed_item a JOIN local_file l USING (directory, name) WHERE a.id = ?1 AND l.sha256 = ?2
"""

_NEW = """
SELECT l.name, r.title, r.extension FROM remote_item r JOIN local_file l ON l.sha256 = ?2
WHERE r.id = ?1 AND NOT EXISTS (SELECT 1 FROM agreed_item WHERE id = r.id)
"""
"""An item that is new, and the files last seen with these bytes."""

_AT = "SELECT id FROM agreed_item WHERE ltrim(directory || '/' || name, '/') = ? AND NOT superseded"

_EDITED = """
SELECT a.sha256 FROM agreed_item a JOIN local_file l USING (directory, name)
WHERE substr(ltrim(a.directory || '/' || a.name, '/') || '/', 1, length(?1) + 1) = ?1 || '/'
  AND l.sha256 <> a.sha256
  AND NOT EXISTS (SELECT 1 FROM agreed_item o WHERE o.inode = l.inode AND o.device = l.device)
"""
"""What items are agreed to hold at whose path, or below it, a new file was seen since."""


@dataclass(frozen=True, slots=True)
class Known:
    """Of one mirror: its database, and its folder."""

    _database: Path
    _folder: Path

    @property
    def is_bound(self) -> bool:
        """Whether the database knows its folder. Until then a folder without a marker is made a new mirror's, as
        interface.md says, and where another disk was is not to be told."""
        with suppress(sqlite3.DatabaseError):
            return self._database.exists() and self._finds("SELECT 1 FROM fact WHERE name = 'marker'")
        return False  # what is corrupt knows nothing

    def has_met(self) -> bool:
        """Whether both sides have met. Until then every file may be adopted as an item of its bytes (W17)."""
        return self.is_bound and self._finds("SELECT 1 FROM fact WHERE name = 'met'")

    def is_agreed(self, path: str, sha256: str, *, disk: Disk, births: bool) -> bool:
        """Whether an item is agreed to have these bytes, or was sent them and will be: there, or as the very file that
        is there. Where its own path vanished, it may be anywhere, as it "is looked for by inode, then by hash"
        (interface.md); without births always: one made anew with the item's bytes and inode is then not to be told from
        its own, renamed (W12)."""
        if not self.is_bound:
            return False
        with SHELF.reading(self._database) as reading:
            known = reading.execute(_OF_ITEMS, (sha256,)).fetchall()
        spot = self._folder / path
        inode = disk.stamp(spot.lstat().st_ino).inode if os.path.lexists(spot) else None
        return any(
            not births or where == path or own == inode or not os.path.lexists(self._folder / where)
            for where, own in known
        )

    def holds(self, itemid: int, sha256: str) -> bool:
        """Whether the item is agreed to hold these bytes, or was sent them and will be, or its file, or a new one of
        its name, was last seen with them: then both sides hold the same, whatever was made of the file since ("Equal
        bytes are never a conflict", interface.md)."""
        if not self.is_bound:
            return False
        with SHELF.reading(self._database) as reading:
            new = reading.execute(_NEW, (itemid, sha256)).fetchall()
        same = any(path_key(name) == path_key(file_name(title, extension or "")) for name, title, extension in new)
        return same or self._finds(_HOLDS, itemid, sha256)

    def item_at(self, path: str) -> int | None:
        """Which item is agreed to be at this path."""
        if not self.is_bound or not is_utf8(path):
            return None
        with SHELF.reading(self._database) as reading:
            found = reading.execute(_AT, (path,)).fetchone()
        return found[0] if found else None

    def edited(self, path: str) -> set[str]:
        """The agreed versions that go with the files at this path or below it, though their own files may be elsewhere:
        "a path that stays while its inode changes is an edit" (interface.md), and what was moved away is a new file."""
        if not self.is_bound or not is_utf8(path):
            return set()
        with SHELF.reading(self._database) as reading:
            return {str(row[0]) for row in reading.execute(_EDITED, (path,))}

    def awaits(self, sha256: str) -> bool:
        """Whether it is not known yet what became of a submission of these bytes."""
        return self.is_bound and self._finds("SELECT 1 FROM intent WHERE sha256 = ?", sha256)

    def _finds(self, query: str, *words: int | str) -> bool:
        with SHELF.reading(self._database) as reading:
            return reading.execute(query, words).fetchone() is not None
