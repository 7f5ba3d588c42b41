"""draft10 and draft15: flat folders, `stashid` and `folderid`, exact sizes from `media`.

It follows the drafts' own page, "Stash Your Content with the Sta.sh API". The token of an item's content is its
`original` address without a query: other bytes are at another address, so a known one is opened without asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from syncd.core.errors import NotThere, SyncdError, Unsupported
from syncd.core.model import AtRoot, Changes, Folder, Into, Item, Make, Target, Withdrawn
from syncd.remotes.faces import AcknowledgedButGone, Progress, Snapshot, SubmittedButUnfinished, Told
from syncd.remotes.http import Client, Clock, Effect, origin
from syncd.remotes.stash import delta, wire
from syncd.remotes.stash.ahead import ahead
from syncd.remotes.stash.base import Stash, acknowledged, applied, lenient_ident, place_words, published, sense
from syncd.remotes.stash.content import HTML, Original
from syncd.remotes.stash.draft_wire import entry, item_of
from syncd.remotes.stash.faults import GONE, ITSELF, About

_FILE_HOSTS = ("deviantart.com", "deviantart.net", "wixmp.com")


class DraftStash(Stash):
    """A Sta.sh through the drafts; `generation` is `draft10` or `draft15`."""

    def __init__(self, client: Client, server: str, generation: str, clock: Clock) -> None:
        super().__init__(client, server, generation, clock, nested=False)

    def drain(self, cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:  # noqa: ARG002 (v1's need)
        """What changed since `cursor`."""
        if not self.abilities.list:
            raise Unsupported(GONE)
        with ahead(self._page, self.page_threads) as page:
            yield from delta.drain(page, cursor)

    def read(self, itemid: int) -> Item | Withdrawn:
        """One item as it is now."""
        try:
            told = self._post("metadata", "stash/metadata", _item(itemid), ("stashid", str(itemid)), read=True)
        except NotThere:
            return Withdrawn.DELETED
        with sense(f"item {itemid}"):
            folder = wire.optional_ident(told.get("folderid"))
            return wire.published(told) if folder is None else item_of(itemid, folder, told)

    def read_folder(self, folder: int) -> Folder:
        """One folder as it is now."""
        fields = (("folderid", str(folder)), ("list", "false"))
        told = self._post("metadata", "stash/metadata", _folder(folder), *fields, read=True)
        with sense(f"folder {folder}"):
            return Folder(folder, wire.title(told), None, listed=False)

    def submit(self, snapshot: Snapshot, title: str, target: Target, progress: Progress) -> Item:
        """A new item; read back by `media`, which tells its exact size."""
        self.prepare()
        about = About(f"the file {wire.printable(snapshot.name)}", missing=place_words(target))
        fields = (("title", title), *_place(target))
        told = self._upload(about, fields, snapshot, progress, Effect.CREATE)
        itemid = acknowledged(told, "stashid")
        folder = None if isinstance(target, AtRoot) else lenient_ident(told.get("folderid"))
        new = Item(itemid, title, folder, None, size=snapshot.size)
        try:
            return self._measured(new)
        except SyncdError as error:
            raise SubmittedButUnfinished(itemid, error) from error

    def replace(self, item: Item, snapshot: Snapshot, progress: Progress) -> Item:
        """Other bytes for an item."""
        fields = (("stashid", str(item.id)),)
        told = self._upload(_item(item.id), fields, snapshot, progress, Effect.CHANGE)
        if not told.get("folderid"):
            raise published(item.id, AcknowledgedButGone)
        with applied(item.id):
            return self._measured(replace(item, version=None, extension=None, size=snapshot.size, text=False))

    def edit(self, itemid: int, changes: Changes) -> Item:
        """Other metadata for an item."""
        keywords = None if changes.keywords is None else " ".join(changes.keywords)
        named = {
            "title": changes.title,
            "artist_comments": changes.comments,
            "keywords": keywords,
            "original_url": changes.original_url,
        }
        fields = tuple((name, value) for name, value in named.items() if value is not None)
        told = self._post("submit", "stash/submit", _item(itemid), ("stashid", str(itemid)), *fields)
        if not told.get("folderid"):
            raise published(itemid, AcknowledgedButGone)
        with applied(itemid):
            now = self.read(itemid)
        if isinstance(now, Withdrawn):
            raise published(itemid, AcknowledgedButGone)
        return now

    def move(self, item: Item, target: Target) -> int | None:
        """Into another folder, which is made if need be."""
        told = self._post("move", "stash/move", _item(item.id), ("stashid", str(item.id)), *_move_place(target))
        with applied(item.id):
            folder = wire.ident(told.get("folderid"))
        return None if isinstance(target, AtRoot) else folder

    def rename_folder(self, folder: int, title: str) -> None:
        """Another title for a folder."""
        self._post("folder", "stash/folder", _folder(folder), ("folderid", str(folder)), ("folder", title))

    def move_folder(self, folder: int, parent: int | None) -> None:
        """The drafts have no folders in folders."""
        raise Unsupported(
            f"The drafts cannot put folder {folder} into {parent or 'the root'}: their folders do not nest."
        )

    def delete(self, itemid: int) -> None:
        """Deletes an item."""
        self._post("delete", "stash/delete", _item(itemid), ("stashid", str(itemid)))

    def _page(self, cursor: str | None, offset: int) -> wire.Sheet:
        query = {"cursor": cursor} if cursor else {}
        if offset:
            query["offset"] = str(offset)
        return wire.sheet(self._get("delta", "stash/delta", ITSELF, **query), entry, "stashid")

    def _locate(self, itemid: int, version: str | None, *, fresh: bool) -> Original:
        if not fresh and version is not None and self._is_trusted(version):
            return Original(version, version, extension=wire.extension(version))
        told = self._get("media", "stash/media", _item(itemid), stashid=str(itemid))
        with sense(f"item {itemid}"):
            if told.get("url") is None and isinstance(told.get("html"), str):
                html = wire.text(told["html"], "html")
                return Original(wire.html_version(html), html=html, extension=HTML)
            token = wire.unsigned(told.get("url"))
            return Original(wire.bounded(token), wire.text(told["url"], "url"), extension=wire.extension(token))

    def _is_trusted(self, address: str) -> bool:
        """Whether a stored address may be opened as it is: on the server itself, or on DeviantArt's file hosts."""
        if origin(address) is None:
            return False
        host = urlsplit(address).hostname or ""
        return origin(address) == origin(self._server) or any(
            host == known or host.endswith(f".{known}") for known in _FILE_HOSTS
        )

    def _measured(self, new: Item) -> Item:
        """The item with what `media` tells of its content; as it is if the server has no `media` any more."""
        try:
            told = self._get("media", "stash/media", _item(new.id), stashid=str(new.id))
        except Unsupported:
            return new
        with sense(f"item {new.id}"):
            if told.get("url") is None:
                html = wire.text(told.get("html"), "html")
                return replace(new, version=wire.html_version(html), extension=HTML, size=len(html.encode()), text=True)
            token = wire.unsigned(told["url"])
            size = None if told.get("size") is None else wire.count(told["size"])
            return replace(new, version=wire.bounded(token), extension=wire.extension(token), size=size)


def _place(target: Target) -> tuple[tuple[str, str], ...]:
    match target:
        case Into(folder):
            return (("folderid", str(folder)),)
        case Make(title):
            return (("folder", title),)
        case AtRoot():
            return ()
        case _:
            assert_never(target)


def _move_place(target: Target) -> tuple[tuple[str, str], ...]:
    return (("folder", target.title),) if isinstance(target, AtRoot) else _place(target)


def _item(itemid: int) -> About:
    return About(f"item {itemid}", itemid)


def _folder(folder: int) -> About:
    return About(f"folder {folder}")
