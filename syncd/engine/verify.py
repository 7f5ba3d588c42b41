"""Compares disk, store and remote, and names each difference; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.model import Agreed, Item, ItemGone, LocalFile
from syncd.core.state import Seen
from syncd.engine.mirror import Mirror
from syncd.local import scan
from syncd.local.ignore import load_rules
from syncd.remotes.faces import Page, Reset


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: a constant `kind`, the path or title, the item if there is one, and one plain sentence."""

    kind: str
    path: str
    itemid: int | None
    message: str


def verify(mirror: Mirror, *, content: bool) -> Iterator[Difference]:
    """Every difference between disk, store and remote. `content`: files are hashed again, whatever their times say.

    Reads only: the disk, the database, and the remote's complete listing. Raises what looking at either side raises.
    """
    mirror.root.check(mirror.marker)
    seen = set()
    for path, file in _files(mirror):
        seen.add(path)
        yield from _verify_file(mirror, path, file, content=content)
    for agreed in mirror.store.agreed.every():
        if agreed.path not in seen and not agreed.released and not mirror.store.local.is_hidden(agreed.path):
            yield Difference("missing-here", agreed.path, agreed.id, "its item is synced, but the file is not there")
    yield from _verify_remote(mirror)


def _files(mirror: Mirror) -> Iterator[tuple[str, LocalFile | None]]:
    """Every file on the disk, with what the store knows of it."""
    rules = load_rules(mirror.root, mirror.policy.ignore)
    directories = [""]
    while directories:
        listing = scan.list_directory(mirror.root, directories.pop(), rules)
        known = mirror.store.local.files_in(listing.directory.path)
        for path, fingerprint in listing.files:
            row = known.get(path)
            fresh = row[0] if row and row[0].fingerprint == fingerprint else None
            yield path, fresh or LocalFile(path, fingerprint, "")
        directories += [directory.path for directory in listing.directories]


def _verify_file(mirror: Mirror, path: str, file: LocalFile | None, *, content: bool) -> Iterator[Difference]:
    agreed = mirror.store.agreed.at(path)
    if agreed is None:
        yield Difference("new-here", path, None, "this file is not on the remote")
        return
    if agreed.released or file is None:
        return
    try:
        sha256 = file.sha256
        if content or not sha256:
            sha256 = scan.hash_file(mirror.root, path, file.fingerprint)
    except (FileChanged, DiskFailed) as error:
        yield Difference("unreadable", path, agreed.id, error.message)
        return
    if sha256 != agreed.sha256:
        yield Difference("changed-here", path, agreed.id, "its bytes are not those that both sides agreed on")


def _verify_remote(mirror: Mirror) -> Iterator[Difference]:
    if not mirror.remote.abilities.list:
        return
    told: set[int] = set()
    for step in mirror.remote.drain(None, mirror.store.remote.knows_folder):
        if isinstance(step, Reset):
            told.clear()
        elif isinstance(step, Page):
            for entry in step.entries:
                if isinstance(entry, Item):
                    told.add(entry.id)
                    yield from _verify_item(mirror, entry)
                elif isinstance(entry, ItemGone):
                    told.discard(entry.id)
    for agreed in mirror.store.agreed.every():
        if agreed.id not in told and not agreed.released and not agreed.superseded:
            yield Difference("missing-there", agreed.path, agreed.id, "the file is synced, but its item is not listed")


def _verify_item(mirror: Mirror, item: Item) -> Iterator[Difference]:
    agreed = mirror.store.agreed.item(item.id)
    if agreed is None:
        yield Difference("new-there", item.title, item.id, "this item has no file here")
        return
    yield from _verify_version(mirror, agreed, item)
    if item.title != agreed.title:
        yield Difference("renamed-there", agreed.path, item.id, f"its title is {item.title!r} now")


def _verify_version(mirror: Mirror, agreed: Agreed, item: Item) -> Iterator[Difference]:
    if item.version is not None and item.version != agreed.version:
        told = mirror.store.remote.item(item.id)
        if told is None or told.seen is not Seen.LIVE or told.sha256 != agreed.sha256:
            yield Difference(
                "changed-there", agreed.path, item.id, "its version is not the one that both sides agreed on"
            )
    if item.size is not None and item.size != agreed.size:
        yield Difference("changed-there", agreed.path, item.id, f"it has {item.size} bytes there, not {agreed.size}")
