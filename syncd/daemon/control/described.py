"""The OpenAPI description of the API, made from one table of what each operation takes and answers.

Law: every route is described, every description has a route; tests/daemon/test_description.py compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from syncd import __version__
from syncd.daemon.control.schemas import (
    ITEM_ID,
    MAYBE_AT,
    PATH,
    SCHEMAS,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    of_list,
    record,
    ref,
    rows,
)
from syncd.daemon.documents import Document

VERSION = "1.0"
_PAUSED = record({"paused": YES_OR_NO, "until": MAYBE_AT})
_KEEP: Schema = {"enum": ["both", "local", "remote"]}
_SECONDS: Schema = {"type": "number", "minimum": 0, "description": "Seconds; left out: until somebody resumes."}
_DAYS: Schema = {"type": "number", "minimum": 0, "description": "Only what was put there so many days ago, or earlier."}
_LIMIT: Schema = {"type": "number", "minimum": 0, "description": "At most so many; 50 if it is left out."}
_TITLE: Schema = {"type": "string", "description": "The new title; the file is renamed after it."}


@dataclass(frozen=True, slots=True)
class Described:
    """What an operation is for, the arguments that it must and may be given, and its document when it is done."""

    summary: str
    answer: Schema
    needs: Mapping[str, Schema] = field(default_factory=dict)
    takes: Mapping[str, Schema] = field(default_factory=dict)


DESCRIBED: Mapping[str, Described] = {
    "status": Described("How the mirror stands.", ref("Mirror")),
    "held": Described("What waits for a person.", of_list("held", "Held")),
    "conflicts": Described("The conflicts that nobody settled yet.", of_list("conflicts", "Conflict")),
    "trash": Described("What lies in the trash, newest first.", of_list("trash", "Trashed")),
    "history": Described(
        "What was done, newest first.", of_list("history", "Done"), takes={"path": PATH, "limit": _LIMIT}
    ),
    "why": Described("What is known of a path, and what would be done now.", ref("Why"), needs={"path": PATH}),
    "show": Described("An item's metadata.", ref("Item"), needs={"path": PATH}),
    "link": Described(
        "The short address of an item.", record({"path": PATH, "itemid": ITEM_ID, "link": TEXT}), needs={"path": PATH}
    ),
    "space": Described(
        "How much room there is, asked afresh.", record({"available": WHOLE, "total": {"type": "integer"}})
    ),
    "ls": Described("The remote as last seen, in one folder.", of_list("ls", "Listed"), takes={"folder": PATH}),
    "held-confirm": Described("Let what is held happen.", record({"id": TEXT, "answer": TEXT}), needs={"id": TEXT}),
    "held-reject": Described("Undo what is held.", record({"id": TEXT, "answer": TEXT}), needs={"id": TEXT}),
    "conflicts-resolve": Described(
        "Settle a conflict.", record({"path": PATH, "keep": _KEEP}), needs={"path": PATH, "keep": _KEEP}
    ),
    "trash-restore": Described(
        "Bring a file back from the trash.", record({"id": TEXT, "path": PATH}), needs={"id": TEXT}
    ),
    "trash-empty": Described(
        "Delete what is in the trash for good.",
        record({"removed": WHOLE, "bytes": {"type": "integer"}}),
        takes={"older_than": _DAYS},
    ),
    "verify": Described(
        "Compare disk, store and remote; waits until it is done.",
        of_list("verify", "Difference"),
        takes={"content": YES_OR_NO},
    ),
    "edit": Described(
        "Change an item's metadata at once.",
        ref("Item"),
        needs={"path": PATH},
        takes={"title": _TITLE, "comments": TEXT, "keywords": rows(TEXT), "original_url": TEXT},
    ),
    "sync": Described(
        "Sync now; waits until all is settled or nothing more can be done.",
        ref("Sync"),
        takes={"dry_run": YES_OR_NO, "full": YES_OR_NO},
    ),
    "pause": Described("Start no cycle from now on.", _PAUSED, takes={"for": _SECONDS}),
    "resume": Described("End a pause.", record({"paused": YES_OR_NO})),
}


@cache
def description() -> Document:
    """The whole description (OpenAPI 3.1)."""
    paths: dict[str, object] = {
        "/v1/status": _get("How all mirrors stand.", _json(ref("Status"))),
        "/v1/mirrors/{mirror}": _of_mirror("get", _get("How one mirror stands.", _json(ref("Mirror")))),
        "/v1/events": _events(),
        "/v1/openapi.json": _get("This description.", _json({"type": "object"})),
        "/v1/metrics": _get("Metrics in Prometheus's text format.", _text("text/plain")),
        "/metrics": _get("The same, where Prometheus looks by itself.", _text("text/plain")),
    }
    for name in ("pause", "resume"):
        paths[f"/v1/mirrors/{name}"] = _post(DESCRIBED[name], f"All mirrors: {DESCRIBED[name].summary}")
    for name, each in DESCRIBED.items():
        paths[f"/v1/mirrors/{{mirror}}/{name}"] = _of_mirror("post", _post(each, each.summary))
    return {
        "openapi": "3.1.0",
        "info": {"title": "syncd", "version": VERSION, "description": f"The control API of syncd {__version__}."},
        "servers": [{"url": "http://syncd", "description": "Over the Unix socket; the host's name does not matter."}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def arguments(each: Described) -> Schema:
    """The JSON object that an operation is given."""
    return record(dict(each.needs), dict(each.takes))


def _get(summary: str, content: Document) -> Document:
    answers: Document = {"200": {"description": "Fine.", "content": content}, **_refused()}
    return {"get": {"summary": summary, "responses": answers}}


def _post(each: Described, summary: str) -> Document:
    done: Schema = record({"document": {"anyOf": [each.answer, ref("Failed")]}, "exit_code": WHOLE})
    answers: Document = {
        "200": {"description": "The answer, and the exit code of the command.", "content": _json(done)},
        **_refused(),
    }
    ticket = {"name": "X-Syncd-Ticket", "in": "header", "required": False, "schema": {"type": "string"}}
    return {
        "post": {
            "summary": summary,
            "parameters": [ticket],
            "requestBody": {"required": bool(each.needs), "content": _json(arguments(each))},
            "responses": answers,
        }
    }


def _of_mirror(method: str, path: Document) -> Document:
    mirror = {"name": "mirror", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = path[method]
    assert isinstance(operation, dict)
    return {method: {**operation, "parameters": [mirror, *operation.get("parameters", ())]}}


def _events() -> Document:
    events = _get("What happens, from now on or from after `Last-Event-ID`.", _text("text/event-stream"))
    only = {"name": "mirror", "in": "query", "required": False, "schema": {"type": "string"}}
    last = {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}
    operation = events["get"]
    assert isinstance(operation, dict)
    return {"get": {**operation, "parameters": [only, last]}}


def _refused() -> Document:
    refusal = _json(ref("Refusal"))
    return {
        "4XX": {"description": "The request makes no sense.", "content": refusal},
        "5XX": {"description": "The daemon is ending, or a bug.", "content": refusal},
    }


def _json(schema: Schema) -> Document:
    return {"application/json": {"schema": schema}}


def _text(kind: str) -> Document:
    return {kind: {"schema": {"type": "string"}}}
