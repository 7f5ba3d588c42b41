"""Everything that a mirror remembers, behind one connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncd.store.agreed_tree import AgreedTree
from syncd.store.beside import replace_text
from syncd.store.closed import closed
from syncd.store.database import Connection
from syncd.store.decisions import Decisions
from syncd.store.facts import Facts
from syncd.store.failures import Corrupt
from syncd.store.folder_states import FolderStates
from syncd.store.history import Failures, History, Left, TrashLedger
from syncd.store.intents import Intents
from syncd.store.local_tree import LocalTree
from syncd.store.placings import Placings
from syncd.store.remote_tree import RemoteTree
from syncd.store.schema import open_database
from syncd.store.states import States
from syncd.store.twins import Twins
from syncd.store.unanswered import Unanswered


def _nothing(_point: str) -> None:
    return


class _Undone(Exception):
    """Ends a rehearsal."""


class Store:
    """The database of a mirror. Used by one thread at a time; `at` is told the named crash points that a commit
    passes."""

    def __init__(self, path: Path, *, read_only: bool = False, at: Callable[[str], None] = _nothing) -> None:
        self._connection = Connection(open_database(path, read_only=read_only), alone=not read_only)
        self._open = not read_only
        self._path = path
        self._at = at
        self.facts = Facts(self._connection)
        self.remote = RemoteTree(self._connection, self.facts)
        self.local = LocalTree(self._connection)
        self.agreed = AgreedTree(self._connection)
        self.states = States(self._connection, self.agreed, self.local)
        self.folder_states = FolderStates(self._connection, self.agreed, self.local)
        self.intents = Intents(self._connection)
        self.placings = Placings(self._connection)
        self.unanswered = Unanswered(self._connection)
        self.twins = Twins(self._connection)
        self.decisions = Decisions(self._connection)
        self.history = History(self._connection)
        self.failures = Failures(self._connection)
        self.left = Left(self._connection)
        self.trash = TrashLedger(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes durable at once, or nothing does. Nests."""
        with self._connection.transaction():
            yield
            self._at("store.commit")
        self._at("store.committed")

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Everything inside is seen by reads inside, and undone at the end."""
        with suppress(_Undone), self._connection.transaction():
            yield
            raise _Undone

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Everything inside is read as it was at one moment, whatever another process writes; for a store that is
        only read."""
        self._connection.run("BEGIN")
        try:
            yield
        finally:
            self._connection.run("COMMIT")

    @property
    def changes(self) -> int:
        """How many rows this connection changed so far: equal numbers mean that nothing was written between."""
        return self._connection.total_changes

    def first_unused_automatic(self) -> int:
        """An N such that no folder is titled `Sta.sh Uploads N`, nor of any greater number."""
        return 1 + self._connection.number(
            "SELECT CAST(substr(title, 16) AS INTEGER) FROM remote_folder WHERE title GLOB 'Sta.sh Uploads [0-9]*'"
            " ORDER BY CAST(substr(title, 16) AS INTEGER) DESC LIMIT 1"
        )

    def close(self) -> None:
        """Closes the database; safe to call twice."""
        self._connection.close()
        if self._open:
            self._open = False
            closed(self._path)


class StoredBackoff:
    """The account's back-off, in a small file of its own: transfers on any thread may state it at any time, and the
    engine thread alone may use the database."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "backoff.json"

    def load(self) -> tuple[float, int]:
        """(Unix time before which nothing may be sent, throttled answers in a row); (0.0, 0) for none."""
        try:
            until, failures = json.loads(self._path.read_text(encoding="utf-8"))
            return float(until), int(failures)
        except (FileNotFoundError, ValueError, TypeError):
            return 0.0, 0

    def save(self, until: float, failures: int) -> None:
        """Durable before it returns. Raises OSError."""
        replace_text(self._path, json.dumps([until, failures]))


def open_store(path: Path, *, set_aside: Callable[[Path], object], at: Callable[[str], None] = _nothing) -> Store:
    """The mirror's store; a corrupt database is handed to `set_aside`, which renames it, and a new one is made."""
    try:
        return Store(path, at=at)
    except Corrupt:
        set_aside(path)
        return Store(path, at=at)
