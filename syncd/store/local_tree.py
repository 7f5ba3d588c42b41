"""What the disk last held: files, directories, and what is left alone.

Law: rows are written from looks at the disk and from our own placing, and only where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from typing import Any

from syncd.core import names
from syncd.core.model import Fingerprint, LeftAlone, LocalDirectory, LocalFile
from syncd.store.database import Connection, Row, Value
from syncd.store.small import Small

_OCCUPIED = """
SELECT name, 1 AS rank, name <> ?3 AS other FROM local_file WHERE directory = ?1 AND key = ?2
UNION ALL SELECT name, 2, name <> ?3 FROM left_alone WHERE directory = ?1 AND key = ?2
UNION ALL SELECT path, 3, path <> ?4 FROM local_directory WHERE above = ?1 AND key = ?2
ORDER BY other, rank
"""
FILE_COLUMNS = "directory, name, size, mtime_ns, ctime_ns, inode, device, sha256, born_ns"


def below(column: str) -> str:
    """An SQL condition: the column is the directory of the two parameters, or below it."""
    return f"({column} = ? OR ({column} > ? || '/' AND {column} < ? || '0'))"  # '0' follows '/'


def read_file(row: Row) -> LocalFile:
    """A LocalFile from a row of FILE_COLUMNS."""
    directory, name, size, mtime_ns, ctime_ns, inode, device, sha256, born_ns = row[:9]
    fingerprint = Fingerprint(*(int(value or 0) for value in (size, mtime_ns, ctime_ns, inode, device)))
    path = names.join(str(directory), str(name))
    return LocalFile(path, fingerprint, str(sha256), None if born_ns is None else int(born_ns))


class LocalTree:
    """The local observation of a mirror."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = "SELECT EXISTS (SELECT 1 FROM left_alone)"
        self._any_left = Small(connection, "left_alone", query, lambda rows: bool(rows[0][0]))

    def file(self, path: str) -> LocalFile | None:
        """The file last seen at this path."""
        row = self._connection.row(
            f"SELECT {FILE_COLUMNS} FROM local_file WHERE directory = ? AND name = ?",
            (names.parent_of(path), names.name_of(path)),
        )
        return read_file(row) if row else None

    def is_racy(self, path: str) -> bool:
        """Whether the hash of the file last seen at this path may miss a late change."""
        return (
            self._connection.row(
                "SELECT 1 FROM local_file WHERE directory = ? AND name = ? AND racy",
                (names.parent_of(path), names.name_of(path)),
            )
            is not None
        )

    def with_inode(self, inode: int, device: int) -> list[str]:
        """Where a file of this inode was last seen."""
        rows = self._connection.rows(
            "SELECT directory, name FROM local_file WHERE inode = ? AND device = ? ORDER BY directory, name",
            (inode, device),
        )
        return [names.join(str(directory), str(name)) for directory, name in rows]

    def files_within(self, path: str) -> list[tuple[int, int]]:
        """The device and inode of the file last seen at this path, and of those below it."""
        rows = self._connection.rows(
            f"SELECT device, inode FROM local_file WHERE (directory = ? AND name = ?) OR {below('directory')}",
            (names.parent_of(path), names.name_of(path), path, path, path),
        )
        return [(int(device or 0), int(inode or 0)) for device, inode in rows]

    def with_bytes(self, sha256: str) -> list[str]:
        """Where files with these bytes were last seen. Reads all files."""
        rows = self._connection.rows(
            "SELECT directory, name FROM local_file WHERE sha256 = ? ORDER BY directory, name", (sha256,)
        )
        return [names.join(str(directory), str(name)) for directory, name in rows]

    def files_in(self, directory: str) -> dict[str, tuple[LocalFile, bool]]:
        """The files last seen directly in a directory, by path, and whether their hash may miss a late change."""
        rows = self._connection.rows(f"SELECT {FILE_COLUMNS}, racy FROM local_file WHERE directory = ?", (directory,))
        return {file.path: (file, bool(row[9])) for row in rows for file in (read_file(row),)}

    def prints_in(self, directory: str) -> dict[str, tuple[str, int, int, int, int, int, int]]:
        """The same as plain rows, by name: name, size, mtime_ns, ctime_ns, inode, device, and 1 if the hash may miss a
        late change."""
        rows: list[Any] = self._connection.rows(
            "SELECT name, size, mtime_ns, ctime_ns, inode, device, racy FROM local_file WHERE directory = ?",
            (directory,),
        )
        return {row[0]: row for row in rows}

    def directories_in(self, directory: str) -> Iterator[LocalDirectory]:
        """The directories last seen directly in a directory; nothing may be written meanwhile."""
        rows = self._connection.each(
            "SELECT path, inode, device FROM local_directory WHERE above = ? AND path <> ''", (directory,)
        )
        return (LocalDirectory(str(path), int(inode or 0), int(device or 0)) for path, inode, device in rows)

    def left_in(self, directory: str) -> dict[str, LeftAlone]:
        """What was left alone directly in a directory, by path."""
        if not self._any_left.content():
            return {}
        rows = self._connection.rows("SELECT name, reason FROM left_alone WHERE directory = ?", (directory,))
        return {names.join(directory, str(name)): LeftAlone(str(reason)) for name, reason in rows}

    def put_file(self, file: LocalFile, *, racy: bool) -> None:
        """Records a file as it is now."""
        directory, name = names.parent_of(file.path), names.name_of(file.path)
        self._connection.run(
            "INSERT INTO local_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (directory, name) DO UPDATE SET"
            " size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode,"
            " device = excluded.device, sha256 = excluded.sha256, born_ns = excluded.born_ns, racy = excluded.racy",
            (directory, name, names.key(name), *astuple(file.fingerprint), file.sha256, file.born_ns, int(racy)),
        )

    def drop_file(self, path: str) -> None:
        """Records that there is no file at this path."""
        self._connection.run(
            "DELETE FROM local_file WHERE directory = ? AND name = ?", (names.parent_of(path), names.name_of(path))
        )

    def put_directory(self, directory: LocalDirectory) -> None:
        """Records a directory as it is now; and those above it that are not known, by no inode until they are seen."""
        path = directory.path
        above = names.parent_of(path)
        if above and self.directory(above) is None:  # else nobody would see it go with one above it
            self.put_directory(LocalDirectory(above, 0, 0))
        self._connection.run(
            "INSERT INTO local_directory VALUES (?, ?, ?, ?, ?) ON CONFLICT (path)"
            " DO UPDATE SET inode = excluded.inode, device = excluded.device"
            " WHERE inode <> excluded.inode OR device <> excluded.device",
            (path, names.parent_of(path), names.key(names.name_of(path)), directory.inode, directory.device),
        )

    def drop_directory(self, path: str) -> None:
        """Records that there is no directory at this path, and nothing below it."""
        for table, column in (("local_file", "directory"), ("left_alone", "directory"), ("local_directory", "path")):
            self._connection.run(f"DELETE FROM {table} WHERE {below(column)}", (path, path, path))

    def put_left(self, directory: str, left: Mapping[str, LeftAlone]) -> None:
        """Records what is left alone directly in a directory."""
        known = self.left_in(directory)
        for path in known.keys() - left.keys():
            self._connection.run(
                "DELETE FROM left_alone WHERE directory = ? AND name = ?", (directory, names.name_of(path))
            )
        for path, reason in left.items():
            if known.get(path) != reason:
                name = names.name_of(path)
                self._connection.run(
                    "INSERT INTO left_alone VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason",
                    (directory, name, names.key(name), reason.value),
                )

    def move_directory(self, source: str, target: str, moved: LocalDirectory) -> None:
        """Records that we moved a directory, with everything in it."""
        cut = len(source) + 1
        for table, column in (("local_file", "directory"), ("left_alone", "directory"), ("local_directory", "path")):
            self._connection.run(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE {below(column)}",
                (target, cut, source, source, source),
            )
        self._connection.run(
            f"UPDATE local_directory SET above = ? || substr(above, ?) WHERE {below('above')}",
            (target, cut, source, source, source),
        )
        self._connection.run("DELETE FROM local_directory WHERE path = ?", (target,))
        self.put_directory(moved)

    def directory(self, path: str) -> LocalDirectory | None:
        """The directory last seen at this path."""
        row = self._connection.row("SELECT inode, device FROM local_directory WHERE path = ?", (path,))
        return LocalDirectory(path, int(row[0] or 0), int(row[1] or 0)) if row else None

    def find_directory(self, inode: int, device: int) -> list[str]:
        """Where the directory with this identity was last seen; nowhere without an inode."""
        if not inode:
            return []
        rows = self._connection.rows(
            "SELECT path FROM local_directory WHERE inode = ? AND device = ? ORDER BY path", (inode, device)
        )
        return [str(row[0]) for row in rows]

    def is_hidden(self, path: str) -> bool:
        """Whether the path, or a directory above it, is left alone: nothing may be concluded about it."""
        while path and self._any_left.content():
            above, name = names.parent_of(path), names.name_of(path)
            if self._connection.row("SELECT 1 FROM left_alone WHERE directory = ? AND name = ?", (above, name)):
                return True
            path = above
        return False

    def occupied(self, path: str) -> str | None:
        """The path under which this name, or an equal one, is taken: by a file, a directory or something left alone. If
        several are there, by what is spelt just so."""
        directory, name = names.parent_of(path), names.name_of(path)
        row = self._connection.row(_OCCUPIED, (directory, names.key(name), name, path))
        if row is None:
            return None
        return str(row[0]) if row[1] == 3 else names.join(directory, str(row[0]))

    def left_counts(self) -> dict[str, int]:
        """How many are left alone, by reason."""
        rows = self._connection.rows("SELECT reason, count(*) FROM left_alone GROUP BY reason")
        return {str(reason): int(count or 0) for reason, count in rows}

    def totals(self) -> tuple[int, int]:
        """How many files, and how many bytes."""
        row: tuple[Value, ...] = self._connection.row("SELECT files, bytes FROM total") or (0, 0)
        return int(row[0] or 0), int(row[1] or 0)
