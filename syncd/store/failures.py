"""What SQLite's errors mean to a user; the one place where one becomes an error of core.

Law: what may pass by itself (a lock, a full disk) is tried again; what cannot be read is set aside and rebuilt; only
what is neither, a statement that makes no sense, stays what it is: a bug.
"""

from __future__ import annotations

import sqlite3

from syncd.core.errors import AGAIN, DatabaseFailed, SyncdError

ADVICE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("another program keeps it locked", f"Close the program that has it open; {AGAIN}"),
    sqlite3.SQLITE_LOCKED: ("another program keeps it locked", f"Close the program that has it open; {AGAIN}"),
    sqlite3.SQLITE_FULL: ("its disk is full", f"Free space on the disk of the state folder; {AGAIN}"),
    sqlite3.SQLITE_IOERR: ("its disk reports an error", f"Check the disk of the state folder, and its space; {AGAIN}"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", f"Mend the permissions of the state folder; {AGAIN}"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", f"Mend the permissions of the state folder; {AGAIN}"),
    sqlite3.SQLITE_PERM: ("permission denied", f"Mend the permissions of the state folder; {AGAIN}"),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", f"Close programs; {AGAIN}"),
}
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_LOST = ("no such table", "no such column", "no such index")


class Corrupt(SyncdError):
    """The database cannot be read; it is to be set aside and rebuilt from both sides."""

    remedy = "Nothing to do: it is set aside and rebuilt from both sides; nothing is deleted."


def failed(error: sqlite3.Error) -> SyncdError | None:
    """The error of core for one of SQLite's; None for one that only a bug explains."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else -1
    if primary in _BROKEN or str(error).startswith(_LOST):
        return Corrupt(f"the mirror's database cannot be read: {error}")
    if primary in ADVICE:
        words, remedy = ADVICE[primary]
        return DatabaseFailed(f"the mirror's database cannot be used: {words} ({error})", remedy=remedy)
    return None
