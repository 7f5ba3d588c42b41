"""Opens a mirror's database, and has it brought up to date.

Law: a database from a newer syncd is refused; a corrupt one is set aside, never repaired.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from syncd.core.errors import DiskFailed, NewerDatabase, RetryLater
from syncd.store import scripts
from syncd.store.closed import was_closed
from syncd.store.failures import Corrupt, failed

_STATEMENTS = 512
"""So many prepared statements are kept; a cycle has more than the usual 128."""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",  # else what a REPLACE takes away would be told to nobody
    "busy_timeout = 5000",
    "temp_store = FILE",
    "cache_size = -8000",  # KiB; with the usual 2,000 a plan among a million items reads the same pages again and again
)


class NotReady(RetryLater):
    """The database is only read, and is not (yet) as this syncd writes it. `empty`: it holds nothing at all."""

    remedy = "Run `syncd sync`, which brings it up to date."

    def __init__(self, *, empty: bool) -> None:
        super().__init__("the database was last written by an older syncd")
        self.empty = empty


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """The database at `path`, up to date; made if it is not there (unless `read_only`).

    May be used from any one thread at a time. Raises NewerDatabase, Corrupt, NotReady if it is only read and not up to
    date, and DiskFailed. Repeatable.
    """
    with ExitStack() as stack:
        try:
            trusted = not read_only and was_closed(path)
            connection = stack.enter_context(closing(_connected(path, read_only=read_only)))
            connection.isolation_level = None
            _prepare(connection, read_only=read_only)
            if not read_only and not trusted:
                _check(connection)
        except sqlite3.OperationalError as error:
            raise failed(error) or DiskFailed(f"the database {path.name} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"the database {path.name} cannot be read: {error}") from error
        stack.pop_all()
    return connection


def _connected(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    return sqlite3.connect(path, check_same_thread=False, cached_statements=_STATEMENTS)


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    for pragma in _PRAGMAS:
        if not read_only or not pragma.startswith("journal_mode"):
            connection.execute(f"PRAGMA {pragma}")
    applied, ours = _applied(connection), {name for name, _script in scripts.every()}
    if unknown := applied - ours:
        raise NewerDatabase(
            f"the database was written by a newer syncd (it knows {max(unknown)})",
            remedy="Install that version of syncd, or a later one.",
        )
    if read_only and ours - applied:
        raise NotReady(empty=not applied)
    if ours - applied:
        from syncd.store.migrating import migrate

        migrate(connection)


def _applied(connection: sqlite3.Connection) -> set[str]:
    """The names of the migrations that the database has, as sqlite-utils records them."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlite_migrations'")
    if known.fetchone() is None:
        return set()
    found = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'syncd'")
    return {str(name) for (name,) in found}


def _check(connection: sqlite3.Connection) -> None:
    """Reads all of it: it was not closed, or somebody else had it since."""
    from syncd.store.migrating import expected, objects

    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check failed")
    if lost := expected() - objects(connection):
        raise sqlite3.DatabaseError(f"it has lost {', '.join(sorted(lost))}")
