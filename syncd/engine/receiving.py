"""Carries out what brings bytes from the remote to the disk: downloads, and the fetching that a decision needs.

Law: bytes are hashed on their way into the stage, and become visible by one rename, right after the target was checked
to be what the plan saw (W8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from syncd.core import names
from syncd.core.actions import Conflict, Download
from syncd.core.errors import FileChanged
from syncd.core.events import Transferred
from syncd.core.model import Agreed, Item, LocalFile
from syncd.engine import record
from syncd.engine.mirror import Mirror
from syncd.engine.steps import Handler, OnDisk
from syncd.engine.trashing import keep_in_trash
from syncd.engine.unchanged import proof, prove
from syncd.local import place, scan
from syncd.local.place import Partial, Staged
from syncd.local.root import Root
from syncd.remotes.faces import Content


def stage_key(item: Item) -> str:
    """The name of an item's bytes in the stage: another one for each version."""
    return f"{item.id}-{hashlib.sha256((item.version or '').encode()).hexdigest()[:16]}"


def fetch(mirror: Mirror, item: Item, *, keep: bool = True) -> Handler[tuple[Staged, Item]]:
    """Brings an item's bytes into the stage and records what they are; answers them, and the item as they belong to it.

    What an earlier plan fetched, and the remote still holds, is not fetched again. `keep`: it is not placed at once.
    """
    known = mirror.store.remote.item(item.id)
    if known and known.sha256 and not _provisional(mirror, item, known.sha256):
        staged = yield OnDisk(lambda: _staged_before(mirror, item, known.sha256 or ""))
        if staged is not None:
            return staged, known.item
    staged, received = yield lambda: _receive(mirror, item, keep=keep)
    with mirror.store.transaction():
        mirror.store.remote.learn(item.id, received.version, staged.sha256, received.extension)
        if agreed := _provisional(mirror, item, staged.sha256):
            mirror.store.agreed.put(replace(agreed, provisional=False, echo=False))
    return staged, received


def _provisional(mirror: Mirror, item: Item, sha256: str) -> Agreed | None:
    """The item's agreed row, if that it holds these bytes is still to be proven (W25)."""
    agreed = mirror.store.agreed.item(item.id)
    return agreed if agreed and agreed.provisional and agreed.sha256 == sha256 else None


def _staged_before(mirror: Mirror, item: Item, sha256: str) -> Staged | None:
    partial = Partial(mirror.root, stage_key(item))
    if not partial.size:
        return None
    staged = partial.receive(iter(()), partial.size, reserve=0)
    return staged if staged.sha256 == sha256 else None


def _receive(mirror: Mirror, item: Item, *, keep: bool) -> tuple[Staged, Item]:
    """Runs on a thread of the pool: receives the bytes, going on where an earlier try ended."""
    with mirror.root.held():
        partial = Partial(mirror.root, stage_key(item))
        if item.version is None:
            partial.discard()
        with mirror.remote.open(item.id, item.version, partial.size) as content:
            chunks = _counted(mirror, item, content.chunks)
            staged = partial.receive(chunks, content.start, reserve=mirror.policy.reserve, keep=keep)
            return staged, _received(item, content)


def _as_agreed(mirror: Mirror, item: Item, agreed: Agreed) -> Item | None:
    """Runs on a thread of the pool: the item as received, if it has just the agreed bytes; None if it has others. They
    are only hashed: what never tells a version is looked at by every true-up, and mostly is as it was."""
    with mirror.remote.open(item.id, item.version) as content:
        if content.size not in (None, agreed.size):
            return None
        digest = hashlib.sha256()
        for chunk in _counted(mirror, item, content.chunks):
            digest.update(chunk)
        return _received(item, content) if digest.hexdigest() == agreed.sha256 else None


def _received(item: Item, content: Content) -> Item:
    extension = item.extension if item.extension is not None else content.extension or ""
    return replace(item, version=content.version, extension=extension)


def _counted(mirror: Mirror, item: Item, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        mirror.listener.told(Transferred(item.title, len(chunk), up=False))
        yield chunk


def download(mirror: Mirror, action: Download) -> Handler[bool]:
    """Fetches, and puts the bytes where they belong. False if they only had to be known, or were there already."""
    agreed, expected = action.agreed, action.expected
    if agreed and expected and expected.sha256 == agreed.sha256 and action.item.version is None:
        same = yield lambda: _as_agreed(mirror, action.item, agreed)
        if same is not None:
            with mirror.store.transaction():
                mirror.store.remote.learn(same.id, same.version, agreed.sha256, same.extension)
                record.agree(mirror, replace(agreed, version=same.version, provisional=False))
            return False
    staged, item = yield from fetch(mirror, action.item, keep=action.path is None)
    if agreed and mirror.store.unanswered.sha256(item.id) == staged.sha256:
        record.arrived(mirror, agreed, item, staged.sha256, staged.size)
        place.discard(mirror.root, staged.path)
        return False
    if action.path is None:
        return False
    if agreed and expected and staged.sha256 == expected.sha256:
        with mirror.store.transaction():
            record.agree(mirror, replace(agreed, version=item.version, provisional=False))
        place.discard(mirror.root, staged.path)
        return False
    yield from put(mirror, staged, action.path, expected, item, action.folder)
    return True


def put(
    mirror: Mirror, staged: Staged, path: str, expected: LocalFile | None, item: Item, folder: int | None
) -> Handler[None]:
    """Makes staged bytes visible at a path, and agrees on them."""
    above, marker = names.parent_of(path), mirror.marker
    if expected is None:
        record.check_free(mirror, path)
    made = None
    if mirror.store.local.directory(above) is None:
        mirror.root.check(marker)
        made = place.make_directories(mirror.root, above)
    proven = proof(mirror, expected) if expected else None
    if expected and proven:
        yield OnDisk(lambda: prove(mirror, expected))
    mirror.store.placings.begin(item.id, staged.identity, staged.sha256)
    file = yield OnDisk(lambda: _place(mirror.root, marker, staged, path, (expected, proven)))
    with mirror.store.transaction():
        if made is not None:
            record.made_directories(mirror, made)
        record.placed(mirror, file)
        known = mirror.store.agreed.item(item.id)
        record.agree(mirror, record.agreed_of(item, folder, file, ours=False, known=known))


def _place(
    root: Root, marker: str, staged: Staged, path: str, expected: tuple[LocalFile | None, str | None]
) -> LocalFile:
    """Runs on a thread for the disk: makes sure that the folder is ours, and places the file in it."""
    replaced, proven = expected
    with root.checked(marker):
        known = replaced.fingerprint if replaced else None
        fingerprint = place.place(root, staged.path, path, known, proven, holds=staged.sha256)
        return staged.at(path, fingerprint)


def conflict(mirror: Mirror, action: Conflict) -> Handler[bool]:
    """Keeps both: the local bytes as a copy (or, by policy, in the trash), the remote's at the path."""
    staged, item = yield from fetch(mirror, action.item, keep=False)
    local = action.file
    if staged.sha256 == local.sha256:
        return False
    if action.agreed is not None:
        record.identify(mirror, action.agreed, local)  # before it is copied: a copy is made once (I19)
    mine = yield OnDisk(lambda: place.snapshot(mirror.root, local.path, local.fingerprint, f"mine-{action.item.id}"))
    if mine.sha256 != local.sha256:
        raise FileChanged(f"{local.path!r} changed since it was looked at", path=local.path)
    mirror.root.check(mirror.marker)
    copy = action.copy
    if copy is not None:
        yield from _make_copy(mirror, mine, copy, action.item.id)
    else:
        keep_in_trash(mirror, mine, local.path, action.item.id, "conflict: the policy keeps the remote one")
    yield from put(mirror, staged, local.path, local, item, action.folder)
    if copy is not None:
        with mirror.store.transaction():
            mirror.store.decisions.add_conflict(action.item.id, local.path, copy, mirror.clock.now())
            mirror.store.placings.end(-action.item.id)
    return True


def _make_copy(mirror: Mirror, mine: Staged, copy: str, itemid: int) -> Handler[None]:
    """Makes the copy of the local bytes, unless a try that did not come to its end has made it."""
    if _has(mirror, copy, mine.sha256):
        place.discard(mirror.root, mine.path)
        return
    marker = mirror.marker
    record.check_free(mirror, copy)
    mirror.store.placings.begin(-itemid, mine.identity, mine.sha256)
    file = yield OnDisk(lambda: _place(mirror.root, marker, mine, copy, (None, None)))
    with mirror.store.transaction():
        record.placed(mirror, file)


def _has(mirror: Mirror, path: str, sha256: str) -> bool:
    """Whether exactly these bytes are at the path."""
    found = scan.stat(mirror.root, path)
    return found is not None and scan.hash_file(mirror.root, path, found) == sha256
