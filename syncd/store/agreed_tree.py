"""What both sides last held in common.

Law: a row is written only together with whatever else it implies, in one transaction, after both sides are so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from syncd.core import names
from syncd.core.actions import AgreeFolder, FolderAction, ForgetFolder, MoveDirectory, RenameFolder, UnmakeFolder
from syncd.core.model import Agreed, AgreedFolder
from syncd.store.database import Connection, Row, Value
from syncd.store.local_tree import below
from syncd.store.small import Kept

AGREED_COLUMNS = (
    "id, directory, name, title, folder, extension, version, sha256, size, inode, device, born_ns,"
    " provisional, echo, released, superseded"
)
AGREED_COUNT = 16
FOLDER_COLUMNS = "id, path, title, parent, inode, device, made"


def read_agreed(row: Row) -> Agreed:
    """An Agreed from a row of AGREED_COLUMNS."""
    itemid, directory, name, title, folder, extension, version, sha256, size, inode, device, born_ns = row[:12]
    provisional, echo, released, superseded = (bool(value) for value in row[12:16])
    return Agreed(
        id=int(itemid or 0),
        path=names.join(str(directory), str(name)),
        title=str(title),
        folder=None if folder is None else int(folder),
        extension=None if extension is None else str(extension),
        version=None if version is None else str(version),
        sha256=str(sha256),
        size=int(size or 0),
        inode=int(inode or 0),
        device=int(device or 0),
        born_ns=None if born_ns is None else int(born_ns),
        provisional=provisional,
        echo=echo,
        released=released,
        superseded=superseded,
    )


def read_folder(row: Row) -> AgreedFolder:
    """An AgreedFolder from a row of FOLDER_COLUMNS."""
    folder, path, title, parent, inode, device, made = row[:7]
    above = None if parent is None else int(parent)
    return AgreedFolder(int(folder or 0), str(path), str(title), above, int(inode or 0), int(device or 0), bool(made))


class AgreedTree:
    """The agreed items and folders of a mirror."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._folders = Kept(connection, "agreed_folder", self._read_folder)

    # --- items

    def item(self, itemid: int) -> Agreed | None:
        """The agreed row of an item."""
        row = self._connection.row(f"SELECT {AGREED_COLUMNS} FROM agreed_item WHERE id = ?", (itemid,))
        return read_agreed(row) if row else None

    def at(self, path: str) -> Agreed | None:
        """The item whose file is agreed to be at this path; one that is to go does not count."""
        row = self._connection.row(
            f"SELECT {AGREED_COLUMNS} FROM agreed_item WHERE directory = ? AND name = ? AND NOT superseded",
            (names.parent_of(path), names.name_of(path)),
        )
        return read_agreed(row) if row else None

    def put(self, agreed: Agreed) -> None:
        """States what both sides hold now."""
        values: tuple[Value, ...] = (
            agreed.id,
            names.parent_of(agreed.path),
            names.name_of(agreed.path),
            agreed.title,
            agreed.folder,
            agreed.extension,
            agreed.version,
            agreed.sha256,
            agreed.size,
            agreed.inode,
            agreed.device,
            agreed.born_ns,
            int(agreed.provisional),
            int(agreed.echo),
            int(agreed.released),
            int(agreed.superseded),
        )
        updates = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in AGREED_COLUMNS.split(",")[1:])
        self._connection.run(
            f"INSERT INTO agreed_item ({AGREED_COLUMNS}) VALUES ({', '.join('?' * AGREED_COUNT)})"
            f" ON CONFLICT (id) DO UPDATE SET {updates}",
            values,
        )

    def forget(self, itemid: int) -> None:
        """Ends an agreement, and with it what a person answered about it."""
        self._connection.run("DELETE FROM agreed_item WHERE id = ?", (itemid,))
        for table in ("answer", "unanswered", "unanswered_words"):
            self._connection.run(f"DELETE FROM {table} WHERE itemid = ?", (itemid,))

    def count(self) -> int:
        """How many items are agreed and synced."""
        return self._connection.number("SELECT items FROM total")

    def published(self) -> int:
        """How many were published, and are no longer synced."""
        return self._connection.number("SELECT released FROM total")

    def provisional(self) -> list[Agreed]:
        """Items whose version is not yet proven by content (W25)."""
        return self._items("WHERE provisional = 1 AND NOT echo")

    def untold(self) -> list[int]:
        """Items that we have submitted, and no drain has told yet."""
        rows = self._connection.rows(
            "SELECT id FROM agreed_item WHERE echo = 1 AND NOT released AND id NOT IN (SELECT id FROM remote_item)"
        )
        return [int(row[0] or 0) for row in rows]

    def every(self) -> Iterable[Agreed]:
        """All agreed items, in no order; for `verify` and `ls`."""
        return (read_agreed(row) for row in self._connection.each(f"SELECT {AGREED_COLUMNS} FROM agreed_item"))

    def under(self, directory: str) -> list[Agreed]:
        """Items whose file is in this directory or below it."""
        return self._items(f"WHERE {below('directory')}", (directory, directory, directory))

    def with_inode(self, inode: int, device: int) -> list[str]:
        """Where the files of this inode were when they were agreed."""
        return [row.path for row in self._items("WHERE inode = ? AND device = ?", (inode, device))]

    def _items(self, where: str, parameters: tuple[Value, ...] = ()) -> list[Agreed]:
        rows = self._connection.rows(f"SELECT {AGREED_COLUMNS} FROM agreed_item {where}", parameters)
        return [read_agreed(row) for row in rows]

    # --- folders

    def folder(self, folder: int) -> AgreedFolder | None:
        """The agreed row of a folder."""
        return self._folders.one(folder)  # a plan asks for it several times for each item in it

    def _read_folder(self, folder: int) -> AgreedFolder | None:
        row = self._connection.row(f"SELECT {FOLDER_COLUMNS} FROM agreed_folder WHERE id = ?", (folder,))
        return read_folder(row) if row else None

    def folder_at(self, path: str) -> AgreedFolder | None:
        """The folder that this directory is; one that is gone on the remote does not count."""
        row = self._connection.row(
            f"SELECT {FOLDER_COLUMNS} FROM agreed_folder WHERE path = ?"
            " ORDER BY id NOT IN (SELECT id FROM remote_folder), id",
            (path,),
        )
        if row is None or (self.listing and not self._is_told(int(row[0] or 0))):
            return None
        return read_folder(row)

    listing = True
    """Whether the remote tells folders at all; if not, an agreed folder is taken to be there."""

    def _is_told(self, folder: int) -> bool:
        return self._connection.row("SELECT 1 FROM remote_folder WHERE id = ?", (folder,)) is not None

    def put_folder(self, folder: AgreedFolder) -> None:
        """States which directory a folder is."""
        self._connection.run(
            f"INSERT INTO agreed_folder ({FOLDER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " path = excluded.path, title = excluded.title, parent = excluded.parent, inode = excluded.inode,"
            " device = excluded.device, made = excluded.made",
            (folder.id, folder.path, folder.title, folder.parent, folder.inode, folder.device, int(folder.made)),
        )

    def rehearse(self, action: FolderAction) -> None:
        """States a folder's directory as it would be after the action; for a dry run, which undoes it."""
        match action:
            case AgreeFolder(folder, path):
                self.put_folder(AgreedFolder(folder.id, path, folder.title, folder.parent, 0, 0))
            case RenameFolder(agreed, path, title, parent):
                self.items_moved(agreed.path, path, folder=agreed.id)
                self.put_folder(replace(agreed, path=path, title=title, parent=parent))
            case MoveDirectory() | ForgetFolder() | UnmakeFolder():
                return

    def forget_folder(self, folder: int) -> None:
        """Ends the agreement about a folder."""
        self._connection.run("DELETE FROM agreed_folder WHERE id = ?", (folder,))

    def folders_below(self, path: str) -> list[AgreedFolder]:
        """Folders whose directory is below this one, not at it."""
        rows = self._connection.rows(
            f"SELECT {FOLDER_COLUMNS} FROM agreed_folder WHERE path > ? || '/' AND path < ? || '0' ORDER BY path",
            (path, path),
        )
        return [read_folder(row) for row in rows]

    def every_folder(self) -> list[AgreedFolder]:
        """All agreed folders, by path."""
        return [
            read_folder(row)
            for row in self._connection.rows(f"SELECT {FOLDER_COLUMNS} FROM agreed_folder ORDER BY path")
        ]

    def has_items(self, folder: int) -> bool:
        """Whether agreed items are in the folder."""
        return self._connection.row("SELECT 1 FROM agreed_item WHERE folder = ?", (folder,)) is not None

    def items_moved(self, source: str, target: str, *, folder: int | None) -> None:
        """Records that a directory is elsewhere now. With `folder`: only the items directly in that folder came
        along."""
        cut = len(source) + 1
        if folder is not None:
            self._connection.run(
                "UPDATE agreed_item SET directory = ? WHERE folder = ? AND directory = ?", (target, folder, source)
            )
            return
        for table, column in (("agreed_item", "directory"), ("agreed_folder", "path")):
            self._connection.run(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE {below(column)}",
                (target, cut, source, source, source),
            )
