"""Mistakes about the remote: what it told, what it was asked, what was sent.

Law: a plant changes one decision, in the way in which a hurried programmer would have written it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.model import Changes, Withdrawn
from syncd.engine import limbo, look_there, record, removing, rereading, sending, vanished
from syncd.engine.rereading import Reading
from syncd.remotes.faces import Drained, Snapshot
from syncd.store.intents import Intents
from syncd.store.remote_tree import RemoteTree
from syncd.store.store import StoredBackoff
from tests.sim.plants.plant import Plant, breaks


@breaks("I10", "I15", "I1", "I19")
def cursor_early(patch: pytest.MonkeyPatch) -> None:
    """The cursor is committed before what was told."""
    take_over = look_there._take_over

    def early(mirror: Any, cursor: str | None, told: Any, *, whole: bool) -> None:
        if cursor is not None and cursor != mirror.store.remote.cursor:
            with mirror.store.transaction():
                mirror.store.facts.put("cursor", cursor)
        take_over(mirror, cursor, told, whole=whole)

    patch.setattr(look_there, "_take_over", early)


@breaks("I1", "I15")
def no_read_before_replace(patch: pytest.MonkeyPatch) -> None:
    """The item is overwritten whatever the last reading before it said."""
    patch.setattr(sending, "_is_known", lambda *_: True)


@breaks("I8")
def intent_after_sending(patch: pytest.MonkeyPatch) -> None:
    """The intent is not on the disk when its request goes out (I8)."""
    opened = Intents.open

    def late(self: Intents, *arguments: Any, **words: Any) -> int:
        number = opened(self, *arguments, **words)
        with self._connection.transaction():
            self.close(number)
        return number

    patch.setattr(Intents, "open", late)


@breaks("I19")
def unknown_is_failed(patch: pytest.MonkeyPatch) -> None:
    """A submission whose answer was lost counts as not applied (W1)."""

    def closed(self: Intents, intent: int) -> None:
        with self._connection.transaction():
            self.close(intent)

    patch.setattr(Intents, "unknown", closed)


@breaks("I3")
def absence_is_deletion(patch: pytest.MonkeyPatch) -> None:
    """What a listing does not tell counts as deleted, and nobody looks it up (W24)."""
    record = look_there.record_reading
    patch.setattr(vanished, "record_reading", lambda mirror, itemid, _found: record(mirror, itemid, Withdrawn.DELETED))


@breaks("I1", "I3")
def no_read_before_delete(patch: pytest.MonkeyPatch) -> None:
    """An item is deleted without another reading right before it."""
    read = rereading.read_again

    def unread(mirror: Any, itemid: int) -> Reading:
        told = mirror.store.remote.item(itemid)
        agreed = mirror.store.agreed.item(itemid)
        return Reading(told.item, agreed.sha256) if told and agreed else read(mirror, itemid)

    patch.setattr(removing, "read_again", unread)


@breaks("I1", "I15", "I3")
def provisional_trusted(patch: pytest.MonkeyPatch) -> None:
    """The first version that is told of an item counts as ours, and is never proven (W25)."""
    agreed_of = record.agreed_of

    def trusted(*arguments: Any, **words: Any) -> Any:
        return replace(agreed_of(*arguments, **words), provisional=False, echo=True)

    patch.setattr(record, "agreed_of", trusted)
    patch.setattr(sys.modules["syncd.engine.cycle"], "prove_provisional", lambda _mirror: None)


@breaks("I10", "I3", "I1", "I15")
def moved_drain_is_complete(patch: pytest.MonkeyPatch) -> None:
    """What a listing did not tell is gone, also when the state moved while it was told (W21)."""
    drain, read = look_there._drain, look_there.record_reading
    moved = [False]

    def complete(mirror: Any, *arguments: Any) -> Drained:
        drained = drain(mirror, *arguments)
        moved[0] = drained.epoch and not drained.steady
        return replace(drained, steady=True)

    def not_asked(mirror: Any, itemid: int, found: Any) -> None:
        read(mirror, itemid, Withdrawn.DELETED if moved[0] else found)

    patch.setattr(look_there, "_drain", complete)
    patch.setattr(vanished, "record_reading", not_asked)


@breaks("I10", "I15", "I1")
def every_drain_is_steady(patch: pytest.MonkeyPatch) -> None:
    """The cursor of the last page is stored although the pages named several (W21)."""
    drain = look_there._drain

    def steady(*arguments: Any) -> Drained:
        drained = drain(*arguments)
        return replace(drained, steady=True, epoch=drained.epoch and drained.steady)

    patch.setattr(look_there, "_drain", steady)


@breaks("I13")
def backoff_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The pause that the server asked for is forgotten with the process."""
    patch.setattr(StoredBackoff, "load", lambda _self: (0.0, 0))


@breaks("I8", "I9", "I2/I9")
def file_itself_is_sent(patch: pytest.MonkeyPatch) -> None:
    """The user's file is sent, and not the private copy that was hashed (I9, W6)."""
    snapshot = sending._snapshot

    def careless(mirror: Any, file: Any, key: str) -> Snapshot:
        copy = snapshot(mirror, file, key)
        copy.path.write_bytes(b"")
        path = copy.path.with_name(copy.path.name)
        path.unlink()
        path.symlink_to(mirror.root.path / file.path)
        return copy

    patch.setattr(sending, "_snapshot", careless)


@breaks("I19", "I15", "I1", "I3")
def adopted_by_size(patch: pytest.MonkeyPatch) -> None:
    """Whatever appeared since and has the size is adopted as the submission in limbo; its content is not compared."""

    def alike(mirror: Any, items: Any) -> Iterator[tuple[int, str]]:
        for intent in mirror.store.intents.every():
            yield from ((item.id, intent.sha256) for item in items)

    patch.setattr(limbo, "known_bytes", alike)


@breaks("I19")
def intent_closed_first(patch: pytest.MonkeyPatch) -> None:
    """The intent is closed in a transaction of its own, before its outcome is agreed on."""
    made = sending._made

    def closed_first(mirror: Any, target: Any, folder: int | None) -> Any:
        for intent in mirror.store.intents.every():
            if intent.target == target and not intent.limbo:
                mirror.store.intents.close(intent.id)
        yield lambda: None
        return (yield from made(mirror, target, folder))

    patch.setattr(sending, "_made", closed_first)


@breaks("W1", "I19")
def limbo_ends_at_once(patch: pytest.MonkeyPatch) -> None:
    """A submission in limbo is sent again without a drain that could tell it (W1)."""
    patch.setattr(limbo, "DRAINS", 0)
    patch.setattr(limbo, "known_bytes", lambda _mirror, _items: iter(()))
    patch.setattr(limbo, "_is_unknown", lambda _mirror, _item: False)
    patch.setattr(limbo, "lose", lambda *_arguments, **_words: None)


@breaks("I16")
def titles_healed(patch: pytest.MonkeyPatch) -> None:
    """Every true-up sends each item's title once more, to be on the safe side."""
    cycle = sys.modules["syncd.engine.cycle"]
    prove = cycle.prove_provisional

    def healed(mirror: Any) -> None:
        prove(mirror)
        for agreed in list(mirror.store.agreed.every()):
            if not agreed.released and not agreed.superseded:
                mirror.remote.edit(agreed.id, Changes(title=agreed.title))

    patch.setattr(cycle, "prove_provisional", healed)


@breaks("I12")
def own_write_unseen(patch: pytest.MonkeyPatch) -> None:
    """What was told of an item before we changed it still counts after that."""
    patch.setattr(RemoteTree, "wrote", lambda _self, _itemid: None)


PLANTS: dict[str, Plant] = {
    "cursor-early": cursor_early,
    "no-read-before-replace": no_read_before_replace,
    "no-read-before-delete": no_read_before_delete,
    "intent-after-sending": intent_after_sending,
    "intent-closed-first": intent_closed_first,
    "unknown-is-failed": unknown_is_failed,
    "limbo-ends-at-once": limbo_ends_at_once,
    "adopted-by-size": adopted_by_size,
    "absence-is-deletion": absence_is_deletion,
    "provisional-trusted": provisional_trusted,
    "moved-drain-is-complete": moved_drain_is_complete,
    "every-drain-is-steady": every_drain_is_steady,
    "backoff-forgotten": backoff_forgotten,
    "file-itself-is-sent": file_itself_is_sent,
    "titles-healed": titles_healed,
    "own-write-unseen": own_write_unseen,
}
