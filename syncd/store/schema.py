"""Opens a mirror's database, and brings it up to date by the migrations that travel with syncd.

Law: migrations are append only. A statement runs at a time, because `executescript` would commit and leave the
migration without its record. A database from a newer syncd is refused; a corrupt one is set aside, never repaired.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from syncd.core.errors import DiskFailed, NewerDatabase, RetryLater
from syncd.store.closed import was_closed
from syncd.store.failures import Corrupt, failed
from syncd.store.library import Database, Migrations

_STATEMENTS = 512
"""So many prepared statements are kept; a cycle has more than the usual 128."""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
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


def migrations_folder() -> Traversable:
    """In the wheel beside this package's modules; in a checkout beside the package."""
    package = resources.files("syncd")
    inside = package / "migrations"
    return inside if inside.is_dir() else package / ".." / "migrations"


def statements(script: str) -> Iterator[str]:
    """The single statements of an SQL script (a trigger's body has semicolons of its own)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _scripts() -> list[tuple[str, str]]:
    files = sorted((f for f in migrations_folder().iterdir() if f.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


def _migrations() -> Migrations:
    known = Migrations("syncd")
    for name, script in _scripts():

        def apply(database: Database, script: str = script) -> None:
            for statement in statements(script):
                database.execute(statement)

        known(name=name)(apply)
    return known


def open_database(path: Path, *, read_only: bool = False) -> Database:
    """The database at `path`, up to date; made if it is not there (unless `read_only`).

    May be used from any one thread at a time. Raises NewerDatabase, Corrupt, NotReady if it is only read and not up to
    date, and DiskFailed. Repeatable.
    """
    with ExitStack() as stack:
        try:
            trusted = not read_only and was_closed(path)
            connection = stack.enter_context(closing(_connected(path, read_only=read_only)))
            connection.isolation_level = None
            database = Database(connection, execute_plugins=False)
            _prepare(database, read_only=read_only)
            if not read_only and not trusted:
                _check(database)
        except sqlite3.OperationalError as error:
            raise failed(error) or DiskFailed(f"the database {path.name} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"the database {path.name} cannot be read: {error}") from error
        stack.pop_all()
    return database


def _connected(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    return sqlite3.connect(path, check_same_thread=False, cached_statements=_STATEMENTS)


def _prepare(database: Database, *, read_only: bool) -> None:
    for pragma in _PRAGMAS:
        if not read_only or not pragma.startswith("journal_mode"):
            database.execute(f"PRAGMA {pragma}")
    known = _migrations()
    applied = (
        {migration.name for migration in known.applied(database)}
        if database.table("_sqlite_migrations").exists()
        else set()
    )
    ours = {name for name, _script in _scripts()}
    unknown = applied - ours
    if unknown:
        raise NewerDatabase(
            f"the database was written by a newer syncd (it knows {max(unknown)})",
            remedy="Install that version of syncd, or a later one.",
        )
    if not read_only:
        _apply(known, database)
    elif ours - applied:
        raise NotReady(empty=not applied)


def _check(database: Database) -> None:
    """Reads all of it: it was not closed, or somebody else had it since."""
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check failed")
    if lost := _expected() - _objects(database):
        raise sqlite3.DatabaseError(f"it has lost {', '.join(sorted(lost))}")


def _apply(known: Migrations, database: Database) -> None:
    """All that are missing, or none: who only looks never sees a database that is half up to date."""
    if not known.pending(database):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        known.apply(database)
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


@cache
def _expected() -> set[str]:
    """What `_objects` tells of a new database; found out once, as the migrations travel with this program."""
    with closing(Database(memory=True, execute_plugins=False)) as database:
        _migrations().apply(database)
        return _objects(database)


def _objects(database: Database) -> set[str]:
    """The names of all tables, indexes and triggers that a migration made."""
    found = database.execute("SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {str(name) for (name,) in found}
