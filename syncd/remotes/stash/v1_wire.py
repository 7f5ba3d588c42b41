"""v1's JSON into our values (stash-api.md, section 1: stash_metadata and the delta's entries)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from syncd.core.model import Entry, Folder, FolderGone, Item, ItemGone
from syncd.remotes.http import Json
from syncd.remotes.stash import wire
from syncd.remotes.stash.content import HTML

_AUTOMATIC = re.compile(r"(Sta\.sh Uploads \d+)?")


def is_automatic(title: str) -> bool:
    """Whether a stack of this title is the wrapper that the server made around one item."""
    return _AUTOMATIC.fullmatch(title) is not None


def entry(told: Json) -> Entry:
    """One entry of the delta. An item that is there but in no stack counts as gone: a look-up tells the rest."""
    metadata = told.get("metadata", ...)
    if metadata is ...:
        raise wire.Malformed("no metadata")
    if told.get("itemid") is None:
        stack = wire.ident(told.get("stackid"))
        return FolderGone(stack) if metadata is None else folder_of(stack, wire.mapping(metadata), listed=True)
    itemid = wire.ident(told["itemid"])
    if metadata is None:
        return ItemGone(itemid)
    body = wire.mapping(metadata)
    leaf = wire.optional_ident(told.get("stackid") or body.get("stackid"))
    return ItemGone(itemid) if leaf is None else item_of(itemid, leaf, body)


def folder_of(stack: int, told: Json, *, listed: bool) -> Folder:
    """A stack from its metadata; without `parentid` it is at the root."""
    return Folder(stack, wire.title(told), wire.optional_ident(told.get("parentid")), listed=listed)


def item_of(itemid: int, leaf: int, told: Json) -> Item:
    """An item from its metadata."""
    files = _files(told)
    html = told.get("html")
    created = told.get("creation_time")
    version = _pictures_version(files, told)
    extension = None if version is None else wire.extension(_picture_path(files[0]))
    if not files:
        extension = HTML
        version = wire.html_version(wire.text(html, "html")) if isinstance(html, str) else None
    return Item(
        itemid,
        wire.title(told),
        leaf,
        version,
        extension=extension,
        text=not files,
        comments=wire.text(told.get("artist_comments"), "comments"),
        keywords=wire.words(told.get("tags")),
        original_url=wire.text(told.get("original_url"), "original_url"),
        created=None if created is None else wire.count(created),
    )


def original_address(told: Json) -> str | None:
    """The signed address of the original: the last of the files; None if there are none."""
    files = _files(told)
    return wire.text(files[-1].get("src"), "address") if files else None


def _files(told: Json) -> tuple[Json, ...]:
    files = told.get("files") or ()
    if not isinstance(files, Sequence) or isinstance(files, str):
        raise wire.Malformed("files are no list")
    return tuple(wire.mapping(file) for file in files)


def _pictures_version(files: tuple[Json, ...], told: Json) -> str | None:
    """The token of a picture's content; None for what has no pictures: its only address is another one each time."""
    paths = sorted({_picture_path(file) for file in files[:-1]})
    if not paths:
        return None
    submission = wire.mapping(told.get("submission") or {})
    measures = (wire.text(submission.get(key), key) for key in ("file_size", "resolution"))
    return wire.bounded("|".join((*paths, *measures)))


def _picture_path(file: Json) -> str:
    return urlsplit(wire.unsigned(file.get("src"))).path.partition("/v1/")[0]
