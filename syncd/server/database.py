"""The server's SQLite: every stash row by row, users, clients and tokens.

Law: a change is committed with synchronous=FULL before anyone is told of it, and costs the rows that it changed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from syncd.server.choices import Choices
from syncd.server.model import Blob, Item, Stack, View
from syncd.server.stash import Stash

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY, userid TEXT NOT NULL UNIQUE, key BLOB NOT NULL, uploads INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS thing (
    user TEXT NOT NULL REFERENCES user (name), id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('item', 'stack', 'gone item', 'gone stack')), body TEXT,
    draft_revision INTEGER, draft_toggles TEXT NOT NULL, v1_revision INTEGER, v1_toggles TEXT NOT NULL,
    PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS client (
    id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL, redirect_uris TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS code (
    hash TEXT PRIMARY KEY, client TEXT NOT NULL, user TEXT NOT NULL, scope TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT, expires REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS token (
    hash TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')), client TEXT NOT NULL, user TEXT,
    scope TEXT NOT NULL, expires REAL NOT NULL
) STRICT;
"""

_LOGS = {
    View.DRAFT: """SELECT id, draft_revision, draft_toggles FROM thing
        WHERE user = ? AND draft_revision IS NOT NULL ORDER BY draft_revision, id""",
    View.V1: """SELECT id, v1_revision, v1_toggles FROM thing
        WHERE user = ? AND v1_revision IS NOT NULL ORDER BY v1_revision, id""",
}


class Database:
    """The file at `path`, made if need be. Raises OSError if it is of a newer version.

    One connection: the caller sees to it that one thread at a time uses it.
    """

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("PRAGMA foreign_keys=ON")
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            self.connection.close()
            raise OSError(f"{path} is of a newer version ({version}) than this server's ({_VERSION})")
        self.connection.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements within or none; durable when it returns."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def secret(self, name: str, new: Callable[[], bytes]) -> bytes:
        """The secret of this name, which is drawn at the first time."""
        with self.transaction() as connection:
            connection.execute("INSERT INTO secret VALUES (?, ?) ON CONFLICT DO NOTHING", (name, new()))
            (value,) = connection.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
        return bytes(value)

    def users(self) -> list[tuple[str, str, bytes]]:
        """Name, id and cursor key of every user."""
        return self.connection.execute("SELECT name, userid, key FROM user ORDER BY name").fetchall()

    def add_user(self, name: str, userid: str, key: bytes) -> None:
        """A new user with an empty stash."""
        with self.transaction() as connection:
            connection.execute("INSERT INTO user (name, userid, key) VALUES (?, ?, ?)", (name, userid, key))

    def save(self, user: str, stash: Stash, since: int) -> None:
        """Write what changed in a stash after revision `since`, in one transaction."""
        rows = [_row(user, stash, changed) for changed in stash.ids_changed_since(since)]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute("UPDATE user SET uploads = ? WHERE name = ?", (stash.tree.uploads, user))

    def load(self, user: str, ids: Callable[[], int], choices: Choices) -> Stash:
        """The stash of a user as it was last saved."""
        key, uploads = self.connection.execute("SELECT key, uploads FROM user WHERE name = ?", (user,)).fetchone()
        stash = Stash(ids, key, choices)
        stash.tree.uploads = uploads
        query = "SELECT id, kind, body FROM thing WHERE user = ?"
        stacks = []
        for thing, kind, body in self.connection.execute(query, (user,)):
            stash.tree.reserve(thing)
            if kind == "item":
                stash.restore_item(_item(json.loads(body)))
            elif kind == "stack":
                stacks.append(Stack(**json.loads(body)))
            elif kind == "gone item":
                stash.tree.deleted.add(thing)
        for stack in sorted(stacks, key=lambda stack: stack.position):
            stash.tree.insert(stack)
        for view in View:
            for thing, revision, toggles in self.connection.execute(_LOGS[view], (user,)):
                stash.logs[view].restore(thing, revision, tuple(json.loads(toggles)))
                stash.revision = max(stash.revision, revision)
        return stash


def _row(user: str, stash: Stash, thing: int) -> tuple[Any, ...]:
    body: str | None = None
    if thing in stash.tree.items:
        kind, body = "item", json.dumps(asdict(stash.tree.items[thing]))
    elif thing in stash.tree.stacks:
        kind, body = "stack", json.dumps(asdict(stash.tree.stacks[thing]))
    else:
        kind = "gone item" if thing in stash.tree.deleted else "gone stack"
    seen: list[Any] = []
    for view in (View.DRAFT, View.V1):
        seen += [stash.logs[view].last.get(thing), json.dumps(stash.logs[view].toggles.get(thing, ()))]
    return (user, thing, kind, body, *seen)


def _item(body: dict[str, Any]) -> Item:
    blob = body.pop("blob")
    tags = tuple(body.pop("tags"))
    return Item(**body, tags=tags, blob=None if blob is None else Blob(**blob))
