"""Changes by id to which no answer came, or none yet: what the item may hold and be called by now (W3).

Law: it says only whose words and bytes these are, should the remote be found to have them: ours, taken from the file,
which may have moved on since. That is no change of somebody else's. It is committed before the request is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class Words:
    """What an item may be called by now, and where it may be; `path`: of its file, as was to be agreed with that."""

    itemid: int
    title: str
    folder: int | None
    path: str


@dataclass(frozen=True, slots=True)
class FolderWords:
    """What a folder may be called by now, and in which it may be; `path`: of its directory, as was to be agreed."""

    id: int
    title: str
    parent: int | None
    path: str


class Unanswered:
    """The SHA-256 and the words last sent to each such item, and the words to each such folder; few, as the one lasts
    until the item is agreed on again, the others until the next look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = "SELECT itemid, sha256 FROM unanswered"
        self._all = Small(connection, "unanswered", query, lambda rows: {int(i or 0): str(s) for i, s in rows})
        query = "SELECT itemid, title, folder, path FROM unanswered_words ORDER BY itemid"
        self._words = Small(connection, "unanswered_words", query, _words)
        query = "SELECT id, title, parent, path FROM unanswered_folder ORDER BY id"
        self._folders = Small(connection, "unanswered_folder", query, _folders)

    def add(self, itemid: int, sha256: str) -> None:
        """These bytes were sent to the item. Repeatable."""
        self._connection.run("INSERT OR REPLACE INTO unanswered (itemid, sha256) VALUES (?, ?)", (itemid, sha256))

    def end(self, itemid: int) -> None:
        """What the item holds is known."""
        if itemid in self._all.content():
            self._connection.run("DELETE FROM unanswered WHERE itemid = ?", (itemid,))

    def every(self) -> dict[int, str]:
        """What each such item may hold."""
        return dict(self._all.content())

    def sha256(self, itemid: int) -> str | None:
        """What the item may hold; None if every replacement of it was answered."""
        return self._all.content().get(itemid)

    def add_words(self, words: Words) -> None:
        """These are sent to the item. Repeatable."""
        query = "INSERT OR REPLACE INTO unanswered_words (itemid, title, folder, path) VALUES (?, ?, ?, ?)"
        self._connection.run(query, (words.itemid, words.title, words.folder, words.path))

    def end_words(self, itemid: int) -> None:
        """What the item is called, and where it is, is known."""
        if any(words.itemid == itemid for words in self.words()):
            self._connection.run("DELETE FROM unanswered_words WHERE itemid = ?", (itemid,))

    def words(self) -> tuple[Words, ...]:
        """All words without an answer."""
        return self._words.content()

    def add_folder(self, words: FolderWords) -> None:
        """These are sent to the folder. Repeatable."""
        query = "INSERT OR REPLACE INTO unanswered_folder (id, title, parent, path) VALUES (?, ?, ?, ?)"
        self._connection.run(query, (words.id, words.title, words.parent, words.path))

    def end_folder(self, folder: int) -> None:
        """What the folder is called, and where it is, is known."""
        self._connection.run("DELETE FROM unanswered_folder WHERE id = ?", (folder,))

    def folders(self) -> tuple[FolderWords, ...]:
        """All words to folders without an answer."""
        return self._folders.content()


def _words(rows: list[Row]) -> tuple[Words, ...]:
    return tuple(Words(int(i or 0), str(t), None if f is None else int(f), str(p)) for i, t, f, p in rows)


def _folders(rows: list[Row]) -> tuple[FolderWords, ...]:
    return tuple(FolderWords(int(i or 0), str(t), None if p is None else int(p), str(d)) for i, t, p, d in rows)
