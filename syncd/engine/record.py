"""Record: what both sides now hold becomes the new agreed row, with whatever else it implies.

Law: each function here is one transaction, or runs inside one, and is called only after both sides are so.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core import names
from syncd.core.errors import FileChanged
from syncd.core.model import Agreed, AgreedFolder, Folder, Item, LocalDirectory, LocalFile
from syncd.engine.mirror import Mirror
from syncd.store.unanswered import FolderWords


def agreed_of(item: Item, folder: int | None, file: LocalFile, *, ours: bool, known: Agreed | None = None) -> Agreed:
    """The agreed row of an item and the file that holds its bytes. `ours`: we have just written it to the remote. If it
    was read back with another size, somebody has put other bytes there since, or the server did: it is looked at
    (W25)."""
    is_ours = not ours or item.size in {None, file.fingerprint.size}
    return Agreed(
        id=item.id,
        path=file.path,
        title=item.title,
        folder=folder,
        extension=item.extension if item.extension is not None else known.extension if known else None,
        version=item.version if is_ours else f"not {item.version}",
        sha256=file.sha256,
        size=file.fingerprint.size,
        inode=file.fingerprint.inode,
        device=file.fingerprint.device,
        born_ns=file.born_ns,
        provisional=ours,
        echo=ours,
    )


def check_free(mirror: Mirror, path: str) -> None:
    """To be asked before a file is put where nothing may be. FileChanged if one is known there: somebody took it away
    unseen, and once ours had its path its item would seem to have lost it (I3)."""
    if mirror.store.local.file(path) is not None:
        raise FileChanged(f"{path!r} was another file's a moment ago", path=path)


def placed(mirror: Mirror, file: LocalFile) -> None:
    """Records a file that we have put there. Somebody may have written to it since, within the tick of that: how long
    ago that was by now does not tell."""
    mirror.store.local.put_file(file, racy=True)
    mirror.eyes.rest(file.path)


def made_directories(mirror: Mirror, directory: LocalDirectory) -> None:
    """Records a directory that we have just made, or found, and those above it; the folders of them are made again."""
    mirror.store.local.put_directory(directory)
    path = directory.path
    while path:
        folder = mirror.store.agreed.folder_at(path)
        if folder and not folder.made:
            found = mirror.store.local.directory(path)
            inode, device = (found.inode, found.device) if found else (folder.inode, folder.device)
            mirror.store.agreed.put_folder(replace(folder, made=True, inode=inode, device=device))
        path = names.parent_of(path)


def agree(mirror: Mirror, agreed: Agreed) -> None:
    """States what both sides hold, and ends what was said about it before: also that its file may be another item's."""
    agree_on_words(mirror, agreed)
    mirror.store.placings.agreed(agreed)
    mirror.store.unanswered.end(agreed.id)


def supersede(mirror: Mirror, itemid: int | None, sha256: str) -> None:
    """States that the item's file was submitted anew with these bytes, and is the new item's by now (None: it takes no
    item's place). If they are the old one's too, nothing that was said about its file brings it back: it would be a
    twin (I19)."""
    store = mirror.store
    old = store.agreed.item(itemid) if itemid is not None else None
    if old is not None:
        store.agreed.put(replace(old, superseded=True))
        if old.sha256 == sha256:
            store.placings.end(old.id)
            store.decisions.forget_answers(old.id)


def arrived(mirror: Mirror, agreed: Agreed, item: Item, sha256: str, size: int) -> None:
    """The item holds what we sent without an answer. The file held it then, so it was agreed on, whatever it holds by
    now."""
    extension = item.extension if item.extension is not None else agreed.extension
    known = replace(agreed, extension=extension, version=item.version, sha256=sha256, size=size)
    with mirror.store.transaction():
        agree(mirror, replace(known, provisional=False, echo=False))


def held_by(agreed: Agreed, file: LocalFile) -> Agreed:
    """The row with what identifies this file on the disk."""
    found = file.fingerprint
    return replace(agreed, inode=found.inode, device=found.device, born_ns=file.born_ns)


def identify(mirror: Mirror, agreed: Agreed, file: LocalFile) -> bool:
    """States which file is the item's by now, whatever it holds: should what follows fail, the file is found again
    wherever it goes. Whether that is news."""
    known = held_by(agreed, file)
    if known != agreed:
        mirror.store.agreed.put(known)
    return known != agreed


def agree_on_words(mirror: Mirror, agreed: Agreed) -> None:
    """States the item's title and place. Of its bytes nothing new is said, so the trace of a file that was being placed
    stays: by that alone it may be known."""
    mirror.store.agreed.put(agreed)
    mirror.store.unanswered.end_words(agreed.id)
    mirror.store.decisions.forget_answers(agreed.id)


def words_arrived(mirror: Mirror) -> None:
    """Agrees on what we sent without an answer, and a look at the remote has told since: it is ours, and the file was
    called so, whatever it is called by now. What was not told did not arrive. Repeatable."""
    store = mirror.store
    for sent in store.unanswered.words():
        agreed, told = store.agreed.item(sent.itemid), store.remote.item(sent.itemid)
        with store.transaction():
            if agreed is not None and told is not None:
                titled = told.item.title == sent.title != agreed.title
                moved = told.folder == sent.folder != agreed.folder
                title, folder = sent.title if titled else agreed.title, sent.folder if moved else agreed.folder
                if titled or moved:
                    store.agreed.put(replace(agreed, title=title, folder=folder, path=sent.path))
            store.unanswered.end_words(sent.itemid)


def folder_words_arrived(mirror: Mirror) -> None:
    """The same for folders: a directory that was renamed once more meanwhile is renamed once more there. Repeatable."""
    store = mirror.store
    for sent in store.unanswered.folders():
        agreed, told = store.agreed.folder(sent.id), store.remote.folder(sent.id)
        with store.transaction():
            before = (agreed.title, agreed.parent) if agreed else None
            if (
                told is not None
                and before is not None
                and before != (told.title, told.parent) == (sent.title, sent.parent)
            ):
                renamed_folder(mirror, sent)
            store.unanswered.end_folder(sent.id)


def renamed_folder(mirror: Mirror, words: FolderWords) -> None:
    """Records that the folder is called and placed so, and that its directory was so when that was sent."""
    store, agreed = mirror.store, mirror.store.agreed.folder(words.id)
    if agreed is None:
        return
    with store.transaction():
        makes_way = words.path == agreed.path  # in a rotation of names another folder's directory may stand there
        here = store.local.directory(words.path) if not makes_way else None
        inode, device = (here.inode, here.device) if here else (agreed.inode, agreed.device)
        store.agreed.items_moved(agreed.path, words.path, folder=agreed.id)
        made = makes_way or here is not None
        store.agreed.put_folder(
            AgreedFolder(agreed.id, words.path, words.title, words.parent, inode, device, made=made)
        )
        store.remote.renamed_folder(agreed.id, words.title, words.parent)
        store.unanswered.end_folder(agreed.id)


def made_folder(mirror: Mirror, folder: Folder, path: str) -> None:
    """Records a folder that a request of ours has just made for this directory."""
    here = mirror.store.local.directory(path)
    inode, device = (here.inode, here.device) if here else (0, 0)
    mirror.store.remote.add_folder(folder)
    mirror.store.agreed.put_folder(AgreedFolder(folder.id, path, folder.title, folder.parent, inode, device))
