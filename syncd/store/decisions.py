"""What waits for a person, and what a person decided.

Law: an answer binds to exactly the subjects that were shown; it goes when what it asked for is agreed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncd.core.model import Keep
from syncd.core.state import Answer
from syncd.store.database import Connection, Row
from syncd.store.small import Small


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A set that waits for a person."""

    id: str
    kind: str
    reason: str
    since: float
    subjects: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict that nobody settled yet: the item's file and the copy of the local bytes. `keep`: a person's answer
    that is still to be carried out."""

    itemid: int
    path: str
    copy: str
    since: float
    keep: Keep | None = None


def _held(row: Row) -> HeldRow:
    hold, kind, reason, since, subjects, paths = row
    shown, places = tuple(json.loads(str(subjects))), tuple(json.loads(str(paths)))
    return HeldRow(str(hold), str(kind), str(reason), float(since or 0), shown, places)


def _conflict(row: Row) -> ConflictRow:
    itemid, path, copy, since, keep = row
    kept = None if keep is None else Keep(str(keep))
    return ConflictRow(int(itemid or 0), str(path), str(copy), float(since or 0), kept)


class Decisions:
    """Holds, answers and conflicts of a mirror."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        held = "SELECT id, kind, reason, since, subjects, paths FROM held ORDER BY since, id"
        self._held = Small(connection, "held", held, lambda rows: [_held(row) for row in rows])
        conflicts = "SELECT itemid, path, copy, since, keep FROM conflict ORDER BY since, itemid"
        self._conflicts = Small(connection, "conflict", conflicts, lambda rows: [_conflict(row) for row in rows])
        answers = "SELECT subject, answer FROM answer"
        self._answers = Small(connection, "answer", answers, lambda rows: {str(s): Answer(str(a)) for s, a in rows})

    # --- holds

    def hold(self, now: float, held: Sequence[HeldRow]) -> None:
        """States what is held now; a set that was held before keeps its `since`, one that is no longer held goes."""
        known = {row.id: row for row in self.held()}
        wanted = {row.id: row for row in held}
        if {i: (r.reason, r.paths) for i, r in known.items()} == {i: (r.reason, r.paths) for i, r in wanted.items()}:
            return
        with self._connection.transaction():
            for gone in known.keys() - wanted.keys():
                self._connection.run("DELETE FROM held WHERE id = ?", (gone,))
            for row in held:
                self._connection.run(
                    "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                    " reason = excluded.reason, paths = excluded.paths",
                    (row.id, row.kind, row.reason, now, json.dumps(row.subjects), json.dumps(row.paths)),
                )

    def held(self) -> list[HeldRow]:
        """What waits for a person, oldest first."""
        return list(self._held.content())

    def counts(self) -> tuple[int, int]:
        """How many sets are held, and how many conflicts there are."""
        held, conflicts = (self._connection.number(f"SELECT count(*) FROM {table}") for table in ("held", "conflict"))
        return held, conflicts

    def answer(self, hold: str, answer: Answer, at: float) -> bool:
        """Records a person's answer to a hold; False if nothing of that id is held."""
        row = next((row for row in self.held() if row.id == hold), None)
        if row is None:
            return False
        with self._connection.transaction():
            for subject in row.subjects:
                itemid = int(subject.split(":")[1])
                self._connection.run(
                    "INSERT INTO answer VALUES (?, ?, ?, ?) ON CONFLICT (subject)"
                    " DO UPDATE SET answer = excluded.answer, at = excluded.at",
                    (subject, itemid, answer.value, at),
                )
                self._connection.run("INSERT OR IGNORE INTO changed_item VALUES (?)", (itemid,))
        return True

    def confirm_deletion(self, subject: str, itemid: int, at: float) -> None:
        """Records that a person has already asked for exactly this deletion (by settling a conflict)."""
        self._connection.run("INSERT OR REPLACE INTO answer VALUES (?, ?, 'confirm', ?)", (subject, itemid, at))

    def answers(self) -> Mapping[str, Answer]:
        """All answers, by subject."""
        return self._answers.content()

    def forget_answers(self, itemid: int) -> None:
        """What they asked for is agreed."""
        if self._answers.content():
            self._connection.run("DELETE FROM answer WHERE itemid = ?", (itemid,))

    # --- conflicts

    def add_conflict(self, itemid: int, path: str, copy: str, at: float) -> None:
        """Lists a conflict."""
        self._connection.run(
            "INSERT INTO conflict VALUES (?, ?, ?, ?, NULL) ON CONFLICT (itemid) DO UPDATE SET path = excluded.path,"
            " copy = excluded.copy",
            (itemid, path, copy, at),
        )

    def conflicts(self) -> list[ConflictRow]:
        """All conflicts, oldest first."""
        return list(self._conflicts.content())

    def resolve(self, itemid: int, keep: Keep) -> None:
        """Records a person's answer to a conflict."""
        self._connection.once("UPDATE conflict SET keep = ? WHERE itemid = ?", (keep.value, itemid))

    def end_conflict(self, itemid: int) -> None:
        """Takes a conflict off the list."""
        self._connection.once("DELETE FROM conflict WHERE itemid = ?", (itemid,))
