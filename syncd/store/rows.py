"""How an item as the remote told it stands in a row, and back."""

from __future__ import annotations

import json

from syncd.core.model import Item
from syncd.core.state import RemoteItem, Seen
from syncd.store.database import Row, Value

ITEM_COLUMNS = "id, title, folder, version, extension, size, text, comments, keywords, original_url, created"

_IN_WRAPPER = """f.automatic
  AND NOT EXISTS (SELECT 1 FROM remote_folder c WHERE c.parent = f.id)
  AND (SELECT count(*) FROM (SELECT 1 FROM remote_item c WHERE c.folder = f.id AND c.seen = 'live' LIMIT 2)) < 2"""
PLACED_FROM = "remote_item r LEFT JOIN remote_folder f ON f.id = r.folder"
PLACE = f"CASE WHEN {_IN_WRAPPER} THEN f.parent ELSE r.folder END"
"""The user's folder of an item: an automatic one around one item and no folder is looked through."""
PLACED = ", ".join(f"r.{name}" for name in ITEM_COLUMNS.split(", ")) + f", {PLACE}, r.seen, r.sha256"
"""The columns of a RemoteItem."""
WRAPPER = f"({_IN_WRAPPER})"


def item_values(item: Item) -> tuple[Value, ...]:
    """The values of ITEM_COLUMNS."""
    return (
        item.id,
        item.title,
        item.folder,
        item.version,
        item.extension,
        item.size,
        int(item.text),
        item.comments,
        json.dumps(item.keywords) if item.keywords else "[]",
        item.original_url,
        item.created,
    )


def read_item(row: Row) -> Item:
    """An Item from a row of ITEM_COLUMNS."""
    itemid, title, folder, version, extension, size, text, comments, keywords, original_url, created = row[:11]
    return Item(
        id=int(itemid or 0),
        title=str(title),
        folder=_whole(folder),
        version=_text(version),
        extension=_text(extension),
        size=_whole(size),
        text=bool(text),
        comments=str(comments),
        keywords=tuple(json.loads(str(keywords))),
        original_url=str(original_url),
        created=_whole(created),
    )


def read_placed(row: Row) -> RemoteItem:
    """A RemoteItem from a row of PLACED."""
    folder, seen, sha256 = row[11:14]
    return RemoteItem(read_item(row), _whole(folder), Seen(str(seen)), _text(sha256))


def _whole(value: Value) -> int | None:
    return None if value is None else int(value)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
