"""Brings a database up to date by the migrations that travel with syncd, through sqlite-utils, which keeps the record.

Law: migrations are append only. A statement runs at a time, because `executescript` would commit and leave the
migration without its record. All that are missing are applied, or none: who only looks never sees a database that is
half up to date. It is a module of its own as most starts need none of it, nor sqlite-utils (a tenth of a short sync).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

from syncd.store import scripts
from syncd.store.library import Database, Migrations


def migrate(connection: sqlite3.Connection) -> None:
    """Applies what is missing. Repeatable."""
    database = Database(connection, execute_plugins=False)
    connection.execute("BEGIN IMMEDIATE")
    try:
        _migrations().apply(database)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@cache
def expected() -> frozenset[str]:
    """What `objects` tells of a new database; found out once, as the migrations travel with this program."""
    with closing(Database(memory=True, execute_plugins=False)) as database:
        _migrations().apply(database)
        return objects(database.conn)


def objects(connection: sqlite3.Connection) -> frozenset[str]:
    """The names of all tables, indexes and triggers that a migration made."""
    found = connection.execute("SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return frozenset(str(name) for (name,) in found)


def _migrations() -> Migrations:
    known = Migrations("syncd")
    for name, script in scripts.every():

        def apply(database: Database, script: str = script) -> None:
            for statement in scripts.statements(script):
                database.execute(statement)

        known(name=name)(apply)
    return known
