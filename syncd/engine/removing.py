"""Carries out deletions, and what needs neither transfer nor request.

Law: before an item is deleted its bytes are in the trash, and right before the request it is read once more; before a
file goes, what became of its item was looked up. Whatever does not match what the plan saw ends without an effect.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core import names
from syncd.core.actions import Adopt, DeleteFile, DeleteItem, Ending, Follow, Forget, MoveFile
from syncd.core.errors import FileChanged, NotThere
from syncd.core.events import Outcome
from syncd.core.model import Item, Withdrawn
from syncd.core.state import Seen
from syncd.engine import record
from syncd.engine.look_there import record_reading
from syncd.engine.mirror import Mirror
from syncd.engine.planning import HOUR
from syncd.engine.receiving import fetch
from syncd.engine.rereading import Reading, read_again
from syncd.engine.steps import Handler, OnDisk
from syncd.engine.trashing import DELETED_HERE, begun_deletion, is_in_trash, keep_in_trash, throw_file
from syncd.local import place, scan
from syncd.store.history import Done


def delete_item(mirror: Mirror, action: DeleteItem) -> Handler[bool]:
    """Deletes an item whose file was deleted here, after its bytes are in the trash."""
    agreed, item = action.agreed, action.item
    if not agreed.superseded and not is_in_trash(mirror, agreed.id, agreed.sha256):
        staged, item = yield from fetch(mirror, item)
        if staged.sha256 != agreed.sha256:
            return False  # it was changed there; the next plan brings it back
        keep_in_trash(mirror, staged, agreed.path, agreed.id, DELETED_HERE)
    reading: Reading = yield lambda: read_again(mirror, agreed.id)
    if not reading.is_as_agreed(agreed, item):
        if reading.found is Withdrawn.DELETED:  # as after a refused request: one answer is not enough to forget it
            mirror.store.remote.mark(agreed.id, Seen.UNSURE)
        else:
            record_reading(mirror, agreed.id, reading.found)
        return False
    _check_still_gone(mirror, action)
    try:
        yield lambda: mirror.remote.delete(agreed.id)
    except NotThere:
        mirror.store.remote.mark(agreed.id, Seen.UNSURE)
        return False
    with mirror.store.transaction():
        mirror.store.agreed.forget(agreed.id)
        mirror.store.remote.forget(agreed.id)
    return not agreed.superseded  # the old self of a moved item: the move has been told


def _check_still_gone(mirror: Mirror, action: DeleteItem) -> None:
    """FileChanged if the file came back meanwhile. Another one that the plan knew of, by a rename, is not it."""
    path = action.agreed.path
    if action.agreed.superseded:
        return
    mirror.root.check(mirror.marker)
    known = mirror.store.local.file(path)
    try:
        found = scan.stat(mirror.root, path)
        back = found is not None and (known is None or known.fingerprint != found)
    except FileChanged:  # neither is what became of that other one, nor a directory that we saw there
        back = known is None and mirror.store.local.directory(path) is None
    if back:
        raise FileChanged(f"{path!r} is there again", path=path)


def delete_file(mirror: Mirror, action: DeleteFile) -> Handler[bool]:
    """Moves a file to the trash whose item was deleted there."""
    agreed, store = action.agreed, mirror.store
    told = store.remote.item(agreed.id)
    if told is None or told.seen is not Seen.DELETED:
        found: Item | Withdrawn = yield lambda: mirror.remote.read(agreed.id)
        record_reading(mirror, agreed.id, found)
        if found is not Withdrawn.DELETED:
            return False
    mirror.root.check(mirror.marker)
    throw_file(mirror, action.file, agreed.id, "deleted there")
    with store.transaction():
        store.agreed.forget(agreed.id)
        store.local.drop_file(action.file.path)
        store.remote.forget(agreed.id)
    return True


def move_file(mirror: Mirror, action: MoveFile) -> Handler[bool]:
    """Moves a file to where the item's title and folder say."""
    file = action.file
    record.check_free(mirror, action.path)
    if record.identify(mirror, action.agreed, file):
        yield OnDisk(lambda: None)  # by then that is committed
    mirror.root.check(mirror.marker)
    directory = place.make_directories(mirror.root, names.parent_of(action.path))
    fingerprint = place.move(mirror.root, file.path, action.path, file.fingerprint)
    with mirror.store.transaction():
        mirror.store.local.drop_file(file.path)
        record.made_directories(mirror, directory)
        moved = replace(file, path=action.path, fingerprint=fingerprint)
        record.placed(mirror, moved)
        agreed = replace(action.agreed, path=moved.path, inode=fingerprint.inode, device=fingerprint.device)
        if action.final:
            item = action.item
            extension = item.extension if item.extension is not None else agreed.extension
            agreed = replace(agreed, title=item.title, folder=action.folder, extension=extension)
        record.agree(mirror, agreed)
    return True


def adopt(mirror: Mirror, action: Adopt) -> Handler[bool]:
    """Agrees that a file and an item hold the same bytes; what was only taken for so still is, if they are unknown. One
    that we had placed is synced before, as that may have been what failed."""
    if any(trace.itemid == action.item.id and trace.is_of(action.file) for trace in mirror.store.placings.every()):
        yield OnDisk(lambda: place.make_durable(mirror.root, action.file.path, action.file.fingerprint))
    with mirror.store.transaction():
        known, told = mirror.store.agreed.item(action.item.id), mirror.store.remote.item(action.item.id)
        agreed = record.agreed_of(action.item, action.folder, action.file, ours=False, known=known)
        proven = told is not None and told.item.version is not None and told.sha256 == action.file.sha256
        record.agree(mirror, replace(agreed, provisional=known is not None and known.provisional and not proven))
    return known is None


def follow(mirror: Mirror, action: Follow) -> bool:
    """Takes over that the item's file is called so now."""
    found = record.held_by(action.agreed, action.file)
    with mirror.store.transaction():
        record.agree(mirror, replace(found, path=action.file.path, title=action.title, folder=action.folder))
    return False


def forget(mirror: Mirror, action: Forget) -> bool:
    """Ends an agreement. A deletion of ours that a crash or a lost answer left without a record gets it now."""
    agreed, store, now = action.agreed, mirror.store, mirror.clock.now()
    with store.transaction():
        begun = begun_deletion(mirror, agreed, now - HOUR) if action.ending is Ending.GONE else None
        if begun is not None:
            store.history.add(Done(now, begun, agreed.path, agreed.id, Outcome.DONE, action.reason))
        if action.ending is Ending.PUBLISHED:
            store.agreed.put(replace(agreed, released=True))
        else:
            store.agreed.forget(agreed.id)
            told = store.remote.item(agreed.id)
            if told is not None and told.seen is not Seen.LIVE:
                store.remote.forget(agreed.id)
    return False
