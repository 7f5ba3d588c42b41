"""What commands answer, as values that turn into JSON exactly as interface.md writes them.

Law: paths are relative to the mirrored folder, times are Unix seconds, sizes are bytes; nothing here looks anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command that only asks a daemon needs neither engine nor store
    from syncd.core.events import ActionEnded
    from syncd.core.state import RemoteItem, State
    from syncd.engine import Difference
    from syncd.store.decisions import ConflictRow, HeldRow
    from syncd.store.history import Done, Trashed

Document = dict[str, object]
"""A JSON object; its values are what `json` can write."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: a document, and the exit code of the command that asked for it."""

    document: Document
    exit_code: int = 0


def held(row: HeldRow) -> Document:
    """A set that waits for a person."""
    return {
        "id": row.id,
        "kind": row.kind,
        "count": len(row.subjects),
        "sample": list(row.paths),
        "since": row.since,
        "reason": row.reason,
    }


def conflict(row: ConflictRow) -> Document:
    """A conflict that nobody settled yet."""
    return {"path": row.path, "itemid": row.itemid, "copy": row.copy, "since": row.since}


def trashed(row: Trashed) -> Document:
    """A file in the trash."""
    return {
        "id": row.id,
        "path": row.path,
        "itemid": row.itemid,
        "sha256": row.sha256,
        "bytes": row.size,
        "deleted": row.deleted,
        "cause": row.cause,
        "expires": row.expires,
    }


def done(row: Done) -> Document:
    """An action of the past."""
    return {
        "at": row.at,
        "action": row.action,
        "path": row.path,
        "itemid": row.itemid,
        "outcome": row.outcome,
        "reason": row.reason,
    }


def action(event: ActionEnded) -> Document:
    """An action of this run."""
    document: Document = {
        "action": event.action,
        "path": event.path,
        "itemid": event.itemid,
        "outcome": event.outcome.value,
        "reason": event.reason,
    }
    return {**document, "error": event.error} if event.error else document


def difference(found: Difference) -> Document:
    """What `verify` found."""
    return {"kind": found.kind, "path": found.path, "itemid": found.itemid, "message": found.message}


def requests(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """How many requests were sent between two counts, by endpoint and in all."""
    sent = {name: count - before.get(name, 0) for name, count in after.items()}
    return {"total": sum(sent.values()), **{name: count for name, count in sorted(sent.items()) if count}}


def sides(state: State) -> Document:
    """What each side holds of an item, and what both agreed on; null for nothing."""
    here, agreed = state.local, state.agreed
    return {
        "here": here
        and {"path": here.path, "state": state.here.value, "sha256": here.sha256, "bytes": here.fingerprint.size},
        "there": state.remote and _there(state.remote, state.there.value),
        "agreed": agreed
        and {
            "path": agreed.path,
            "title": agreed.title,
            "folder": agreed.folder,
            "sha256": agreed.sha256,
            "bytes": agreed.size,
            "published": agreed.released,
        },
    }


def _there(remote: RemoteItem, state: str) -> Document:
    return {
        "title": remote.item.title,
        "folder": remote.folder,
        "bytes": remote.item.size,
        "seen": remote.seen.value,
        "state": state,
    }


def listed(name: str, rows: Iterable[Document]) -> Document:
    """A list: an object with one key, named like the command."""
    return {name: list(rows)}
