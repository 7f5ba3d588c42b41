"""Which folders differ between what both sides show and what was agreed, and where their directories are.

Law: as in `states`: marks are turned into states, and taken away once a plan had nothing to say about them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from syncd.core.folders import FolderState
from syncd.core.model import AgreedFolder, Folder
from syncd.store.agreed_tree import AgreedTree
from syncd.store.database import Connection
from syncd.store.local_tree import LocalTree
from syncd.store.rows import WRAPPER


class Veil(Protocol):
    """What the eyes know: where nothing may be concluded yet."""

    def stirs(self, directory: str) -> bool:
        """A file directly in the directory is not quiet."""
        ...


class FolderStates:
    """Turns marked folders into states for the planner."""

    def __init__(self, connection: Connection, agreed: AgreedTree, local: LocalTree) -> None:
        self._connection = connection
        self._agreed = agreed
        self._local = local
        self._hidden: set[int] = set()

    def changed(self, veil: Veil) -> list[FolderState]:
        """The folders that may differ."""
        rows = self._connection.rows("SELECT id FROM changed_folder ORDER BY id")
        states = [self._state(int(row[0] or 0), veil) for row in rows]
        self._hidden = {state.agreed.id for state in states if state.hidden and state.agreed}
        return states

    def settle(self, folders: Collection[int]) -> None:
        """Takes the marks away from all folders but these."""
        marked = self._connection.rows("SELECT id FROM changed_folder ORDER BY id")
        done = [row for row in marked if row[0] not in folders]
        if done:
            with self._connection.transaction():
                self._connection.run_many("DELETE FROM changed_folder WHERE id = ?", done)

    def busy(self) -> set[int]:
        """Marked folders that are to be settled later: those that are gone there while agreed items are still in them,
        those that are new there, which may wait for the items of another one, and those of which `changed` could not
        tell where their directory is."""
        rows = self._connection.rows(
            "SELECT c.id FROM changed_folder c JOIN agreed_folder f ON f.id = c.id"
            " WHERE EXISTS (SELECT 1 FROM agreed_item a WHERE a.folder = c.id)"
            " AND NOT EXISTS (SELECT 1 FROM remote_folder r WHERE r.id = c.id AND NOT r.automatic)"
            " UNION SELECT c.id FROM changed_folder c JOIN remote_folder f ON f.id = c.id"
            f" WHERE NOT {WRAPPER} AND NOT EXISTS (SELECT 1 FROM agreed_folder a WHERE a.id = c.id)"
        )
        return self._hidden | {int(row[0] or 0) for row in rows}

    def _state(self, folder: int, veil: Veil) -> FolderState:
        agreed, remote = self._agreed.folder(folder), self._told(folder)
        if agreed is None:
            return FolderState(None, remote, None)
        directory = self._directory(agreed)
        return FolderState(
            agreed,
            remote,
            directory,
            busy=self._agreed.has_items(folder),
            whole=self._whole(agreed),
            hidden=directory is None and self._is_hidden(agreed, veil),
        )

    def _told(self, folder: int) -> Folder | None:
        """The folder as last told, its parent the user's; None if it is gone or an automatic wrapper."""
        row = self._connection.row(
            f"SELECT f.title, f.parent, f.listed, {WRAPPER} FROM remote_folder f WHERE f.id = ?",
            (folder,),
        )
        if row is None or row[3]:
            return None
        return Folder(folder, str(row[0]), None if row[1] is None else int(row[1]), bool(row[2]))

    def _directory(self, agreed: AgreedFolder) -> str | None:
        """Where the folder's directory is: at its path, or where its inode is now and no other folder's directory."""
        here = self._local.directory(agreed.path)
        if here and (here.inode, here.device) == (agreed.inode, agreed.device):
            return agreed.path
        for path in self._local.find_directory(agreed.inode, agreed.device):
            if self._is_it(agreed, path):
                return path
        return agreed.path if here else None

    def _is_hidden(self, agreed: AgreedFolder, veil: Veil) -> bool:
        """Whether a directory that has the right inode may turn out to be the folder's once its files are quiet."""
        return any(map(veil.stirs, self._local.find_directory(agreed.inode, agreed.device)))

    def _is_it(self, agreed: AgreedFolder, path: str) -> bool:
        """Whether a directory with the right inode is the folder's (an inode may be used anew)."""
        other = self._agreed.folder_at(path)
        if other and other.id != agreed.id and (other.inode, other.device) == (agreed.inode, agreed.device):
            return False
        return self._connection.row(
            "SELECT 1 FROM agreed_item a JOIN local_file l ON l.directory = ? AND l.name = a.name"
            " WHERE a.folder = ? AND (l.inode = a.inode OR l.sha256 = a.sha256)",
            (path, agreed.id),
        ) is not None or not self._agreed.has_items(agreed.id)

    def _whole(self, agreed: AgreedFolder) -> bool:
        """Whether every folder below its directory is below it on the remote too."""
        return all(self._is_under(below.id, agreed.id) for below in self._agreed.folders_below(agreed.path))

    def _is_under(self, folder: int, ancestor: int) -> bool:
        parent: int | None = folder
        for _ in range(100):
            row = self._connection.row("SELECT parent FROM remote_folder WHERE id = ?", (parent,))
            parent = int(row[0]) if row and row[0] is not None else None
            if parent is None or parent == ancestor:
                break
        return parent == ancestor
