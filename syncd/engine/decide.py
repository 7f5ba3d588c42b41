"""Carries out what a person decided about conflicts and the trash; holds are answered to the planner itself.

Law: whatever goes by a decision is in the trash. A decision can be carried out again from any point at which it broke
off.
"""

from __future__ import annotations

from syncd.core import names
from syncd.core.errors import DiskFailed, FileChanged, NotThere
from syncd.core.model import Agreed, Changes, Item, Keep, LocalFile
from syncd.core.state import Answer
from syncd.core.steps import subject
from syncd.engine import record
from syncd.engine.failing import fails, works
from syncd.engine.mirror import Mirror
from syncd.engine.traces import Traces, trace_of
from syncd.engine.trashing import keep_in_trash, throw_file
from syncd.local import place, trash
from syncd.store.decisions import ConflictRow


def answer_hold(mirror: Mirror, hold: str, answer: Answer) -> None:
    """Confirms or rejects what is held under this id; NotThere if nothing is."""
    if not mirror.store.decisions.answer(hold, answer, mirror.clock.now()):
        raise NotThere(
            f"nothing is held under the id {hold}", remedy="See `syncd held`: a set that changed has a new id."
        )


def resolve_conflict(mirror: Mirror, path: str, keep: Keep) -> None:
    """Records how to settle the conflict at this path (the item's, or the copy's); the next cycle carries it out."""
    for conflict in mirror.store.decisions.conflicts():
        if path in {conflict.path, conflict.copy}:
            mirror.store.decisions.resolve(conflict.itemid, keep)
            return
    raise NotThere(f"{path!r} is in no conflict", path=path, remedy="See `syncd conflicts`.")


def carry_out_decisions(mirror: Mirror) -> bool:
    """Settles the conflicts that a person, or the course of events, has decided; whether anything was done."""
    done = False
    for conflict in mirror.store.decisions.conflicts():
        try:
            done |= _settle(mirror, conflict)
        except (FileChanged, DiskFailed) as error:
            fails(mirror, _subject(conflict), "conflict", error, path=conflict.path)
            mirror.eyes.mark({conflict.path, conflict.copy})
        else:
            works(mirror, _subject(conflict))
    return done


def _settle(mirror: Mirror, conflict: ConflictRow) -> bool:
    local = mirror.store.local
    copy = local.file(conflict.copy) or _copied(mirror, conflict)
    agreed = mirror.store.agreed.item(conflict.itemid)
    settled = _settled(mirror, conflict, agreed, copy) if agreed and copy else None
    here = settled or local.file(conflict.path)
    if not here or not copy or not agreed or (not settled and agreed.path != conflict.path):
        return _end(mirror, conflict)  # either was deleted or renamed
    if conflict.keep is Keep.LOCAL and here.sha256 == copy.sha256:
        _tell_by_place(mirror, agreed, here, copy)
    if _is_anothers(mirror, here, agreed.path) or _is_anothers(mirror, copy, conflict.copy):
        return _end(mirror, conflict)  # the same, and what is there by now takes its own item along
    match conflict.keep:
        case None:
            return False
        case Keep.BOTH:
            return _end(mirror, conflict)
        case Keep.LOCAL if _is_being_sent(mirror, conflict.copy):
            return False
        case Keep.LOCAL:
            _copy_over(mirror, copy, here, agreed)
        case Keep.REMOTE:
            if _is_being_sent(mirror, conflict.copy):
                return False
    _throw_copy(mirror, copy, conflict)
    return _end(mirror, conflict)


def _copied(mirror: Mirror, conflict: ConflictRow) -> LocalFile | None:
    """The copy, renamed after its bytes had taken the item's path: by then it is one too many."""
    path = Traces(mirror).copied(conflict.itemid)
    return mirror.store.local.file(path) if path is not None else None


def _settled(mirror: Mirror, conflict: ConflictRow, agreed: Agreed, copy: LocalFile) -> LocalFile | None:
    """The item's file, wherever it was renamed to, once it has the copy's bytes as a person decided: all that is left
    to do is that the copy goes (I19)."""
    if conflict.keep is not Keep.LOCAL:
        return None
    local = mirror.store.local
    paths = [agreed.path, Traces(mirror).path(conflict.itemid), *local.with_inode(agreed.inode, agreed.device)]
    files = [local.file(path) for path in paths if path not in {None, copy.path}]
    return next((file for file in files if file and file.sha256 == copy.sha256), None)


def _is_anothers(mirror: Mirror, file: LocalFile, own: str) -> bool:
    """Whether this is a file that was agreed on at another path than its `own`: it was renamed to that one, and is no
    part of what a person decided of the file that was there."""
    found, agreed = file.fingerprint, mirror.store.agreed
    rows = [agreed.at(path) for path in agreed.with_inode(found.inode, found.device) if path != own]
    return any(trace_of(row, row.sha256).is_of(file) for row in rows if row)


def _tell_by_place(mirror: Mirror, agreed: Agreed, here: LocalFile, copy: LocalFile) -> None:
    """Once the copy's bytes are at the item's path, two files are alike: should they have been swapped since, each is
    what stands at its place, and the copy is still one too many (I19)."""
    copied = mirror.store.agreed.at(copy.path)
    if copied and trace_of(copied, here.sha256).is_of(here) and trace_of(agreed, copy.sha256).is_of(copy):
        with mirror.store.transaction():
            record.identify(mirror, agreed, here)
            record.identify(mirror, copied, copy)


def _end(mirror: Mirror, conflict: ConflictRow) -> bool:
    """Ends it with its failure: of a conflict that is gone nobody would ask any more whether that still fails."""
    with mirror.store.transaction():
        mirror.store.decisions.end_conflict(conflict.itemid)
        works(mirror, _subject(conflict))
    return conflict.keep is not None


def _subject(conflict: ConflictRow) -> str:
    return f"conflict:{conflict.itemid}"


def _is_being_sent(mirror: Mirror, path: str) -> bool:
    return any(intent.path == path for intent in mirror.store.intents.every())


def _copy_over(mirror: Mirror, copy: LocalFile, here: LocalFile, agreed: Agreed) -> None:
    """The copy's bytes take the item's path; the bytes there go into the trash. From then on the copy is known
    wherever it is."""
    if here.sha256 == copy.sha256:
        return
    mirror.root.check(mirror.marker)
    theirs = place.snapshot(mirror.root, here.path, here.fingerprint, f"theirs-{agreed.id}")
    keep_in_trash(mirror, theirs, here.path, agreed.id, "conflict: the local version was kept")
    mine = place.snapshot(mirror.root, copy.path, copy.fingerprint, f"mine-{agreed.id}")
    with mirror.store.transaction():
        mirror.store.placings.begin(agreed.id, mine.identity, mine.sha256)
        mirror.store.placings.begin(-agreed.id, copy.identity, mine.sha256)
    fingerprint = place.place(mirror.root, mine.path, here.path, here.fingerprint, here.sha256, holds=mine.sha256)
    with mirror.store.transaction():
        placed = mine.at(here.path, fingerprint)
        record.placed(mirror, placed)
        record.identify(mirror, agreed, placed)


def _throw_copy(mirror: Mirror, copy: LocalFile, conflict: ConflictRow) -> None:
    agreed = mirror.store.agreed.at(conflict.copy)
    throw_file(mirror, copy, agreed.id if agreed else None, f"conflict: the {conflict.keep} version was kept")
    with mirror.store.transaction():
        mirror.store.local.drop_file(copy.path)
        mirror.store.placings.end(-conflict.itemid)
        if agreed is not None:
            mirror.store.decisions.confirm_deletion(subject("remote", agreed), agreed.id, mirror.clock.now())


def restore(mirror: Mirror, trash_id: str) -> str:
    """Brings a file back from the trash, under another name if its path is taken; answers the path. It then syncs as a
    new file."""
    row = mirror.store.trash.get(trash_id)
    if row is None:
        raise NotThere(f"the trash holds nothing under the id {trash_id}", remedy="See `syncd trash list`.")
    mirror.root.check(mirror.marker)
    directory = names.parent_of(row.path)
    place.make_directories(mirror.root, directory)
    name = names.name_of(row.path)
    for number in range(1, 1000):
        candidate = names.with_suffix(name, f"restored {number}") if number > 1 else name
        path = names.join(directory, candidate)
        if mirror.store.local.occupied(path) is not None:
            continue
        try:
            trash.restore(mirror.root, row.trashed, path)
        except FileChanged:
            if not any(trashed == row.trashed for trashed, _ in trash.listing(mirror.root)):
                mirror.store.trash.remove(row.id)
                raise
            continue
        mirror.store.trash.remove(row.id)
        mirror.eyes.mark({path})
        return path
    raise DiskFailed(f"every name for {row.path!r} is taken", path=row.path, remedy="Rename what is there.")


def edit(mirror: Mirror, path: str, changes: Changes) -> Item:
    """Changes an item's metadata at once; a new title renames the file by the next cycle."""
    agreed = mirror.store.agreed.at(path)
    if agreed is None:
        raise NotThere(f"{path!r} is no synced item", path=path, remedy="Run `syncd why` on it.")
    item = mirror.remote.edit(agreed.id, changes)
    told = mirror.store.remote.item(agreed.id)
    if told is not None:
        mirror.store.remote.see(item, told.sha256 if told.item.version == item.version else None)
    return item
