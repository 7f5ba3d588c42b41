"""The half of `verify` that compares the remote's complete listing with the store; changes nothing.

Law: only a listing whose pages are of one state says that something is missing. One that moved is read again, and
believed if it comes out the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from syncd.core.errors import Unreachable
from syncd.core.model import Agreed, Folder, FolderGone, Item, ItemGone
from syncd.core.names import is_automatic
from syncd.core.state import Seen
from syncd.engine.difference import Difference, Kind
from syncd.engine.mirror import Mirror
from syncd.engine.prove import proofs
from syncd.remotes.faces import Drained, Page, Reset

TRIES = 5


class Listing:
    """What the remote lists: where each item is, and what of it is not as the store has it."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self.folders: dict[int, Folder] = {}
        self.containers: dict[int, int | None] = {}
        self.differences: dict[int, list[Difference]] = {}

    def take(self, entry: object) -> None:
        """Takes one entry; a later one of the same id replaces an earlier one."""
        match entry:
            case Item():
                self.containers[entry.id] = entry.folder
                self.differences[entry.id] = list(_verify_item(self._mirror, entry))
            case ItemGone(itemid):
                self.containers.pop(itemid, None)
                self.differences.pop(itemid, None)
            case Folder():
                self.folders[entry.id] = entry
            case FolderGone(folder):
                self.folders.pop(folder, None)
            case _:
                pass

    def places(self) -> dict[int, int | None]:
        """The user's folder of each item: an automatic one around a single item and no folder is looked through."""
        held = Counter(self.containers.values())
        parents = {folder.parent for folder in self.folders.values()}
        wrappers = {
            folder.id: folder.parent
            for folder in self.folders.values()
            if is_automatic(folder.title) and folder.id not in parents and held[folder.id] < 2
        }
        return {
            itemid: container if container is None else wrappers.get(container, container)
            for itemid, container in self.containers.items()
        }


def verify_there(mirror: Mirror, *, content: bool) -> Iterator[Difference]:
    """Every difference between the store and the remote. Nothing, without a request, where the remote cannot list.
    `content`: what was only taken for ours is proven.

    Raises what listing raises, and Unreachable if the remote does not hold still for one listing.
    """
    if not mirror.remote.abilities.list:
        return
    listing = _listing(mirror)
    for differences in listing.differences.values():
        yield from differences
    if content:
        yield from _verify_ours(mirror, listing)
    places = listing.places()
    for agreed in mirror.store.agreed.every():
        if not agreed.released and not agreed.superseded:
            yield from _verify_agreed(mirror, agreed, places)


def _listing(mirror: Mirror) -> Listing:
    before = None
    for _ in range(TRIES):
        listing = Listing(mirror)
        for told in mirror.remote.drain(None, mirror.store.remote.knows_folder):
            match told:
                case Reset():
                    listing = Listing(mirror)
                case Page(entries):
                    for entry in entries:
                        listing.take(entry)
                case Drained(steady=steady):
                    if steady or listing.containers == before:
                        return listing
        before = listing.containers
    raise Unreachable("The remote's list changes while it is read; compare again when less is going on there.")


def _verify_ours(mirror: Mirror, listing: Listing) -> Iterator[Difference]:
    """Of the versions that were taken for ours (W25), those that are not."""
    for agreed, proven in proofs(mirror):
        if not proven and not any(told.kind is Kind.CHANGED_THERE for told in listing.differences.get(agreed.id, ())):
            words = "what we sent was replaced there at once, by other bytes"
            yield Difference(Kind.CHANGED_THERE, agreed.path, agreed.id, words)


def _verify_agreed(mirror: Mirror, agreed: Agreed, places: dict[int, int | None]) -> Iterator[Difference]:
    if mirror.store.remote.item(agreed.id) is None:
        words = "both sides agreed on it, but the store knows no item of this id"
        yield Difference(Kind.WITHOUT_ITEM, agreed.path, agreed.id, words)
    if agreed.id not in places:
        words = "the file is synced, but its item is not listed"
        yield Difference(Kind.MISSING_THERE, agreed.path, agreed.id, words)
    elif places[agreed.id] != agreed.folder:
        yield Difference(Kind.MOVED_THERE, agreed.path, agreed.id, "its item is in another folder now")


def _verify_item(mirror: Mirror, item: Item) -> Iterator[Difference]:
    agreed = mirror.store.agreed.item(item.id)
    if agreed is None:
        known = mirror.store.remote.item(item.id) is not None
        words = "this item has no file here" + ("" if known else ", and the store has not seen it yet")
        yield Difference(Kind.NEW_THERE if known else Kind.UNSEEN_THERE, item.title, item.id, words)
        return
    yield from _verify_version(mirror, agreed, item)
    if item.title != agreed.title:
        yield Difference(Kind.RENAMED_THERE, agreed.path, item.id, f"its title is {item.title!r} now")


def _verify_version(mirror: Mirror, agreed: Agreed, item: Item) -> Iterator[Difference]:
    if item.version is not None and item.version != agreed.version:
        told = mirror.store.remote.item(item.id)
        known = told.sha256 if told and told.seen is Seen.LIVE and told.item.version == item.version else None
        if known != agreed.sha256:
            words = "its version is not the one that both sides agreed on"
            yield Difference(Kind.CHANGED_THERE, agreed.path, item.id, words)
    if item.size is not None and item.size != agreed.size:
        words = f"it has {item.size} bytes there, not {agreed.size}"
        yield Difference(Kind.CHANGED_THERE, agreed.path, item.id, words)
