"""Mistakes in what is decided: the tables, the brake, how much is done at once.

Law: see `there`.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from syncd.core import names, verdicts
from syncd.core.model import Direction, Withdrawn
from syncd.core.verdicts import Here, There, Verdict
from syncd.engine import act, look_there, removing, vanished
from syncd.engine.rereading import Reading
from syncd.store.history import History
from tests.sim.plants.plant import Plant, breaks


def _decided(patch: pytest.MonkeyPatch, direction: Direction, *changes: tuple[Here, There, Verdict]) -> None:
    """Other verdicts on items that were agreed."""
    tables = {each: dict(table) for each, table in verdicts._TABLES.items()}
    for here, there, verdict in changes:
        tables[direction][True, here, there] = verdict
    patch.setattr(verdicts, "_TABLES", tables)


@breaks("I1")
def conflict_takes_theirs(patch: pytest.MonkeyPatch) -> None:
    """Where both sides changed, the remote's version simply wins."""
    _decided(patch, Direction.TWO_WAY, (Here.CHANGED, There.CHANGED, Verdict.TAKE))


@breaks("I1", "I15")
def conflict_takes_ours(patch: pytest.MonkeyPatch) -> None:
    """Where both sides changed, the local version simply wins, and what it replaces there is not kept."""
    _decided(patch, Direction.TWO_WAY, (Here.CHANGED, There.CHANGED, Verdict.SEND))
    patch.setattr("syncd.engine.sending._is_known", lambda *_: True)


@breaks("I20")
def copies_named_at_random(patch: pytest.MonkeyPatch) -> None:
    """The copy of a conflict is named by a random word, and not by its bytes."""
    named = names.conflict_copy
    patch.setattr(names, "conflict_copy", lambda name, _sha256, taken: named(name, secrets.token_hex(4), taken))


@breaks("I3")
def published_is_deleted(patch: pytest.MonkeyPatch) -> None:
    """What was published counts as deleted (I7)."""
    _decided(patch, Direction.TWO_WAY, (Here.SAME, There.PUBLISHED, Verdict.DELETE_FILE))
    patch.setattr(removing, "record_reading", lambda *_: None)
    read = look_there.record_reading

    def reading(mirror: Any, itemid: int, found: Any) -> None:
        read(mirror, itemid, Withdrawn.DELETED if found is Withdrawn.PUBLISHED else found)

    patch.setattr(vanished, "record_reading", reading)


@breaks("I1", "I3", "I15")
def deletion_beats_edit(patch: pytest.MonkeyPatch) -> None:
    """An item that was changed there is deleted all the same, because its file was deleted here (W15)."""
    changes = ((Here.GONE, There.CHANGED, Verdict.DELETE_ITEM), (Here.GONE, There.LOOK, Verdict.DELETE_ITEM))
    _decided(patch, Direction.TWO_WAY, *changes)
    patch.setattr(Reading, "is_as_agreed", lambda _self, _agreed, _told: True)


@breaks("I1")
def edit_goes_with_the_item(patch: pytest.MonkeyPatch) -> None:
    """A file that was edited here goes because its item was deleted there, and its bytes with it (W14)."""
    _decided(patch, Direction.TWO_WAY, (Here.CHANGED, There.DELETED, Verdict.DELETE_FILE))
    patch.setattr(removing, "throw_file", lambda mirror, file, _itemid, _cause: (mirror.root.path / file.path).unlink())


@breaks("direction")
def pull_deletes_there(patch: pytest.MonkeyPatch) -> None:
    """A mirror that only pulls deletes the item of a file that was deleted here."""
    _decided(patch, Direction.PULL, (Here.GONE, There.SAME, Verdict.DELETE_ITEM))


@breaks("direction")
def push_deletes_here(patch: pytest.MonkeyPatch) -> None:
    """A mirror that only pushes deletes the file of an item that was deleted there."""
    _decided(patch, Direction.PUSH, (Here.SAME, There.DELETED, Verdict.DELETE_FILE))


@breaks("I4")
def brake_forgets_restarts(patch: pytest.MonkeyPatch) -> None:
    """The brake counts only what this process has deleted."""
    made, count = History.__init__, History.count

    def begun(self: History, connection: Any) -> None:
        made(self, connection)
        _BEGUN[id(connection)] = connection.number("SELECT max(id) FROM history")

    def counted(self: History, action: str, since: float) -> int:
        first = _BEGUN.get(id(self._connection), 0)
        older = self._connection.number(
            "SELECT count(*) FROM history WHERE action = ? AND at > ? AND outcome = 'done' AND counts AND id <= ?",
            (action, since, first),
        )
        return count(self, action, since) - older

    patch.setattr(History, "__init__", begun)
    patch.setattr(History, "count", counted)


_BEGUN: dict[int, int] = {}


@breaks("I13")
def everything_at_once(patch: pytest.MonkeyPatch) -> None:
    """All actions of a group are under way at the same time."""
    patch.setattr(act, "_in_flight", lambda _mirror: 1 << 20)


PLANTS: dict[str, Plant] = {
    "conflict-takes-theirs": conflict_takes_theirs,
    "conflict-takes-ours": conflict_takes_ours,
    "copies-named-at-random": copies_named_at_random,
    "published-is-deleted": published_is_deleted,
    "deletion-beats-edit": deletion_beats_edit,
    "edit-goes-with-the-item": edit_goes_with_the_item,
    "pull-deletes-there": pull_deletes_there,
    "push-deletes-here": push_deletes_here,
    "brake-forgets-restarts": brake_forgets_restarts,
    "everything-at-once": everything_at_once,
}
