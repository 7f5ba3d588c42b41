"""What the remote last told: items and folders, taken over drain by drain.

Law: a drain is staged first and applied whole, in one transaction with its cursor (I10). A steady epoch replaces the
whole observation at once; what is absent from it becomes *unsure*, never deleted. Telling what is known already
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from syncd.core.model import Entry, Folder, Item
from syncd.core.names import is_automatic
from syncd.core.state import RemoteItem, Seen
from syncd.store.database import Connection
from syncd.store.facts import Facts
from syncd.store.rows import ITEM_COLUMNS, PLACE, PLACED, PLACED_FROM, item_values, read_item, read_placed
from syncd.store.told import GONE, LIVE, Told

# A sighting without a stable version means "look": what was known of its bytes no longer counts. Unless it is the echo
# of our own write, told with the very title and place that were agreed: then it counts until it is proven (W25).
_APPLY_ITEMS = f"""
INSERT INTO remote_item ({ITEM_COLUMNS}, seen, appeared)
SELECT {ITEM_COLUMNS}, 'live', ? FROM told_item WHERE how = {LIVE}
ON CONFLICT (id) DO UPDATE SET
  title = excluded.title, folder = excluded.folder, version = excluded.version,
  extension = coalesce(excluded.extension, remote_item.extension), size = excluded.size, text = excluded.text,
  comments = excluded.comments, keywords = excluded.keywords, original_url = excluded.original_url,
  created = excluded.created, seen = 'live', stale = 0,
  sha256 = CASE WHEN excluded.version IS NOT NULL AND excluded.version IS remote_item.version THEN remote_item.sha256
  END
WHERE remote_item.title IS NOT excluded.title OR remote_item.folder IS NOT excluded.folder
  OR remote_item.version IS NOT excluded.version OR excluded.version IS NULL OR remote_item.stale
  OR remote_item.seen <> 'live' OR remote_item.size IS NOT excluded.size OR remote_item.comments IS NOT
  excluded.comments OR remote_item.keywords IS NOT excluded.keywords OR remote_item.original_url IS NOT
  excluded.original_url OR (excluded.extension IS NOT NULL AND remote_item.extension IS NOT excluded.extension)
"""
_APPLY_FOLDERS = """
INSERT INTO remote_folder (id, title, parent, listed, automatic, appeared)
SELECT id, title, parent, listed, automatic, ? FROM told_folder WHERE NOT gone
ON CONFLICT (id) DO UPDATE SET
  title = excluded.title, parent = excluded.parent, listed = excluded.listed, automatic = excluded.automatic,
  appeared = CASE WHEN remote_folder.listed THEN remote_folder.appeared ELSE excluded.appeared END
WHERE remote_folder.title IS NOT excluded.title OR remote_folder.parent IS NOT excluded.parent
  OR remote_folder.listed IS NOT excluded.listed
"""
_ECHOES = f"""
UPDATE remote_item SET sha256 = (SELECT a.sha256 FROM agreed_item a WHERE a.id = remote_item.id)
WHERE version IS NULL AND sha256 IS NULL AND id IN (
  SELECT a.id FROM agreed_item a CROSS JOIN told_item t ON t.id = a.id
  CROSS JOIN remote_item r ON r.id = a.id LEFT JOIN remote_folder f ON f.id = r.folder
  WHERE a.echo = 1 AND a.version IS NULL AND t.how = {LIVE} AND t.title = a.title AND {PLACE} IS a.folder)
"""
_HEARD = f"""
UPDATE agreed_item SET echo = 0
WHERE echo = 1 AND EXISTS (SELECT 1 FROM told_item t WHERE t.id = agreed_item.id AND t.how <> {GONE})
"""
_GONE = f"SELECT id FROM told_item WHERE how = {GONE}"
_TOLD = f"SELECT id FROM told_item WHERE how <> {GONE}"
_PASSING = "SELECT id FROM remote_item WHERE appeared >= {} EXCEPT SELECT id FROM told_item"


class RemoteTree:
    """The remote observation of a mirror."""

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self._connection = connection
        self._facts = facts
        self._told = Told(connection)

    # --- a drain

    def knows_folder(self, folder: int) -> bool:
        """Whether the folder was told as a listed entry, in this drain or before."""
        if self._told.has_folder(folder):
            return True
        return self._connection.row("SELECT 1 FROM remote_folder WHERE id = ? AND listed", (folder,)) is not None

    def begin(self) -> None:
        """Forgets whatever is staged."""
        self._told.clear()

    def stage(self, entries: Iterable[Entry]) -> None:
        """Adds a page's entries to what is staged; a later entry of an id replaces an earlier one (W20)."""
        self._told.add(entries)

    def apply(self, *, cursor: str | None, whole: bool, steady: bool = True) -> bool:
        """Takes the staged drain over. `cursor`: the one to go on from, or None to keep the stored one. `whole`: it was
        a steady epoch, so what it did not tell is absent. `steady`: all pages named this cursor. Answers whether
        anything was told or the cursor moved."""
        passing = cursor is not None and self._facts.get("unsteady") is not None
        if not self._told.anything and not whole and not passing and cursor in {None, self.cursor}:
            return False
        self._told.prepare()
        with self._connection.transaction():
            drain = self.drain + 1
            self._facts.put("drain", str(drain))
            self._take_over(drain)
            if cursor is None:
                self._facts.put("unsteady", self._facts.get("unsteady") or str(drain))
            else:
                self._end_unsteady(told_all=steady)
            if whole:
                self._withdraw(f"SELECT id FROM remote_item UNION SELECT id FROM agreed_item EXCEPT {_TOLD}")
                self._connection.run(
                    "DELETE FROM remote_folder WHERE listed AND id NOT IN (SELECT id FROM told_folder WHERE NOT gone)"
                )
            if cursor is not None:
                self._facts.put("cursor", cursor)
        self.begin()
        return True

    def _take_over(self, drain: int) -> None:
        run = self._connection.run
        run(_APPLY_FOLDERS, (drain,))
        run("DELETE FROM remote_folder WHERE id IN (SELECT id FROM told_folder WHERE gone)")
        run(_APPLY_ITEMS, (drain,))
        self._withdraw(_GONE)
        run(_ECHOES)
        run(_HEARD)
        run("UPDATE remote_item SET stale = 0 WHERE stale AND folder IN (SELECT id FROM told_folder WHERE NOT gone)")

    def _end_unsteady(self, *, told_all: bool) -> None:
        """Agreed items that appeared in drains that did not move the cursor, and are not told by the one that does, are
        unsure: if they never were there for this cursor, no tombstone tells of them. Of others see `passing`."""
        first = self._facts.number("unsteady")
        if first and told_all:
            self._withdraw(f"{_PASSING.format(first)} INTERSECT SELECT id FROM agreed_item")
        self._facts.drop("unsteady")

    def passing(self) -> tuple[list[int], list[int]]:
        """The items, of which nothing is agreed, and the folders that drains which did not move the cursor told first,
        and what is staged does not tell. If they have gone since, no tombstone need tell of it; if they were there
        before the cursor, no entry need. Before `apply`."""
        first = self._facts.number("unsteady")
        if not first:
            return [], []
        self._told.prepare()
        nobodys = self._connection.rows(f"{_PASSING.format(first)} EXCEPT SELECT id FROM agreed_item")
        asked = "SELECT id FROM remote_folder WHERE listed AND appeared >= ? EXCEPT SELECT id FROM told_folder"
        folders = self._connection.rows(asked, (first,))
        return [int(row[0] or 0) for row in nobodys], [int(row[0] or 0) for row in folders]

    def _withdraw(self, ids: str) -> None:
        """Marks agreed items as unsure, and forgets others: they are to be looked up before anything is concluded
        (W24)."""
        run = self._connection.run
        run(f"UPDATE remote_item SET seen = 'unsure', sha256 = NULL, stale = 0 WHERE seen = 'live' AND id IN ({ids})")
        run(
            f"INSERT OR IGNORE INTO remote_item ({ITEM_COLUMNS}, seen, appeared)"
            " SELECT id, title, folder, version, extension, NULL, 0, '', '[]', '', NULL, 'unsure', 0 FROM agreed_item"
            f" WHERE NOT released AND id IN ({ids})"
        )
        run("DELETE FROM remote_item WHERE seen = 'unsure' AND id NOT IN (SELECT id FROM agreed_item)")

    @property
    def cursor(self) -> str | None:
        """Where the next drain goes on; None for a complete listing."""
        return self._facts.get("cursor") or None

    @property
    def drain(self) -> int:
        """How many drains were applied; items that appear later have a higher number."""
        return self._facts.number("drain")

    # --- single items

    def item(self, itemid: int) -> RemoteItem | None:
        """One item as last seen, placed; None if it was never told."""
        row = self._connection.row(f"SELECT {PLACED} FROM {PLACED_FROM} WHERE r.id = ?", (itemid,))
        return read_placed(row) if row else None

    def every(self) -> Iterable[RemoteItem]:
        """All items as last seen, placed, in no order; for `ls`."""
        return (read_placed(row) for row in self._connection.each(f"SELECT {PLACED} FROM {PLACED_FROM}"))

    def see(self, item: Item, sha256: str | None) -> None:
        """Records what was read of one item by itself, and which bytes it has, if that is known."""
        columns = ", ".join(f"{name} = ?" for name in ITEM_COLUMNS.split(", "))
        columns = columns.replace("extension = ?", "extension = coalesce(?, extension)")  # not every answer tells it
        self._connection.once(
            f"UPDATE remote_item SET {columns}, seen = 'live', sha256 = ?, stale = 0 WHERE id = ?",
            (*item_values(item), sha256, item.id),
        )

    def learn(self, itemid: int, version: str | None, sha256: str, extension: str | None) -> None:
        """Records that an item's bytes, under this version, are these. No effect if it was told anew meanwhile."""
        self._connection.once(
            "UPDATE remote_item SET sha256 = ?, version = ?, extension = coalesce(extension, ?)"
            " WHERE id = ? AND seen = 'live'",
            (sha256, version, extension, itemid),
        )

    def withdraw(self, itemid: int) -> None:
        """Records that the remote says it knows no such item: it is to be looked up."""
        with self._connection.transaction():
            self._withdraw(str(int(itemid)))

    def mark(self, itemid: int, seen: Seen) -> None:
        """Records what a look-up said of an item that vanished."""
        self._connection.once("UPDATE remote_item SET seen = ?, stale = 0 WHERE id = ?", (seen.value, itemid))

    def doubt(self, itemid: int) -> None:
        """Records that the item's bytes are not known after all."""
        self._connection.run("UPDATE remote_item SET sha256 = NULL WHERE id = ?", (itemid,))

    def wrote(self, itemid: int) -> None:
        """Records that we changed the item, so what was told of it before no longer counts."""
        self._connection.run("UPDATE remote_item SET stale = 1, sha256 = NULL WHERE id = ?", (itemid,))

    def forget(self, itemid: int) -> None:
        """Drops an item that is gone on both sides."""
        self._connection.run("DELETE FROM remote_item WHERE id = ?", (itemid,))

    def renamed_folder(self, folder: int, title: str, parent: int | None) -> None:
        """Records a folder's title and parent as we have just set them."""
        self._connection.run(
            "UPDATE remote_folder SET title = ?, parent = ?, automatic = ? WHERE id = ?",
            (title, parent, int(is_automatic(title)), folder),
        )

    def folder(self, folder: int) -> Folder | None:
        """One folder as last told."""
        row = self._connection.row("SELECT title, parent, listed FROM remote_folder WHERE id = ?", (folder,))
        return Folder(folder, str(row[0]), None if row[1] is None else int(row[1]), bool(row[2])) if row else None

    def doubt_folder(self, folder: int) -> None:
        """Records that a folder of our making was not there; one that was listed stays until it is told as gone."""
        self._connection.run("DELETE FROM remote_folder WHERE id = ? AND NOT listed", (folder,))

    def forget_folder(self, folder: int) -> None:
        """Drops a folder that is not there, though no tombstone told so."""
        self._connection.run("DELETE FROM remote_folder WHERE id = ?", (folder,))

    def add_folder(self, folder: Folder) -> None:
        """Records a folder that we have just made, unless it was told already."""
        self._connection.run(
            "INSERT OR IGNORE INTO remote_folder (id, title, parent, listed, automatic) VALUES (?, ?, ?, 0, ?)",
            (folder.id, folder.title, folder.parent, int(is_automatic(folder.title))),
        )

    def appeared_since(self, drain: int) -> list[Item]:
        """Items of nobody's that were told first after that drain, oldest first where the remote tells their age."""
        rows = self._connection.rows(
            f"SELECT {ITEM_COLUMNS} FROM remote_item WHERE appeared > ? AND seen = 'live'"
            " AND id NOT IN (SELECT id FROM agreed_item) ORDER BY created, id",
            (drain,),
        )
        return [read_item(row) for row in rows]
