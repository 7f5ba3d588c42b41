"""Resolves submissions whose outcome is unknown (guarantees W1, W2).

Law: nothing is submitted a second time until two complete drains, at least five seconds apart, told nothing that could
be it. A match is proven by size and then by content. Several matches: the oldest is adopted, the others become items
of their own.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core import names
from syncd.core.errors import ItemFailed
from syncd.core.model import AgreedFolder, Fingerprint, Item, LocalFile, Make, Withdrawn
from syncd.core.state import Seen
from syncd.engine import record
from syncd.engine.mirror import Mirror
from syncd.engine.receiving import stage_key
from syncd.local.place import Partial, Staged
from syncd.store.intents import Intent

APART = 5.0
DRAINS = 2


def candidates(mirror: Mirror, intent: Intent) -> list[Item]:
    """The items that could be the submission: nobody's, first told after it was sent, and not of another size."""
    told = mirror.store.remote.appeared_since(intent.drain)
    return [item for item in told if item.size in {None, intent.size}]


def resolve_limbo(mirror: Mirror) -> float | None:
    """Goes on with every submission in limbo; answers when to come back (steady seconds), None if all is known."""
    due: float | None = None
    for intent in mirror.store.intents.every():
        if not intent.limbo or not mirror.remote.abilities.list:
            continue
        if not _resolve(mirror, intent):
            due = mirror.clock.steady() + APART
    return due


def _resolve(mirror: Mirror, intent: Intent) -> bool:
    if intent.itemid is not None:
        return _finish_acknowledged(mirror, intent, intent.itemid)
    for item in candidates(mirror, intent):
        staged = _bytes_of(mirror, item)
        if staged is not None and staged.sha256 == intent.sha256:
            _adopt(mirror, intent, item)
            return True
    now = mirror.clock.now()
    if intent.drained_at is None or now - intent.drained_at >= APART:
        mirror.store.intents.drained(intent.id, now)
        if intent.drains + 1 >= DRAINS:
            with mirror.store.transaction():
                mirror.store.intents.close(intent.id)
            return True
    return False


def _bytes_of(mirror: Mirror, item: Item) -> Staged | None:
    """The bytes of an item, brought into the stage; None if they cannot be had now."""
    partial = Partial(mirror.root, stage_key(item))
    try:
        with mirror.remote.open(item.id, item.version, partial.size) as content:
            staged = partial.receive(content.chunks, content.start, reserve=mirror.policy.reserve)
            mirror.store.remote.learn(item.id, content.version, staged.sha256, content.extension)
            return staged
    except ItemFailed:
        return None


def _finish_acknowledged(mirror: Mirror, intent: Intent, itemid: int) -> bool:
    found = mirror.remote.read(itemid)
    if isinstance(found, Withdrawn):
        with mirror.store.transaction():
            mirror.store.intents.close(intent.id)
        return True
    told = mirror.store.remote.item(itemid)
    if told is None or told.seen is not Seen.LIVE:
        return False  # its folder is known once the delta tells it
    _adopt(mirror, intent, told.item)
    return True


def _adopt(mirror: Mirror, intent: Intent, item: Item) -> None:
    """Agrees that the item is the submission; what became of the file since then, the next plan sees."""
    store, path = mirror.store, intent.path
    told = store.remote.item(item.id)
    folder = told.folder if told else item.folder
    here = store.local.file(path)
    same = here is not None and here.sha256 == intent.sha256
    fingerprint = here.fingerprint if here and same else Fingerprint(intent.size, 0, 0, 0, 0)
    file = LocalFile(path, fingerprint, intent.sha256, here.born_ns if here and same else None)
    with store.transaction():
        if isinstance(intent.target, Make) and folder is not None and store.agreed.folder(folder) is None:
            _agree_on_folder(mirror, folder, intent.target, names.parent_of(path))
        record.agree(mirror, replace(record.agreed_of(item, folder, file, ours=True), echo=False))
        old = store.agreed.item(intent.supersedes) if intent.supersedes is not None else None
        if old is not None:
            store.agreed.put(replace(old, superseded=True))
        store.intents.close(intent.id)


def _agree_on_folder(mirror: Mirror, folder: int, target: Make, path: str) -> None:
    """The folder that the submission made is this directory, with the title and parent it was meant to have; if it is
    elsewhere, the next plan sees the difference as the remote's and follows it."""
    here = mirror.store.local.directory(path)
    inode, device = (here.inode, here.device) if here else (0, 0)
    mirror.store.agreed.put_folder(AgreedFolder(folder, path, target.title, target.parent, inode, device))
