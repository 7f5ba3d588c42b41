"""The wire of v1 (20150416 and later): itemid, stackid, nested stacks; ids are numbers everywhere.

It follows the pages of stash_delta, stash_item, stash_submit and so on as the reference has them in section 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from syncd.server import errors, shapes
from syncd.server.account_calls import placebo, space, whoami
from syncd.server.model import ROOT, InStack, Item, ItemEntry, NamedStack, Stack, StackEntry, Submission, View
from syncd.server.shapes import Extras
from syncd.server.stash import Stash
from syncd.server.wire import Call, Endpoint, WireError, invalid_field, server_error

DEFAULT_LIMIT = 10
MOST_LIMIT = 120
_TEXTS = {
    *("access_token", "title", "artist_comments", "original_url", "is_dirty", "itemid", "stack", "stackid"),
    *("noai", "is_ai_generated", "mature_content", "tags", "tags[]"),
}


def delta(call: Call) -> dict[str, Any]:
    """What changed since a cursor; `limit` entries at a time."""
    offset, limit, extras = _offset(call), _limit(call), _extras(call)
    with call.vault.reading(call.user) as stash:
        page = stash.delta(View.V1, call.text("cursor"), offset, limit)
        entries = [_entry(stash, call, entry, extras) for entry in page.entries]
    return {
        "cursor": page.cursor,
        "has_more": page.has_more,
        "next_offset": page.next_offset,
        "reset": page.reset,
        "entries": entries,
    }


def item(call: Call) -> dict[str, Any]:
    """One item; of a Writer item also its text."""
    with call.vault.reading(call.user) as stash:
        found = stash.item(call.numbers[0])
        return shapes.item(found, call.addresses, _extras(call))


def stack(call: Call) -> dict[str, Any]:
    """One stack."""
    with call.vault.reading(call.user) as stash:
        return shapes.stack(stash, stash.stack(call.numbers[0]), call.addresses)


def contents(call: Call) -> dict[str, Any]:
    """What a stack, or the root, holds: stacks, or a leaf's one item."""
    offset, limit, extras = _offset(call), _limit(call), _extras(call)
    with call.vault.reading(call.user) as stash:
        found = stash.contents(call.numbers[0], offset, limit + 1)
        results = [_content(stash, call, thing, extras) for thing in found[:limit]]
    has_more = len(found) > limit
    return {"has_more": has_more, "next_offset": offset + limit if has_more else None, "results": results}


def submit(call: Call) -> dict[str, Any]:
    """New item, other file, or other metadata."""
    if call.is_multipart and not call.files and any(name.partition("[")[0] not in _TEXTS for name in call.posted):
        raise server_error()
    with call.upload() as upload, call.vault.changing(call.user) as stash:
        sent = Submission(
            itemid=call.number("itemid", post_only=True),
            place=_place(call),
            title=call.text("title", post_only=True),
            artist_comments=call.text("artist_comments", post_only=True),
            tags=call.tags(),
            original_url=call.text("original_url", post_only=True),
            is_dirty=call.flag("is_dirty") if "is_dirty" in call.posted else None,
            blob=upload and upload[1],
        )
        done = stash.submit(sent, call.now)
        if upload is not None:
            call.vault.keep(upload[0])
    place = {} if done.stack is None else {"stack": done.stack.title, "stackid": done.stack.id}
    return {"status": "success", "itemid": done.item.id, **place}


def delete(call: Call) -> dict[str, Any]:
    """Delete an item."""
    itemid = call.needed("itemid")
    with call.vault.changing(call.user) as stash:
        stash.delete(itemid)
    return {"success": True}


def move(call: Call) -> dict[str, Any]:
    """Move a stack into another, or to the root."""
    target = call.number("targetid", post_only=True) or ROOT
    with call.vault.changing(call.user) as stash:
        stash.stack(call.numbers[0])
        try:
            moved = stash.move_stack(call.numbers[0], target)
        except errors.UnknownStack as unknown:
            raise errors.InvalidTarget(target) from unknown
        target_shown = {"title": "", "path": "", "size": len(stash.tree.children[ROOT]), "stackid": ROOT}
        shown = [shapes.stack(stash, changed, call.addresses) for changed in moved.changes]
        if moved.target is not None:
            target_shown = shapes.stack(stash, moved.target, call.addresses)
    return {"target": target_shown, "changes": shown}


def position(call: Call) -> dict[str, Any]:
    """Put a stack at an index among its siblings."""
    index = call.needed("position")
    with call.vault.changing(call.user) as stash:
        stash.position(call.numbers[0], index)
    return {"success": True}


def update(call: Call) -> dict[str, Any]:
    """Rename or describe a stack; `description=null` takes the description away."""
    title, description = call.text("title", post_only=True), call.text("description", post_only=True)
    if title is not None and not title.strip():
        raise invalid_field("title", "must not be empty")
    with call.vault.changing(call.user) as stash:
        stash.stack(call.numbers[0])
        if title is not None:
            stash.rename(call.numbers[0], title)
        if description is not None:
            stash.describe(call.numbers[0], None if description == "null" else description)
    return {"success": True}


def publish(call: Call) -> dict[str, Any]:
    """Let an item leave for the gallery."""
    itemid = call.needed("itemid")
    for code, name in enumerate(("agree_submission", "agree_tos")):
        if not call.flag(name):
            raise WireError(400, "invalid_request", f"{name} is required to publish.", code=code)
    with call.vault.changing(call.user) as stash:
        try:
            published = stash.publish(itemid)
        except errors.UnknownItem:
            raise WireError(400, "invalid_request", "Deviation not found.", code=7) from None
    deviationid = str(UUID(int=published.id)).upper()
    return {"status": "success", "url": call.addresses.short(itemid), "deviationid": deviationid}


def userdata(_: Call) -> dict[str, Any]:
    """What the user may and must agree to."""
    return {"features": [], "agreements": ["submission_policy", "terms_of_service"]}


def _entry(stash: Stash, call: Call, entry: ItemEntry | StackEntry, extras: Extras) -> dict[str, Any]:
    if isinstance(entry, ItemEntry):
        if entry.item is None:
            return {"itemid": entry.id, "stackid": None, "metadata": None}
        shown = _listed(call, entry.item, extras)
        return {"itemid": entry.id, "stackid": entry.container, "metadata": shown, "position": 0}
    if entry.stack is None:
        return {"stackid": entry.id, "metadata": None}
    shown = shapes.stack(stash, entry.stack, call.addresses)
    return {"stackid": entry.id, "metadata": shown, "position": entry.stack.position}


def _content(stash: Stash, call: Call, thing: Stack | Item, extras: Extras) -> dict[str, Any]:
    if isinstance(thing, Stack):
        return shapes.stack(stash, thing, call.addresses)
    return _listed(call, thing, extras)


def _listed(call: Call, thing: Item, extras: Extras) -> dict[str, Any]:
    shown = shapes.item(thing, call.addresses, extras)
    if not call.vault.settings.choices.html_listed:
        shown.pop("html", None)
    return shown


def _place(call: Call) -> InStack | NamedStack | None:
    stackid, title = call.number("stackid", post_only=True), call.text("stack", post_only=True)
    if stackid is not None and stackid != ROOT:
        return InStack(stackid)
    return NamedStack(title) if title else None


def _extras(call: Call) -> Extras:
    return Extras(
        submission=call.flag("ext_submission"),
        camera=call.flag("ext_camera"),
        stats=call.flag("ext_stats"),
        empty_map_as_list=call.vault.settings.choices.empty_map_as_list,
    )


def _offset(call: Call) -> int:
    offset = call.number("offset") or 0
    if offset < 0:
        raise invalid_field("offset", "must not be negative")
    return offset


def _limit(call: Call) -> int:
    limit = call.number("limit") or DEFAULT_LIMIT
    if limit < 1 or (limit > MOST_LIMIT and call.vault.settings.choices.refuse_large_limit):
        raise invalid_field("limit", f"must be between 1 and {MOST_LIMIT}")
    return min(limit, MOST_LIMIT, call.vault.settings.choices.v1_page)


def _write(action: Callable[[Call], Any], *also: str) -> Endpoint:
    return Endpoint(action, ("POST",), also=also)


ENDPOINTS = {
    "placebo": Endpoint(placebo, scopes=(), public=True),
    "user/whoami": Endpoint(whoami, scopes=("user", "basic")),
    "stash/delta": Endpoint(delta),
    "stash/item/*": Endpoint(item),
    "stash/*": Endpoint(stack),
    "stash/*/contents": Endpoint(contents),
    "stash/submit": _write(submit),
    "stash/delete": _write(delete),
    "stash/move/*": _write(move),
    "stash/position/*": _write(position),
    "stash/update/*": _write(update),
    "stash/space": Endpoint(space),
    "stash/publish": _write(publish, "publish"),
    "stash/publish/userdata": Endpoint(userdata, also=("publish",)),
}
