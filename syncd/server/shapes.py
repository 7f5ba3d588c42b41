"""v1's stash_metadata: what a stack and an item look like in its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd.server.addresses import Addresses, Picture
from syncd.server.model import ROOT, Item, Stack
from syncd.server.stash import Stash


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Which optional parts of an item are asked for."""

    submission: bool = False
    camera: bool = False
    stats: bool = False
    empty_map_as_list: bool = False


def stack(stash: Stash, shown: Stack, addresses: Addresses) -> dict[str, Any]:
    """A stack; `parentid` is absent at the root."""
    told: dict[str, Any] = {
        "title": shown.title,
        "path": _path(stash, shown),
        "size": stash.size(shown.id),
        "description": shown.description,
        "stackid": shown.id,
    }
    if shown.parent != ROOT:
        told["parentid"] = shown.parent
    thumb = None if shown.item is None else addresses.scaled(stash.tree.items[shown.item]).get("150")
    return told if thumb is None else {**told, "thumb": _picture(thumb)}


def item(shown: Item, addresses: Addresses, extras: Extras) -> dict[str, Any]:
    """An item; a published one names no stack, a Writer item has its text instead of files."""
    told: dict[str, Any] = {
        "title": shown.title,
        "description": None,
        "artist_comments": shown.artist_comments,
        "original_url": shown.original_url,
        "category": shown.category,
        "creation_time": shown.created,
        "itemid": shown.id,
        "tags": list(shown.tags),
    }
    if shown.stack is not None:
        told["stackid"] = shown.stack
    if shown.blob is None:
        told |= {"html": shown.html, "css": "", "css_fonts": []}
    else:
        told["files"] = _files(shown, addresses)
    if extras.submission:
        told["submission"] = _submission(shown, addresses)
    if extras.camera and extras.empty_map_as_list:
        told["camera"] = []
    if extras.stats:
        told["stats"] = {"views": 0, "views_today": 0, "downloads": 0, "downloads_today": 0}
    return told


def size_text(size: int) -> str:
    """A size as people read it: "67.9 KB"; three digits, so that it says nothing exact."""
    amount, unit = float(size), "bytes"
    for larger in ("KB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.3g} {unit}" if unit != "bytes" else f"{size} bytes"


def _files(shown: Item, addresses: Addresses) -> list[dict[str, Any]]:
    assert shown.blob is not None
    original = Picture(addresses.signed(shown), shown.blob.width or 0, shown.blob.height or 0)
    return [_picture(picture) for picture in (*addresses.scaled(shown).values(), original)]


def _submission(shown: Item, addresses: Addresses) -> dict[str, Any]:
    by = {"app": "syncd", "url": addresses.app()}
    if shown.blob is None:
        return {"submitted_with": by}
    width, height = shown.blob.width, shown.blob.height
    resolution = {} if width is None else {"resolution": f"{width}x{height}"}
    return {"file_size": size_text(shown.blob.size), **resolution, "submitted_with": by}


def _picture(picture: Picture) -> dict[str, Any]:
    return {"src": picture.address, "height": picture.height, "width": picture.width, "transparency": False}


def _path(stash: Stash, shown: Stack) -> str:
    titles = [shown.title]
    while shown.parent != ROOT:
        shown = stash.tree.stacks[shown.parent]
        titles.append(shown.title)
    return "/".join(["Saved Submissions", *reversed(titles)])
