"""The documents of the API as JSON Schemas, by name; /v1/openapi.json holds them under `components`.

Law: kept by hand beside syncd/daemon/documents.py; tests/daemon/test_description.py holds real answers against them.
"""

from __future__ import annotations

from syncd.daemon.documents import Document

Schema = Document


def _of(kind: str, text: str = "") -> Schema:
    return {"type": kind, "description": text} if text else {"type": kind}


def _or_null(kind: str, text: str = "") -> Schema:
    return {"type": [kind, "null"], "description": text} if text else {"type": [kind, "null"]}


def ref(name: str) -> Schema:
    """A reference to one of the schemas below."""
    return {"$ref": f"#/components/schemas/{name}"}


def rows(items: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": items}


def record(fields: dict[str, Schema], maybe: dict[str, Schema] | None = None) -> Schema:
    """An object with exactly these fields; those of `maybe` may be missing."""
    return {
        "type": "object",
        "properties": {**fields, **(maybe or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


def of_list(name: str, row: str) -> Schema:
    """A list as commands print it: an object with one key."""
    return record({name: rows(ref(row))})


def counts(text: str) -> Schema:
    """Numbers by name."""
    return {"type": "object", "description": text, "additionalProperties": {"type": "integer"}}


TEXT, NUMBER, WHOLE, YES_OR_NO = _of("string"), _of("number"), _of("integer"), _of("boolean")
PATH = _of("string", "Relative to the mirrored folder.")
MAYBE_PATH = _or_null("string", "Relative to the mirrored folder; null if it is about no path.")
ITEM_ID = _or_null("integer", "The server's id of the item; null if there is none.")
AT = _of("number", "Unix seconds.")
MAYBE_AT = _or_null("number", "Unix seconds, or null.")
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
BYTES = _of("integer", "Bytes.")
STATES = ["folder-missing", "login-needed", "error", "paused", "offline", "throttled", "syncing", "held", "settled"]

_ERROR = record(
    {
        "path": MAYBE_PATH,
        "itemid": ITEM_ID,
        "error": _of("string", "What kind of error, as a word."),
        "message": TEXT,
        "remedy": _of("string", "What can be done about it."),
        "retry_at": MAYBE_AT,
    }
)
_HELD = record(
    {
        "id": _of("string", "Changes when the set changes."),
        "kind": TEXT,
        "count": WHOLE,
        "sample": rows(PATH),
        "since": AT,
        "reason": TEXT,
    }
)
_CONFLICT = record({"path": PATH, "itemid": _of("integer"), "copy": PATH, "since": AT})
_SPACE: Schema = {"type": ["object", "null"], "properties": {"available": BYTES, "total": BYTES}}
_MIRROR: dict[str, Schema] = {
    "name": TEXT,
    "kind": TEXT,
    "direction": {"enum": ["two-way", "pull", "push"]},
    "folder": _of("string", "An absolute path."),
    "state": {"enum": STATES, "description": "The first of these that is true."},
    "settled": YES_OR_NO,
    "pending": counts("What is still to be done, by action."),
    "held": rows(ref("Held")),
    "conflicts": rows(ref("Conflict")),
    "errors": rows(ref("Error")),
    "ignored": counts("What is left alone, by reason."),
    "published": WHOLE,
    "items": WHOLE,
    "bytes": BYTES,
    "space": _SPACE,
    "last_poll": MAYBE_AT,
    "next_poll": MAYBE_AT,
    "watching": {"enum": ["inotify", "polling", "off"]},
    "paused_until": MAYBE_AT,
    "paused_by": {"enum": ["pause", "hours", "metered", None], "description": "Why it rests; null if it does not."},
}
_ACTION = record({"action": TEXT, "path": PATH, "itemid": ITEM_ID, "outcome": TEXT, "reason": TEXT}, {"error": TEXT})
_SIDE: Schema = {"type": ["object", "null"]}

SCHEMAS: dict[str, Schema] = {
    "Error": _ERROR,
    "Refusal": record({"message": TEXT, "errors": rows(ref("Error"))}),
    "Failed": record({"errors": rows(ref("Error"))}),
    "Held": _HELD,
    "Conflict": _CONFLICT,
    # (Open: a later version may tell more of a mirror.)
    "Mirror": {**record(_MIRROR), "additionalProperties": True},
    "Status": record(
        {
            "daemon": {"enum": ["running", "stopped"]},
            "errors": rows(ref("Error")),  # of the daemon itself: a configuration that it refused
            "mirrors": rows(ref("Mirror")),
        }
    ),
    "Action": _ACTION,
    "Sync": record(
        {
            "mirror": TEXT,
            "settled": YES_OR_NO,
            "cycles": WHOLE,
            "seconds": NUMBER,
            "actions": rows(ref("Action")),
            "counts": counts("Actions done or planned, by action."),
            "requests": counts("Requests sent, by endpoint, and `total`."),
            "bytes": record({"up": BYTES, "down": BYTES}),
            "held": rows(ref("Held")),
            "conflicts": rows(ref("Conflict")),
            "errors": rows(ref("Error")),
            "ignored": counts("What is left alone, by reason."),
            "retry_at": MAYBE_AT,
        }
    ),
    "Trashed": record(
        {
            "id": TEXT,
            "path": PATH,
            "itemid": ITEM_ID,
            "sha256": SHA256,
            "bytes": BYTES,
            "deleted": AT,
            "cause": TEXT,
            "expires": AT,
        }
    ),
    "Done": record({"at": AT, "action": TEXT, "path": PATH, "itemid": ITEM_ID, "outcome": TEXT, "reason": TEXT}),
    "Why": record(
        {
            "path": PATH,
            "itemid": ITEM_ID,
            "here": _SIDE,
            "there": _SIDE,
            "agreed": _SIDE,
            "next": rows(record({"action": TEXT, "reason": TEXT})),
            "blocks": rows(TEXT),
            "errors": rows(ref("Error")),
            "history": rows(ref("Done")),
        }
    ),
    "Item": record(
        {
            "path": PATH,
            "itemid": _of("integer"),
            "title": TEXT,
            "comments": TEXT,
            "keywords": rows(TEXT),
            "original_url": TEXT,
            "folder": _or_null("string", "The title of its folder."),
            "extension": _or_null("string"),
            "bytes": BYTES,
            "sha256": SHA256,
            "created": _or_null("integer", "Unix seconds."),
            "link": TEXT,
        }
    ),
    "Listed": record(
        {
            "path": PATH,
            "itemid": ITEM_ID,
            "kind": {"enum": ["folder", "item"]},
            "title": TEXT,
            "bytes": _or_null("integer"),
            "state": {"enum": ["synced", "changed", "new", "gone", "conflict", "failing", "published"]},
        }
    ),
    "Difference": record({"kind": TEXT, "path": PATH, "itemid": ITEM_ID, "message": TEXT}),
}
