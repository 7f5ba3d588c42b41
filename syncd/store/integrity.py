"""Whether a database is whole, looked at beside whoever uses it: nothing is written and no lock is taken."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from syncd.store.failures import Corrupt, failed
from syncd.store.schema import open_database

MOST = 5


def faults(path: Path) -> list[str]:
    """What SQLite finds wrong with the database, the first few; [] for a whole one.

    Raises what opening it raises: NewerDatabase, NotReady if an older syncd wrote it, Corrupt, DatabaseFailed.
    """
    database = open_database(path, read_only=True)
    try:
        rows = [str(row[0]) for row in database.execute(f"PRAGMA quick_check({MOST})").fetchall()]
        return [] if rows == ["ok"] else rows
    except sqlite3.DatabaseError as error:
        raise failed(error) or Corrupt(f"the mirror's database cannot be read: {error}") from error
    finally:
        database.close()
