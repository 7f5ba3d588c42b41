"""Resolves submissions whose outcome is unknown (guarantees W1, W2).

Law: nothing is submitted a second time until two complete drains, at least five seconds apart, told nothing that could
be it. A match is proven by size and then by content. Several matches: the oldest is adopted, of equally old ones one
with the title that was sent; the others are twins.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core import names
from syncd.core.model import AgreedFolder, Fingerprint, Item, LocalFile, Make, Withdrawn
from syncd.core.state import Answer, Seen
from syncd.engine import record
from syncd.engine.asking import ask
from syncd.engine.mirror import Mirror
from syncd.engine.twins import known_bytes, lose, recognise, subject_of_limbo, unclaimed
from syncd.store.intents import Intent

APART = 5.0
DRAINS = 2


def limbo_due(mirror: Mirror) -> float | None:
    """When to come back to what is in limbo (steady seconds); None if nothing is, or only a person can tell."""
    if not mirror.remote.abilities.list:
        return None
    now, steady = mirror.clock.now(), mirror.clock.steady()
    drained = [intent.drained_at for intent in mirror.store.intents.every() if intent.limbo]
    waits = [0.0 if at is None else min(max(at + APART - now, 0.0), APART) for at in drained]
    return steady + min(waits) if waits else None


def resolve_limbo(mirror: Mirror) -> None:
    """Goes on with every submission in limbo, after a complete drain; then looks for twins of earlier ones.

    A submission that is still open when a cycle looks has nobody any more who waits for its answer: it is in limbo.
    """
    mirror.store.intents.all_unknown()
    for intent in mirror.store.intents.every():
        if not intent.limbo:
            continue
        if intent.itemid is not None:
            _finish_acknowledged(mirror, intent, intent.itemid)
        elif mirror.remote.abilities.list:
            _resolve(mirror, intent)
        else:
            _as_answered(mirror, intent)
    if mirror.remote.abilities.list and mirror.remote.abilities.fetch:
        recognise(mirror)


def _resolve(mirror: Mirror, intent: Intent) -> None:
    candidates = sorted(unclaimed(mirror, intent), key=lambda item: (item.created or 0, item.title != intent.title))
    for itemid, sha256 in known_bytes(mirror, candidates):
        told = mirror.store.remote.item(itemid)
        if sha256 == intent.sha256 and told is not None:
            _adopt(mirror, intent, told.item)
            return
    unknown = [item for item in candidates if _is_unknown(mirror, item)]
    now = mirror.clock.now()
    if unknown or not (intent.drained_at is None or abs(now - intent.drained_at) >= APART):
        return
    mirror.store.intents.drained(intent.id, now)
    if intent.drains + 1 >= DRAINS:
        with mirror.store.transaction():
            lose(mirror, intent)
            mirror.store.intents.close(intent.id)


def _is_unknown(mirror: Mirror, item: Item) -> bool:
    told = mirror.store.remote.item(item.id)
    return told is not None and told.sha256 is None


def _as_answered(mirror: Mirror, intent: Intent) -> None:
    """A person said what became of a submission that nobody else can ask for."""
    answer = mirror.store.decisions.answers().get(subject_of_limbo(intent))
    if answer is None:
        return
    with mirror.store.transaction():
        if answer is Answer.REJECT:
            lose(mirror, intent, refused=True)
        mirror.store.decisions.forget_answers(intent.id)
        mirror.store.intents.close(intent.id)


def _finish_acknowledged(mirror: Mirror, intent: Intent, itemid: int) -> None:
    if not mirror.remote.abilities.list:
        _adopt(mirror, intent, Item(itemid, intent.title, None, None, size=intent.size))
        return
    told = mirror.store.remote.item(itemid)
    live = told is not None and told.seen is Seen.LIVE
    read = ask(mirror, [itemid]).get(itemid)
    if read is None:
        return
    if read is Withdrawn.PUBLISHED or (read is Withdrawn.DELETED and not live):  # else a tombstone is still to come
        with mirror.store.transaction():
            mirror.store.intents.close(intent.id)
        return
    found = dict(known_bytes(mirror, [told.item])) if told is not None and live else {}
    if told is not None and itemid in found:
        ours = found[itemid] == intent.sha256
        version = told.item.version if ours else f"not {told.item.version}"  # somebody has put other bytes there since
        _adopt(mirror, intent, replace(told.item, version=version))
    else:
        mirror.store.intents.drained(intent.id, mirror.clock.now())  # its folder is known once the delta tells it


def _adopt(mirror: Mirror, intent: Intent, item: Item) -> None:
    """Agrees that the item is the submission; what became of the file since then, the next plan sees."""
    store, path = mirror.store, intent.path
    told = store.remote.item(item.id)
    folder = told.folder if told else item.folder
    here = store.local.file(path)
    if here is None or here.sha256 != intent.sha256:
        here = LocalFile(path, _sent(intent), intent.sha256, intent.born_ns)
    with store.transaction():
        if isinstance(intent.target, Make) and folder is not None and store.agreed.folder(folder) is None:
            _agree_on_folder(mirror, folder, intent.target, names.parent_of(path))
        record.agree(mirror, replace(record.agreed_of(item, folder, here, ours=True), echo=False))
        record.supersede(mirror, intent.supersedes, intent.sha256)
        if intent.itemid is None:  # (one that was acknowledged is known to have arrived once, as any other)
            lose(mirror, intent)
        store.intents.close(intent.id)


def _sent(intent: Intent) -> Fingerprint:
    """The file that was sent: wherever it is now, its inode tells."""
    return Fingerprint(intent.size, 0, 0, intent.inode, intent.device)


def _agree_on_folder(mirror: Mirror, folder: int, target: Make, path: str) -> None:
    """The folder that the submission made is this directory. Where it did not get to its parent, it is agreed to be
    where it is, and the next plan sees a directory of ours that is elsewhere."""
    here = mirror.store.local.directory(path)
    inode, device = (here.inode, here.device) if here else (0, 0)
    told = mirror.store.remote.folder(folder)
    title, parent, agreed_path = target.title, target.parent, path
    if here is not None and told is not None and (told.title, told.parent) != (title, parent):
        above = mirror.store.agreed.folder(told.parent) if told.parent is not None else None
        title, parent = told.title, told.parent
        agreed_path = names.join(above.path if above else "", "/".join(names.directory_components(title)))
    mirror.store.agreed.put_folder(AgreedFolder(folder, agreed_path, title, parent, inode, device))
