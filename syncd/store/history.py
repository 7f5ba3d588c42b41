"""What was done and why, what fails, what is left alone, and what can come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class Done:
    """One action and its outcome. `at`: Unix seconds. `counts`: for the brake, if it is a deletion; one that a person
    confirmed does not."""

    at: float
    action: str
    path: str
    itemid: int | None
    outcome: str
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that fails. `subject` names the item or path; `action` is what was tried. `retry_at`: Unix seconds, or
    None when only a change can help."""

    subject: str
    path: str | None
    itemid: int | None
    action: str
    error: str
    message: str
    remedy: str
    retry_at: float | None
    attempts: int
    since: float

    def is_put_off(self, now: float) -> bool:
        """Whether it is not to be tried again yet."""
        return self.retry_at is not None and self.retry_at > now


@dataclass(frozen=True, slots=True)
class Trashed:
    """A file in the trash: `path` it had, `trashed` where it is below the trash folder. Times are Unix seconds."""

    id: str
    path: str
    trashed: str
    itemid: int | None
    sha256: str
    size: int
    deleted: float
    expires: float
    cause: str


_NET_GROWTH = """
SELECT (SELECT count(DISTINCT h.itemid) FROM history h
  WHERE h.at > ? AND h.outcome = 'done' AND h.action IN ('upload', 'download', 'adopt')
  AND NOT EXISTS (SELECT 1 FROM history o WHERE o.itemid = h.itemid AND o.outcome = 'done' AND o.at <= ?))
- (SELECT count(DISTINCT itemid) FROM history
  WHERE at > ? AND outcome = 'done' AND action IN ('delete-local', 'delete-remote'))
"""


class History:
    """The actions done; only added to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, done: Done) -> None:
        """Adds one action."""
        self._connection.run(
            "INSERT INTO history (at, action, path, itemid, outcome, reason, counts) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (done.at, done.action, done.path, done.itemid, done.outcome, done.reason, int(done.counts)),
        )

    def last(self, limit: int, path: str | None = None, itemid: int | None = None) -> list[Done]:
        """The newest actions first, of one path or item if given."""
        where, parameters = "", ()
        if path is not None:
            where, parameters = "WHERE path = ? OR itemid = ?", (path, itemid)  # type: ignore[assignment]
        rows = self._connection.rows(
            f"SELECT at, action, path, itemid, outcome, reason FROM history {where} ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [_done(row) for row in rows]

    def count(self, action: str, since: float) -> int:
        """How often an action succeeded since then, and counts for the brake."""
        return self._connection.number(
            "SELECT count(*) FROM history WHERE action = ? AND at > ? AND outcome = 'done' AND counts", (action, since)
        )

    def net_growth(self, since: float) -> int:
        """How many more items are agreed than were then. Reads all that was done since."""
        return self._connection.number(_NET_GROWTH, (since, since, since))


def _done(row: Row) -> Done:
    at, action, path, itemid, outcome, reason = row
    return Done(
        float(at or 0), str(action), str(path), None if itemid is None else int(itemid), str(outcome), str(reason)
    )


class Failures:
    """What fails now. A row goes with its cause."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = "SELECT * FROM failure ORDER BY since, subject"
        self._all = Small(connection, "failure", query, lambda rows: {str(row[0]): _failure(row) for row in rows})

    def put(self, failure: Failure) -> None:
        """States that something fails."""
        self._connection.run(
            "INSERT INTO failure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET"
            " path = excluded.path, action = excluded.action, error = excluded.error, message = excluded.message,"
            " remedy = excluded.remedy, retry_at = excluded.retry_at, attempts = excluded.attempts",
            astuple(failure),
        )

    def end(self, subject: str) -> None:
        """It no longer fails."""
        if self.get(subject) is not None:  # a write would make the whole table be read again
            self._connection.run("DELETE FROM failure WHERE subject = ?", (subject,))

    def get(self, subject: str) -> Failure | None:
        """What fails about this subject."""
        known = self._all.in_mind()
        if known is not None:
            return known.get(subject)
        row = self._connection.row("SELECT * FROM failure WHERE subject = ?", (subject,))
        return _failure(row) if row else None

    def every(self) -> dict[str, Failure]:
        """All failures, by subject."""
        return dict(self._all.content())

    def count(self) -> int:
        """How many there are."""
        return self._connection.number("SELECT count(*) FROM failure")

    def retry_now(self) -> None:
        """A person asked: whatever waits for its next try may be tried at once."""
        if self._connection.row("SELECT 1 FROM failure"):
            self._connection.once("UPDATE failure SET retry_at = 0")


def _failure(row: Row) -> Failure:
    subject, path, itemid, action, error, message, remedy, retry_at, attempts, since = row
    return Failure(
        str(subject),
        None if path is None else str(path),
        None if itemid is None else int(itemid),
        str(action),
        str(error),
        str(message),
        str(remedy),
        None if retry_at is None else float(retry_at),
        int(attempts or 0),
        float(since or 0),
    )


class Left:
    """What is left alone by the mirror's rules or direction, by subject and reason, so that `status` can count it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def update(self, left: Mapping[str, str]) -> None:
        """States what the last plan left alone; what an earlier one did, and this one did not look at, stays."""
        rows = self._connection.rows("SELECT subject, reason FROM left_item") if left else []
        known = {str(subject): str(reason) for subject, reason in rows}
        fresh = {subject: reason for subject, reason in left.items() if known.get(subject) != reason}
        if fresh:
            with self._connection.transaction():
                self._connection.run_many("INSERT OR REPLACE INTO left_item VALUES (?, ?)", list(fresh.items()))

    def drop(self, subjects: Iterable[str]) -> None:
        """These are no longer left alone."""
        for subject in subjects:
            if self._connection.row("SELECT 1 FROM left_item WHERE subject = ?", (subject,)):
                self._connection.run("DELETE FROM left_item WHERE subject = ?", (subject,))

    def clear(self) -> None:
        """Everything is looked at anew."""
        self._connection.run("DELETE FROM left_item")

    def counts(self) -> dict[str, int]:
        """How many are left alone, by reason."""
        rows = self._connection.rows("SELECT reason, count(*) FROM left_item GROUP BY reason")
        return {str(reason): int(count or 0) for reason, count in rows}


class TrashLedger:
    """What lies in the trash, and until when."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, trashed: Trashed) -> None:
        """Lists a file that lies in the trash."""
        self._connection.run(
            "INSERT OR REPLACE INTO trash VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            astuple(trashed),
        )

    def every(self, *, expired_at: float | None = None) -> list[Trashed]:
        """All of it, newest first, or only what has expired by then."""
        where, parameters = ("", ()) if expired_at is None else ("WHERE expires <= ?", (expired_at,))
        rows = self._connection.rows(f"SELECT * FROM trash {where} ORDER BY deleted DESC, id", parameters)
        return [_trashed(row) for row in rows]

    def of(self, itemid: int, sha256: str) -> list[Trashed]:
        """What lies there of these bytes of an item."""
        rows = self._connection.rows("SELECT * FROM trash WHERE itemid = ? AND sha256 = ?", (itemid, sha256))
        return [_trashed(row) for row in rows]

    def get(self, trash: str) -> Trashed | None:
        """One file in the trash."""
        row = self._connection.row("SELECT * FROM trash WHERE id = ?", (trash,))
        return _trashed(row) if row else None

    def remove(self, trash: str) -> None:
        """It is no longer there: restored, or purged."""
        self._connection.once("DELETE FROM trash WHERE id = ?", (trash,))


def _trashed(row: Row) -> Trashed:
    trash, path, trashed, itemid, sha256, size, deleted, expires, cause = row
    return Trashed(
        str(trash),
        str(path),
        str(trashed),
        None if itemid is None else int(itemid),
        str(sha256),
        int(size or 0),
        float(deleted or 0),
        float(expires or 0),
        str(cause),
    )
