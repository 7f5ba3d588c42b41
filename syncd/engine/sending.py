"""Carries out what brings the disk's words to the remote: submissions, replacements, titles and places.

Law: bytes are sent from a private snapshot, and agreed on as just these (I9, W6). A submission's intent is committed
before it is sent (I8). A replacement is preceded, right before it, by a read that must show what we know the bytes of.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syncd.core import names
from syncd.core.actions import MoveItem, Replace, Retitle, Upload
from syncd.core.errors import FileChanged, OutcomeUnknown, SyncdError
from syncd.core.events import Transferred
from syncd.core.model import Agreed, Changes, Folder, Into, Item, LocalFile, Make, Target
from syncd.engine import record
from syncd.engine.look_there import record_reading
from syncd.engine.mirror import Mirror
from syncd.engine.receiving import fetch
from syncd.engine.rereading import Reading, read_again
from syncd.engine.steps import Handler, OnDisk
from syncd.engine.trashing import keep_in_trash
from syncd.local import place
from syncd.remotes.faces import AcknowledgedButGone, Progress, Snapshot, SubmittedButUnfinished
from syncd.store.unanswered import Words


def _snapshot(mirror: Mirror, file: LocalFile, key: str) -> Snapshot:
    """Runs on a thread of the pool: a private copy of the file, which must be the one that the plan saw."""
    staged = place.snapshot(mirror.root, file.path, file.fingerprint, key)
    if staged.sha256 != file.sha256:
        place.discard(mirror.root, staged.path)
        raise FileChanged(f"{file.path!r} changed since it was looked at", path=file.path)
    return Snapshot(staged.path, names.name_of(file.path), staged.size, staged.sha256)


def _progress(mirror: Mirror, path: str) -> Progress:
    return lambda size: mirror.listener.told(Transferred(path, size, up=True))


def upload(mirror: Mirror, action: Upload, unsure: set[str]) -> Handler[bool]:
    """Submits a file as a new item. `unsure`: the hashes of what was sent beside it and may have arrived. Equal bytes
    are not sent then, as the next plan waits for that (W1): False."""
    file, store = action.file, mirror.store
    if file.sha256 in unsure:
        return False
    key = f"new-{file.sha256[:16]}-{abs(hash(file.path)) % 10**8}"
    snapshot = yield OnDisk(lambda: _snapshot(mirror, file, key))
    intent = store.intents.open(action, at=mirror.clock.now(), cursor=store.remote.cursor, drain=store.remote.drain)
    mirror.root.at("intent.open")
    try:
        item: Item | None = yield lambda: _submit(mirror, action, snapshot, unsure)
    except SubmittedButUnfinished as unfinished:
        store.intents.acknowledged(intent, unfinished.itemid)
        raise OutcomeUnknown(f"{file.path!r} was submitted, but not yet placed", path=file.path) from unfinished
    except OutcomeUnknown:
        store.intents.unknown(intent)
        raise
    except SyncdError:
        with store.transaction():
            store.intents.close(intent)
        raise
    finally:
        _discard(mirror, snapshot.path)
    if item is None:
        with store.transaction():
            store.intents.close(intent)
        return False
    mirror.root.at("intent.answered")
    folder = yield from _made(mirror, action.target, item.folder)
    supersedes = action.supersedes.id if action.supersedes else None
    agree_on_submission(mirror, intent, item, file, folder, supersedes=supersedes)
    return True


def _submit(mirror: Mirror, action: Upload, snapshot: Snapshot, unsure: set[str]) -> Item | None:
    """Runs on a thread of the pool: None if nothing was sent, as equal bytes may have arrived since it was planned."""
    if snapshot.sha256 in unsure:
        return None
    try:
        return mirror.remote.submit(snapshot, action.title, action.target, _progress(mirror, action.file.path))
    except (OutcomeUnknown, SubmittedButUnfinished):
        unsure.add(snapshot.sha256)
        raise


def _discard(mirror: Mirror, path: Path) -> None:
    place.discard(mirror.root, path)


def _made(mirror: Mirror, target: Target, folder: int | None) -> Handler[Folder | None]:
    """The folder that a request of ours has made, as the remote calls it."""
    if not isinstance(target, Make) or folder is None:
        return None
    if not mirror.remote.abilities.read:
        return Folder(folder, target.title, target.parent, listed=False)
    try:
        found: Folder = yield lambda: mirror.remote.read_folder(folder)
    except SyncdError:
        return Folder(folder, target.title, target.parent, listed=False)
    return replace(found, listed=False)


def agree_on_submission(
    mirror: Mirror, intent: int, item: Item, file: LocalFile, folder: Folder | None, *, supersedes: int | None
) -> None:
    """Records a submission whose outcome is known: the agreed row, its folder, and the end of the intent, at once."""
    store = mirror.store
    with store.transaction():
        if folder is not None:
            record.made_folder(mirror, folder, names.parent_of(file.path))
        record.agree(mirror, record.agreed_of(item, item.folder, file, ours=True))
        record.supersede(mirror, supersedes, file.sha256)
        store.intents.close(intent)


def replace_bytes(mirror: Mirror, action: Replace) -> Handler[bool]:
    """Sends the file's bytes as the item's new content. False if they are there already, or the world moved on."""
    file, item = action.file, action.item
    theirs: str | None = None
    if action.save_theirs:
        staged, item = yield from fetch(mirror, item)
        theirs = staged.sha256
        if theirs == file.sha256:
            _agree_on_content(mirror, action, item, ours=False)
            _discard(mirror, staged.path)
            return False
        keep_in_trash(mirror, staged, file.path, item.id, "replaced by the local version")
    snapshot = yield OnDisk(lambda: _snapshot(mirror, file, f"edit-{item.id}"))
    try:
        yield mirror.remote.prepare
        current = item
        if mirror.remote.abilities.read:
            reading: Reading = yield lambda: read_again(mirror, item.id)
            if not isinstance(reading.found, Item) or not _is_known(action, item, theirs, reading):
                record_reading(mirror, item.id, reading.found)
                return False
            current = reading.found
        sent = yield from _sent(mirror, action, current, snapshot)
    finally:
        _discard(mirror, snapshot.path)
    with mirror.store.transaction():
        _agree_on_content(mirror, action, sent, ours=True)
        mirror.store.remote.wrote(item.id)
    return True


def _sent(mirror: Mirror, action: Replace, item: Item, snapshot: Snapshot) -> Handler[Item]:
    """Replaces the item's content. What is sent, and which file it was, is noted before, so that both are known for the
    item's, whatever the file is called by then, should no answer come."""
    store, file = mirror.store, action.file
    if action.agreed is not None:
        record.identify(mirror, action.agreed, file)
    else:
        store.placings.begin(item.id, file.identity, file.sha256)
    store.unanswered.add(item.id, snapshot.sha256)
    try:
        sent: Item = yield lambda: mirror.remote.replace(item, snapshot, _progress(mirror, file.path))
    except (OutcomeUnknown, AcknowledgedButGone):
        raise
    except SyncdError:  # it certainly was not carried out
        store.unanswered.end(item.id)
        if action.agreed is None:
            store.placings.end(item.id)
        raise
    return sent


def _agree_on_content(mirror: Mirror, action: Replace, item: Item, *, ours: bool) -> None:
    """The item holds the file's bytes: we have just sent them (`ours`), or somebody else put the same there."""
    with mirror.store.transaction():
        agreed = record.agreed_of(item, action.folder, action.file, ours=ours, known=action.agreed)
        if action.agreed is not None:
            agreed = replace(agreed, path=action.agreed.path)
        record.agree(mirror, agreed)


def _is_known(action: Replace, item: Item, theirs: str | None, reading: Reading) -> bool:
    """Whether what the file is about to replace is what the plan saw, or what is in the trash now."""
    if theirs is not None:
        return reading.is_still(item.version, theirs)
    return action.agreed is not None and reading.is_as_agreed(action.agreed, item)


def retitle(mirror: Mirror, action: Retitle) -> Handler[bool]:
    """Gives the item the title that the file's new name says."""
    agreed = action.agreed
    mirror.store.unanswered.add_words(Words(agreed.id, action.title, agreed.folder, action.path))
    item: Item = yield lambda: mirror.remote.edit(action.item.id, Changes(title=action.title))
    with mirror.store.transaction():
        told = mirror.store.remote.item(item.id)
        changed = told is None or told.item.title != item.title
        row = _written(mirror, agreed, action.file, changed=changed)
        record.agree_on_words(mirror, replace(row, path=action.path, title=item.title))
    return True


def _written(mirror: Mirror, agreed: Agreed, file: LocalFile, *, changed: bool) -> Agreed:
    """The agreed row after we wrote the item's words, with what identifies the file on the disk from now on.

    If that `changed` them, the delta will tell it again, and what it told before no longer counts. Where it then tells
    nothing stable of the content, this is our echo only if the content was known just before; it is still to be proven
    (W25). What changed nothing there is never told.
    """
    found, told = record.held_by(agreed, file), mirror.store.remote.item(agreed.id)
    if not changed:
        return found
    same = told is not None and told.sha256 == agreed.sha256
    unmoved = told is not None and agreed.version is not None and told.item.version == agreed.version
    known = agreed.echo or same or unmoved
    mirror.store.remote.wrote(agreed.id)
    return replace(found, echo=known, provisional=agreed.provisional or (known and agreed.version is None))


def move_item(mirror: Mirror, action: MoveItem) -> Handler[bool]:
    """Puts the item into the folder of its file's directory."""
    agreed, directory, target = action.agreed, names.parent_of(action.file.path), action.target
    into = target.folder if isinstance(target, Into) else agreed.folder if isinstance(target, Make) else None
    mirror.store.unanswered.add_words(Words(agreed.id, agreed.title, into, action.path))
    folder: int | None = yield lambda: mirror.remote.move(action.item, target)
    made = yield from _made(mirror, target, folder)
    with mirror.store.transaction():
        if made is not None:
            record.made_folder(mirror, made, directory)
        told = mirror.store.remote.item(action.item.id)
        changed = told is None or folder not in {told.folder, told.item.folder}  # (it may be in that by itself already)
        row = _written(mirror, agreed, action.file, changed=changed)
        record.agree_on_words(mirror, replace(row, path=action.path, folder=folder))
        own = action.item.folder
        if own is not None and own == agreed.folder and mirror.remote.abilities.nested:  # its folder went along
            mirror.store.remote.renamed_folder(own, f"Sta.sh Uploads {agreed.id}", folder)
    return True
