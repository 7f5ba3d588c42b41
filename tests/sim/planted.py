"""Mistakes that a program like this can make, each as one patch of the shipped code; a simulator must find them.

Law: a plant changes one decision, in the way in which a hurried programmer would have written it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from syncd.core import verdicts
from syncd.core.model import Direction, Withdrawn
from syncd.core.verdicts import Here, There, Verdict
from syncd.engine import look_there, removing, sending
from syncd.engine.rereading import Reading
from syncd.local.place import put
from syncd.store.intents import Intents
from syncd.store.remote_tree import RemoteTree


@dataclass(frozen=True, slots=True)
class Plant:
    """A mistake: how it is made, which promises it breaks, and the first seed to try (to save time)."""

    make: Callable[[pytest.MonkeyPatch], None]
    breaks: frozenset[str]
    first: int = 0


def _cursor_early(patch: pytest.MonkeyPatch) -> None:
    """The cursor is committed before what was told."""
    apply = RemoteTree.apply

    def early(self: RemoteTree, *, cursor: str | None, whole: bool) -> bool:
        if cursor is not None and cursor != self.cursor:
            with self._connection.transaction():
                self._facts.put("cursor", cursor)
        return apply(self, cursor=cursor, whole=whole)

    patch.setattr(RemoteTree, "apply", early)


def _no_check_before_rename(patch: pytest.MonkeyPatch) -> None:
    """What stands at the place is replaced without another look at it (W8)."""
    patch.setattr(put, "_check", lambda _job, _expected: None)
    patch.setattr(put, "same_but_ctime", lambda _one, _other: True)


def _no_read_before_replace(patch: pytest.MonkeyPatch) -> None:
    """The item is overwritten whatever the last reading before it said."""
    patch.setattr(sending, "_is_known", lambda *_: True)


def _intent_after_sending(patch: pytest.MonkeyPatch) -> None:
    """The intent is not on the disk when its request goes out (I8)."""
    opened = Intents.open

    def late(self: Intents, *arguments: Any, **words: Any) -> int:
        number = opened(self, *arguments, **words)
        with self._connection.transaction():
            self.close(number)
        return number

    patch.setattr(Intents, "open", late)


def _unknown_is_failed(patch: pytest.MonkeyPatch) -> None:
    """A submission whose answer was lost counts as not applied (W1)."""

    def closed(self: Intents, intent: int) -> None:
        with self._connection.transaction():
            self.close(intent)

    patch.setattr(Intents, "unknown", closed)


def _absence_is_deletion(patch: pytest.MonkeyPatch) -> None:
    """What a listing does not tell counts as deleted, and nobody looks it up (W24)."""
    record = look_there.record_reading
    patch.setattr(
        look_there, "record_reading", lambda mirror, itemid, _found: record(mirror, itemid, Withdrawn.DELETED)
    )


def _trash_skipped(patch: pytest.MonkeyPatch) -> None:
    """An item is deleted without its bytes in the trash."""
    patch.setattr(removing, "is_in_trash", lambda _mirror, _itemid, _sha256: True)


def _conflict_takes_theirs(patch: pytest.MonkeyPatch) -> None:
    """Where both sides changed, the remote's version simply wins."""
    tables = {direction: dict(table) for direction, table in verdicts._TABLES.items()}
    tables[Direction.TWO_WAY][True, Here.CHANGED, There.CHANGED] = Verdict.TAKE
    patch.setattr(verdicts, "_TABLES", tables)


def _published_is_deleted(patch: pytest.MonkeyPatch) -> None:
    """What was published counts as deleted (I7)."""
    tables = {direction: dict(table) for direction, table in verdicts._TABLES.items()}
    tables[Direction.TWO_WAY][True, Here.SAME, There.PUBLISHED] = Verdict.DELETE_FILE
    patch.setattr(verdicts, "_TABLES", tables)
    patch.setattr(removing, "record_reading", lambda *_: None)
    read = look_there.record_reading

    def reading(mirror: Any, itemid: int, found: Any) -> None:
        read(mirror, itemid, Withdrawn.DELETED if found is Withdrawn.PUBLISHED else found)

    patch.setattr(look_there, "record_reading", reading)


def _deletion_beats_edit(patch: pytest.MonkeyPatch) -> None:
    """An item that was changed there is deleted all the same, because its file was deleted here (W15)."""
    tables = {direction: dict(table) for direction, table in verdicts._TABLES.items()}
    tables[Direction.TWO_WAY][True, Here.GONE, There.CHANGED] = Verdict.DELETE_ITEM
    tables[Direction.TWO_WAY][True, Here.GONE, There.LOOK] = Verdict.DELETE_ITEM
    patch.setattr(verdicts, "_TABLES", tables)
    patch.setattr(Reading, "is_as_agreed", lambda _self, _agreed, _told: True)


PLANTS = {
    "cursor-early": Plant(_cursor_early, frozenset({"I15", "I1", "I19"}), first=50),
    "no-check-before-rename": Plant(_no_check_before_rename, frozenset({"I1"}), first=80),
    "no-read-before-replace": Plant(_no_read_before_replace, frozenset({"I1", "I15"}), first=140),
    "intent-after-sending": Plant(_intent_after_sending, frozenset({"I8"})),
    "unknown-is-failed": Plant(_unknown_is_failed, frozenset({"I19"})),
    "absence-is-deletion": Plant(_absence_is_deletion, frozenset({"I3"})),
    "trash-skipped": Plant(_trash_skipped, frozenset({"I1"})),
    "conflict-takes-theirs": Plant(_conflict_takes_theirs, frozenset({"I1"})),
    "published-is-deleted": Plant(_published_is_deleted, frozenset({"I3"}), first=40),
    "deletion-beats-edit": Plant(_deletion_beats_edit, frozenset({"I1", "I3", "I15"}), first=10),
}
