"""Carries out what concerns folders and directories.

Law: a folder's rename is recorded for the folder and the items directly in it; a directory's move for everything below
it. No directory goes unless it is empty.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.actions import AgreeFolder, FolderAction, ForgetFolder, MoveDirectory, RenameFolder, UnmakeFolder
from syncd.core.errors import FileChanged
from syncd.core.model import AgreedFolder, Direction
from syncd.engine import record
from syncd.engine.mirror import Mirror
from syncd.engine.steps import Handler
from syncd.local import place
from syncd.store.unanswered import FolderWords


def fold(mirror: Mirror, action: FolderAction) -> Handler[bool]:
    """Carries one folder action out; whether a person would call it something done."""
    match action:
        case AgreeFolder():
            return _agree(mirror, action)
        case RenameFolder():
            return (yield from _rename(mirror, action))
        case MoveDirectory():
            return _move(mirror, action)
        case ForgetFolder():
            return _forget(mirror, action)
        case UnmakeFolder():
            with mirror.store.transaction():
                mirror.store.agreed.put_folder(replace(action.agreed, made=False))
            return False


def _agree(mirror: Mirror, action: AgreeFolder) -> bool:
    folder, store = action.folder, mirror.store
    made = None
    if action.make:
        mirror.root.check(mirror.marker)
        made = place.make_directories(mirror.root, action.path)
    with store.transaction():
        if made is not None:
            store.local.put_directory(made)
        here = store.local.directory(action.path)
        inode, device = (here.inode, here.device) if here else (0, 0)
        agreed = AgreedFolder(folder.id, action.path, folder.title, folder.parent, inode, device, made=here is not None)
        store.agreed.put_folder(agreed)
    return action.make


def _rename(mirror: Mirror, action: RenameFolder) -> Handler[bool]:
    agreed, store = action.agreed, mirror.store
    renamed = action.title != agreed.title
    moved = action.parent != agreed.parent
    sent = FolderWords(agreed.id, action.title, action.parent, action.path)
    store.unanswered.add_folder(sent)
    if moved:
        yield lambda: mirror.remote.move_folder(agreed.id, action.parent)
    if renamed:
        yield lambda: mirror.remote.rename_folder(agreed.id, action.title)
    record.renamed_folder(mirror, sent)
    return renamed or moved


def _move(mirror: Mirror, action: MoveDirectory) -> bool:
    agreed, folder, store = action.agreed, action.folder, mirror.store
    mirror.root.check(mirror.marker)
    source = action.source or _where(mirror, agreed)
    if source != action.path and store.local.directory(action.path) is not None:
        raise FileChanged(f"{action.path!r} was a directory a moment ago", path=action.path)  # with files to look for
    above = action.path.rpartition("/")[0]
    made = place.make_directories(mirror.root, above)
    moved = place.move_directory(mirror.root, source, action.path)
    with store.transaction():
        record.made_directories(mirror, made)
        store.local.move_directory(source, action.path, moved)
        store.agreed.items_moved(agreed.path, action.path, folder=None)
        store.agreed.put_folder(
            AgreedFolder(agreed.id, action.path, folder.title, folder.parent, moved.inode, moved.device)
        )
    return True


def _where(mirror: Mirror, agreed: AgreedFolder) -> str:
    """Where the folder's directory is now."""
    paths = mirror.store.local.find_directory(agreed.inode, agreed.device)
    return agreed.path if agreed.path in paths or not paths else paths[0]


def _forget(mirror: Mirror, action: ForgetFolder) -> bool:
    agreed, store = action.agreed, mirror.store
    mirror.root.check(mirror.marker)
    another = any(f.path == agreed.path and f.id != agreed.id for f in store.agreed.every_folder())
    here = store.local.directory(agreed.path) is not None and not store.local.is_hidden(agreed.path)
    ours = here and not another and mirror.policy.direction is not Direction.PUSH
    removed = ours and place.remove_directory(mirror.root, agreed.path)
    with store.transaction():
        store.agreed.forget_folder(agreed.id)
        if removed:
            store.local.drop_directory(agreed.path)
    return removed
