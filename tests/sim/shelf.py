"""Databases that stay open from one simulation to the next: to open and migrate one takes longer than to use it.

Law: what a process left uncommitted is gone when it ends, what it committed is there for the next one, and a new mirror
finds a new database; as with a file that is opened anew. They live in memory; the file that lies where the machine
wants it says only that it is there, until `let_go`: then it holds what was committed, and may be copied, changed or
removed like any database.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from syncd.store import schema, store

_SETTINGS = ("foreign_keys = ON", "recursive_triggers = ON", "temp_store = MEMORY")
_STATEMENTS = 512
_CLOSED = sqlite3.connect(":memory:")
_CLOSED.close()


class Lease:
    """A database as one process has it open. What the dead one still tries meets a closed connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lent = connection
        self._pass_on()

    def _pass_on(self) -> None:
        """Methods are asked for once, as to pass on each call takes its time."""
        self.execute, self.executemany = self._lent.execute, self._lent.executemany

    @property
    def in_transaction(self) -> bool:
        return self._lent.in_transaction

    @property
    def total_changes(self) -> int:
        return self._lent.total_changes

    def close(self) -> None:
        """Ends the process's use of it."""
        kept, self._lent = self._lent, _CLOSED
        self._pass_on()
        if kept is not _CLOSED:
            _calm(kept)


def _calm(connection: sqlite3.Connection) -> None:
    """Undoes what was not committed, and empties what was temporary: to drop it would expire every statement."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    for (name,) in connection.execute("SELECT name FROM sqlite_temp_master WHERE type = 'table'").fetchall():
        connection.execute(f"DELETE FROM temp.{name}")


_Rows = dict[str, list[tuple[Any, ...]]]


def _rows(connection: sqlite3.Connection) -> _Rows:
    """What is in each table. Those that triggers write to come last."""
    names = [str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    names.sort(key=lambda name: name.startswith("changed_") or name == "total")
    return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def _renew(connection: sqlite3.Connection, new: _Rows) -> None:
    """Leaves in it what is in a new one."""
    connection.execute("BEGIN")
    for name, rows in new.items():
        connection.execute(f"DELETE FROM {name}")
        for row in rows:
            connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
    connection.execute("COMMIT")


class Shelf:
    """The databases of one worker: those that machines have, by path, and those that are free."""

    def __init__(self) -> None:
        self._active = False
        self._free: list[sqlite3.Connection] = []
        self._taken: dict[Path, sqlite3.Connection] = {}
        self._new: _Rows = {}

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While it lasts, what `provide` gives stays open from one process to the next."""
        real = schema.open_database

        def lent(path: Path, *, read_only: bool = False) -> sqlite3.Connection | Lease:
            if read_only or path not in self._taken:
                database = real(path, read_only=read_only)
                database.execute("PRAGMA synchronous = OFF")  # what a power loss takes is not left to the kernel
                return database
            return Lease(self._taken[path])

        vars(store)["open_database"], self._active = lent, True
        try:
            yield
        finally:
            vars(store)["open_database"], self._active = real, False
            self._put_back()

    def provide(self, template: Path, path: Path) -> None:
        """Makes an empty database at `path`, where none is: a copy of the template."""
        if not self._active:
            shutil.copyfile(template, path)
            return
        self._taken[path] = self._free.pop() if self._free else _made(template)
        self._new = self._new or _rows(self._taken[path])
        path.touch()

    @contextmanager
    def reading(self, path: Path) -> Iterator[sqlite3.Connection]:
        """A connection that reads what is committed in the database at `path`, which exists."""
        if path in self._taken:
            yield self._taken[path]
            return
        with closing(sqlite3.connect(path)) as connection:
            yield connection

    def let_go(self, path: Path) -> None:
        """Closes a database that no process has open: its file is a file like any other from now on."""
        if path in self._taken:
            with closing(self._taken.pop(path)) as connection:
                path.write_bytes(connection.serialize())

    def _put_back(self) -> None:
        for connection in self._taken.values():
            _renew(connection, self._new)
            self._free.append(connection)
        self._taken = {}


def _made(template: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False, cached_statements=_STATEMENTS)
    with closing(sqlite3.connect(template)) as source:
        source.backup(connection)
    connection.isolation_level = None
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection


SHELF = Shelf()
"""This process's own."""
