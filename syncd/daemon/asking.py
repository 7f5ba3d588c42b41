"""The operations that only look: at what was last seen, or at the remote; none takes the lock or writes."""

from __future__ import annotations

from syncd.core import names
from syncd.core.errors import NotThere
from syncd.core.model import Agreed, AgreedFolder, Item
from syncd.core.state import RemoteItem, Seen, State
from syncd.core.verdicts import Here, There
from syncd.daemon import documents
from syncd.daemon.documents import Answer, Document, listed
from syncd.daemon.exits import failure_document
from syncd.engine import Mirror
from syncd.engine import why as explain

SYNCED = {(Here.SAME, There.SAME), (Here.SAME, There.UNSEEN)}


def held(mirror: Mirror) -> Answer:
    """What waits for a person."""
    return Answer(listed("held", map(documents.held, mirror.store.decisions.held())))


def conflicts(mirror: Mirror) -> Answer:
    """The conflicts that nobody settled yet."""
    return Answer(listed("conflicts", map(documents.conflict, mirror.store.decisions.conflicts())))


def trash(mirror: Mirror) -> Answer:
    """What lies in the trash, newest first."""
    return Answer(listed("trash", map(documents.trashed, mirror.store.trash.every())))


def history(mirror: Mirror, *, path: str | None, limit: int) -> Answer:
    """What was done, newest first: everything, or what concerns a path and the item that is there now."""
    agreed = mirror.store.agreed.at(path) if path is not None else None
    rows = mirror.store.history.last(limit, path, agreed.id if agreed else None)
    return Answer(listed("history", map(documents.done, rows)))


def why(mirror: Mirror, *, path: str) -> Answer:
    """Which item a path is, what each side holds, what would be done now, and what was done."""
    found = explain(mirror, path)
    agreed = found.state.agreed
    return Answer(
        {
            "path": path,
            "itemid": agreed.id if agreed else None,
            **documents.sides(found.state),
            "next": [{"action": word, "reason": reason} for word, reason in found.next],
            "blocks": list(found.blocks),
            "errors": [failure_document(found.failure)] if found.failure else [],
            "history": [documents.done(row) for row in found.history],
        }
    )


def synced_at(mirror: Mirror, path: str) -> Agreed:
    """The agreed row of the item at a path; NotThere if there is none."""
    agreed = mirror.store.agreed.at(path)
    if agreed is None:
        raise NotThere(f"{path!r} is no synced item", path=path, remedy="Run `syncd why` on it.")
    return agreed


def show(mirror: Mirror, *, path: str) -> Answer:
    """An item's metadata, as last seen; asked afresh only if the remote has not told of it yet."""
    agreed = synced_at(mirror, path)
    told = mirror.store.remote.item(agreed.id)
    if told is not None and told.seen is Seen.LIVE:
        return Answer(shown(mirror, agreed, told.item))
    found = mirror.remote.read(agreed.id)
    if not isinstance(found, Item):
        raise NotThere(f"the item of {path!r} is no longer in the stash", path=path, itemid=agreed.id)
    return Answer(shown(mirror, agreed, found))


def shown(mirror: Mirror, agreed: Agreed, item: Item) -> Document:
    """An item's metadata as a document."""
    folder = mirror.store.agreed.folder(agreed.folder) if agreed.folder is not None else None
    return {
        "path": agreed.path,
        "itemid": item.id,
        "title": item.title,
        "comments": item.comments,
        "keywords": list(item.keywords),
        "original_url": item.original_url,
        "folder": folder.title if folder else None,
        "extension": item.extension if item.extension is not None else agreed.extension,
        "bytes": agreed.size,
        "sha256": agreed.sha256,
        "created": item.created,
        "link": mirror.remote.link(item.id),
    }


def link(mirror: Mirror, *, path: str) -> Answer:
    """The short address of an item."""
    agreed = synced_at(mirror, path)
    return Answer({"path": path, "itemid": agreed.id, "link": mirror.remote.link(agreed.id)})


def space(mirror: Mirror) -> Answer:
    """How much room there is, asked afresh."""
    found = mirror.remote.space()
    return Answer({"available": found.available, "total": found.total})


def ls(mirror: Mirror, *, folder: str) -> Answer:
    """The remote as last seen, directly in one folder, with how each entry stands; folders first, then by path."""
    store = mirror.store
    here = store.agreed.folder_at(folder) if folder else None
    folders = _folders_in(mirror, folder)
    if folder and here is None and not folders:
        raise NotThere(f"{folder!r} is no folder of this mirror", path=folder, remedy="See `syncd ls`.")
    told = {each.item.id: each for each in store.remote.every()}
    agreed = [each for each in store.agreed.under(folder) if names.parent_of(each.path) == folder]
    rows = [_folder(each) for each in folders]
    rows += [_item(mirror, each, told.get(each.id)) for each in sorted(agreed, key=lambda each: each.path)]
    for remote in told.values():
        if remote.folder == (here.id if here else None) and store.agreed.item(remote.item.id) is None:
            rows.append(_new(remote, folder))
    return Answer(listed("ls", rows))


def _folders_in(mirror: Mirror, folder: str) -> list[AgreedFolder]:
    """The folders whose nearest folder above is this one (a folder may be a chain of directories)."""
    below = [each for each in mirror.store.agreed.every_folder() if each.path and names.within(each.path, folder)]
    paths = {each.path for each in below} - {folder}

    def is_nearest(path: str) -> bool:
        above = names.parent_of(path)
        while above and above != folder and above not in paths:
            above = names.parent_of(above)
        return above == folder

    return [each for each in below if each.path != folder and is_nearest(each.path)]


def _folder(folder: AgreedFolder) -> Document:
    return {
        "path": folder.path,
        "itemid": folder.id,
        "kind": "folder",
        "title": folder.title,
        "bytes": None,
        "state": "synced" if folder.made else "gone",
    }


def _item(mirror: Mirror, agreed: Agreed, told: RemoteItem | None) -> Document:
    return {
        "path": agreed.path,
        "itemid": agreed.id,
        "kind": "item",
        "title": told.item.title if told else agreed.title,
        "bytes": agreed.size,
        "state": _standing(mirror, agreed, told),
    }


def _new(remote: RemoteItem, folder: str) -> Document:
    item = remote.item
    return {
        "path": names.join(folder, names.file_name(item.title, item.extension or "")),
        "itemid": item.id,
        "kind": "item",
        "title": item.title,
        "bytes": item.size,
        "state": "new",
    }


def _standing(mirror: Mirror, agreed: Agreed, told: RemoteItem | None) -> str:
    store = mirror.store
    if agreed.released:
        return "published"
    if any(row.itemid == agreed.id for row in store.decisions.conflicts()):
        return "conflict"
    if any(row.itemid == agreed.id for row in store.failures.every().values()):
        return "failing"
    if told is not None and told.seen is not Seen.LIVE:
        return "gone"
    state = store.states.one(agreed.id, mirror.eyes) or State(agreed)
    same = (state.here, state.there) in SYNCED and not state.renamed_there and not state.moved_there
    return "synced" if same else "changed"
