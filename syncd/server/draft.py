"""The wire of draft10, draft15 and the unversioned /api/oauth2: stashid, folderid, flat folders.

It follows the drafts' page "Stash Your Content with the Sta.sh API". Ids are numbers in delta and metadata, strings in
the answers to submit, move, delete and folder. Every error of the stash is HTTP 400 with that page's slug.
"""

from __future__ import annotations

from typing import Any

from syncd.server import errors
from syncd.server.account_calls import placebo, space, whoami
from syncd.server.addresses import Addresses
from syncd.server.model import InStack, Item, ItemEntry, NamedFolder, Stack, Submission, View
from syncd.server.stash import Stash
from syncd.server.wire import Call, Endpoint, invalid_field, server_error

_TEXTS = ("access_token", "title", "artist_comments", "keywords", "original_url", "stashid", "folder", "folderid")


def submit(call: Call) -> dict[str, Any]:
    """New item, other file, or other metadata."""
    if call.is_multipart and not call.files and set(call.posted).difference(_TEXTS):
        raise server_error()
    stashid, keywords = call.number("stashid", post_only=True), call.text("keywords", post_only=True)
    with call.upload() as upload, call.vault.changing(call.user) as stash:
        sent = Submission(
            itemid=stashid,
            place=_place(call, stash) if stashid is None else None,
            title=call.text("title", post_only=True),
            artist_comments=call.text("artist_comments", post_only=True),
            tags=None if keywords is None else tuple(keywords.split()),
            original_url=call.text("original_url", post_only=True),
            blob=upload and upload[1],
        )
        done = stash.submit(sent, call.now)
        if upload is not None:
            call.vault.keep(upload[0])
        folder = stash.folder_of(done.item)
    told = {} if folder is None else {"folder": folder.title, "folderid": str(folder.id)}
    return {"status": "success", "stashid": str(done.item.id), **told}


def delete(call: Call) -> dict[str, Any]:
    """Delete an item."""
    stashid = _stashid(call, post_only=True)
    with call.vault.changing(call.user) as stash:
        stash.delete(stashid)
    return {"status": "success", "stashid": str(stashid)}


def move(call: Call) -> dict[str, Any]:
    """Move an item to another folder."""
    stashid = _stashid(call, post_only=True)
    with call.vault.changing(call.user) as stash:
        place = _place(call, stash)
        if place is None:
            raise errors.UnknownStack(None)
        folder = stash.move_item(stashid, place)
    return {"status": "success", "stashid": str(stashid), "folder": folder.title, "folderid": str(folder.id)}


def rename_folder(call: Call) -> dict[str, Any]:
    """Rename a folder."""
    folderid, title = call.number("folderid", post_only=True), call.text("folder", post_only=True)
    if folderid is None or not title:
        raise invalid_field("folderid" if folderid is None else "folder", "is required")
    with call.vault.changing(call.user) as stash:
        folder = stash.rename(stash.folder(folderid).id, title)
    return {"status": "success", "folder": folder.title, "folderid": str(folder.id)}


def delta(call: Call) -> dict[str, Any]:
    """What changed since a cursor."""
    offset = max(0, call.number("offset") or 0)
    choices = call.vault.settings.choices
    with call.vault.reading(call.user) as stash:
        page = stash.delta(View.DRAFT, call.text("cursor"), offset, choices.draft_page)
        entries = [_entry(stash, call.addresses, entry) for entry in page.entries]
    answer = {"cursor": page.cursor, "has_more": page.has_more, "reset": page.reset, "entries": entries}
    if page.has_more or choices.draft_null_next_offset:
        answer["next_offset"] = page.next_offset
    return answer


def metadata(call: Call) -> dict[str, Any]:
    """An item, or a folder with what it holds."""
    stashid, folderid = call.number("stashid"), call.number("folderid")
    with call.vault.reading(call.user) as stash:
        if stashid is not None:
            return item_metadata(stash, call.addresses, stash.item(stashid))
        if folderid is None:
            raise errors.MissingMetadata
        folder = folder_metadata(stash, call.addresses, stash.folder(folderid))
        if call.flag("list", default=True):
            held = stash.folder_items(folderid)
            folder["contents"] = [item_metadata(stash, call.addresses, item) for item in held]
        return folder


def media(call: Call) -> dict[str, Any]:
    """The original of an item: address, exact size; a Writer item's text instead."""
    with call.vault.reading(call.user) as stash:
        item = stash.item(_stashid(call))
    if item.blob is None:
        return {"html": item.html, "css": "", "css_fonts": []}
    measures = {"width": item.blob.width, "height": item.blob.height}
    told = {name: value for name, value in measures.items() if value is not None}
    return {"url": call.addresses.lasting(item), "size": item.blob.size, **told}


def item_metadata(stash: Stash, addresses: Addresses, item: Item) -> dict[str, Any]:
    """An item as `metadata` and `delta` show it; a published one names no folder."""
    folder = stash.folder_of(item)
    told: dict[str, Any] = {"stashid": item.id, "is_folder": False, "title": item.title}
    if folder is not None:
        told["folderid"] = folder.id
    told |= {
        "artist_comments": item.artist_comments,
        "keywords": " ".join(item.tags),
        "original_url": item.original_url,
        "category": item.category,
    }
    if item.blob is None:
        return told | {"html": item.html, "css": "", "css_fonts": []}
    pictures = {name: picture.address for name, picture in addresses.scaled(item).items()}
    return told | {"files": {"original": addresses.lasting(item), **pictures}}


def folder_metadata(stash: Stash, addresses: Addresses, folder: Stack) -> dict[str, Any]:
    """A folder as `metadata` and `delta` show it."""
    items = stash.folder_items(folder.id)
    told: dict[str, Any] = {
        "folderid": folder.id,
        "is_folder": True,
        "title": folder.title,
        "description": folder.description or "",
        "size": len(items),
    }
    thumb = addresses.scaled(items[0]).get("150") if items else None
    return told if thumb is None else {**told, "thumb": thumb.address}


def _entry(stash: Stash, addresses: Addresses, entry: ItemEntry | Any) -> dict[str, Any]:
    if isinstance(entry, ItemEntry):
        shown = entry.item and item_metadata(stash, addresses, entry.item)
        return {"stashid": entry.id, "folderid": entry.container, "metadata": shown}
    return {"folderid": entry.id, "metadata": entry.stack and folder_metadata(stash, addresses, entry.stack)}


def _place(call: Call, stash: Stash) -> InStack | NamedFolder | None:
    folderid, title = call.number("folderid", post_only=True), call.text("folder", post_only=True)
    if folderid is not None:
        return InStack(stash.folder(folderid).id)
    return NamedFolder(title) if title else None


def _stashid(call: Call, *, post_only: bool = False) -> int:
    stashid = call.number("stashid", post_only=post_only)
    if stashid is None:
        raise errors.UnknownItem(None)
    return stashid


_WRITE = ("POST",)
ENDPOINTS = {
    "placebo": Endpoint(placebo, scopes=(), public=True),
    "user/whoami": Endpoint(whoami, scopes=("user", "basic")),
    "stash/submit": Endpoint(submit, _WRITE, ("stash", "basic")),
    "stash/delete": Endpoint(delete, _WRITE, ("stash", "basic")),
    "stash/move": Endpoint(move, _WRITE, ("stash", "basic")),
    "stash/folder": Endpoint(rename_folder, _WRITE, ("stash", "basic")),
    "stash/space": Endpoint(space, scopes=("stash", "basic")),
    "stash/delta": Endpoint(delta, scopes=("stash", "basic")),
    "stash/metadata": Endpoint(metadata, scopes=("stash", "basic")),
    "stash/media": Endpoint(media, scopes=("stash", "basic")),
}
