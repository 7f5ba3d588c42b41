"""The drafts' JSON into our values (their page, sections "List Folders and Submissions" and "Fetch ... Metadata")."""

from __future__ import annotations

from syncd.core.model import Entry, Folder, FolderGone, Item, ItemGone
from syncd.remotes.http import Json
from syncd.remotes.stash import wire
from syncd.remotes.stash.content import HTML


def entry(told: Json) -> Entry:
    """One entry of the delta. An item that is there but in no folder counts as gone: a look-up tells the rest."""
    metadata = told.get("metadata", ...)
    if metadata is ...:
        raise wire.Malformed("no metadata")
    if told.get("stashid") is None:
        folder = wire.ident(told.get("folderid"))
        return FolderGone(folder) if metadata is None else Folder(folder, wire.title(wire.mapping(metadata)), None)
    itemid = wire.ident(told["stashid"])
    if metadata is None:
        return ItemGone(itemid)
    body = wire.mapping(metadata)
    container = wire.optional_ident(told.get("folderid") or body.get("folderid"))
    return ItemGone(itemid) if container is None else item_of(itemid, container, body)


def item_of(itemid: int, folder: int, told: Json) -> Item:
    """An item from its metadata."""
    files = wire.mapping(told.get("files") or {})
    html = told.get("html")
    version, extension = None, None
    if files.get("original"):
        address = wire.unsigned(files["original"])
        version, extension = wire.bounded(address), wire.extension(address)
    elif not files:
        extension = HTML
        version = wire.html_version(wire.text(html, "html")) if isinstance(html, str) else None
    return Item(
        itemid,
        wire.title(told),
        folder,
        version,
        extension=extension,
        text=not files,
        comments=wire.text(told.get("artist_comments"), "comments"),
        keywords=wire.words(told.get("keywords")),
        original_url=wire.text(told.get("original_url"), "original_url"),
    )
