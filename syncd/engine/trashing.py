"""Puts bytes into the trash, and lists them there.

Law: a file is in the trash before anything that made it go is recorded; one that is there and not listed, because a
crash came between, is listed at the next start, or true-up.
"""

from __future__ import annotations

from itertools import chain, count

from syncd.core.model import Agreed, LocalFile
from syncd.core.state import Answer
from syncd.core.steps import subject
from syncd.engine.mirror import Mirror
from syncd.engine.unchanged import proof, prove
from syncd.local import trash
from syncd.local.place import Staged, clear_stage
from syncd.store.history import Trashed

DAY = 86400.0
DELETED_HERE, FOUND = "deleted here", "found in the trash"
_DELETIONS = {DELETED_HERE: ("remote", "delete-remote"), FOUND: ("local", "delete-local")}
"""Why bytes lie in the trash: which side's deletion that is part of, and its word. A file that went there is listed in
the commit that records its deletion, so that without a record it is only found."""
_SHOWN = 12
"""How much of their hash is in the name of what lies in the trash."""


def keep_in_trash(mirror: Mirror, staged: Staged, path: str, itemid: int | None, cause: str) -> None:
    """Moves staged bytes into the trash as those of `path`."""
    name = _free_id(mirror, itemid, staged.sha256)
    trashed = trash.throw_staged(mirror.root, staged.path, path, name)
    _list(mirror, Trashed(name, path, trashed, itemid, staged.sha256, staged.size, *_times(mirror), cause))


def throw_file(mirror: Mirror, file: LocalFile, itemid: int | None, cause: str) -> None:
    """Moves a visible file into the trash, if it still is what was seen. FileChanged if not."""
    if proof(mirror, file):
        prove(mirror, file)
    name = _free_id(mirror, itemid, file.sha256)
    trashed = trash.throw(mirror.root, file.path, file.fingerprint, name)
    size = file.fingerprint.size
    _list(mirror, Trashed(name, file.path, trashed, itemid, file.sha256, size, *_times(mirror), cause))


def is_in_trash(mirror: Mirror, itemid: int, sha256: str) -> bool:
    """Whether these bytes of the item are already there."""
    lying = {path for path, _ in trash.listing(mirror.root)}
    return any(row.trashed in lying for row in mirror.store.trash.of(itemid, sha256))


def begun_deletion(mirror: Mirror, agreed: Agreed, since: float) -> str | None:
    """The deletion of ours for which the item's bytes went into the trash since then, though a crash or a lost answer
    may have come before its record: a word of the history. None also for one that a person confirmed."""
    answers = mirror.store.decisions.answers()
    for row in mirror.store.trash.of(agreed.id, agreed.sha256):
        side, word = _DELETIONS.get(row.cause, ("", ""))
        if word and row.deleted > since and answers.get(subject(side, agreed)) is not Answer.CONFIRM:
            return word
    return None


def _free_id(mirror: Mirror, itemid: int | None, sha256: str) -> str:
    base = f"{itemid or 0}-{sha256[:_SHOWN]}"
    names = chain((base,), (f"{base}-{n}" for n in count(2)))
    return next(name for name in names if mirror.store.trash.get(name) is None)


def _times(mirror: Mirror) -> tuple[float, float]:
    """When it was deleted, and until when it is kept."""
    now = mirror.clock.now()
    return now, now + mirror.policy.trash_days * DAY


def _list(mirror: Mirror, row: Trashed) -> None:
    with mirror.store.transaction():
        mirror.store.trash.add(row)


def tidy(mirror: Mirror) -> None:
    """Clears away what a crash, or a placing that failed, has left in the stage, and lists in the trash what is the
    user's. To be called while nothing is under way. Repeatable."""
    keep = {path.name.partition(".")[0] for path in mirror.root.stage.glob("*.mark")}
    clear_stage(mirror.root, keep)
    _list_forgotten(mirror)


def _list_forgotten(mirror: Mirror) -> None:
    """Lists what lies in the trash and is not listed."""
    listed = {row.trashed for row in mirror.store.trash.every()}
    for trashed, fingerprint in trash.listing(mirror.root):
        if trashed not in listed:
            name, _, path = trashed.partition("/")
            agreed, size = _agreed(mirror, name), fingerprint.size
            itemid, sha256 = (agreed.id, agreed.sha256) if agreed else (None, "")
            _list(mirror, Trashed(name, path or name, trashed, itemid, sha256, size, *_times(mirror), FOUND))


def _agreed(mirror: Mirror, name: str) -> Agreed | None:
    """Of which item these are the agreed bytes, by the name that they got in the trash."""
    itemid, _, sha256 = name.partition("-")
    agreed = mirror.store.agreed.item(int(itemid)) if itemid.isdecimal() else None
    return agreed if agreed and sha256.startswith(agreed.sha256[:_SHOWN]) else None


def expire(mirror: Mirror, before: float) -> int:
    """Purges what was to be kept until then at most; answers how many."""
    expired = mirror.store.trash.every(expired_at=before)
    for row in expired:
        trash.purge(mirror.root, row.trashed)
        mirror.store.trash.remove(row.id)
    return len(expired)
