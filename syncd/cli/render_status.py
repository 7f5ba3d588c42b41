"""`status` as plain lines: one block for each mirror."""

from __future__ import annotations

from syncd.cli.output import Document, count, moment, plain, size
from syncd.cli.render import rows_of, waiting

MEANING = {
    "folder-missing": "the mirrored folder is missing or not ours",
    "login-needed": "waiting for `syncd login`",
    "error": "something fails",
    "paused": "paused",
    "offline": "the server cannot be reached",
    "throttled": "the server asks to slow down",
    "syncing": "at work",
    "held": "waiting for you",
    "settled": "all is the same",
}


def status(document: Document) -> str:
    """The whole of `status`."""
    daemon = "The daemon is running." if document.get("daemon") == "running" else "No daemon is running (`syncd run`)."
    refused = [line for error in rows_of(document, "errors") for line in _refused(error)]
    return "\n".join([daemon, *refused, *(_mirror(mirror) for mirror in rows_of(document, "mirrors"))])


def _refused(error: Document) -> list[str]:
    """What is wrong with the daemon itself."""
    return [*(plain(line) for line in str(error["message"]).splitlines()), f"  {plain(error['remedy'])}"]


def _mirror(mirror: Document) -> str:
    state = str(mirror.get("state"))
    head = f"{plain(mirror.get('name'))}: {state}, {MEANING.get(state, '')}"
    rows = [
        ("folder", f"{plain(mirror.get('folder'))} ({plain(mirror.get('direction'))})"),
        (
            "items",
            f"{count(_number(mirror.get('items')), 'item')}, {size(_number(mirror.get('bytes')))}{_published(mirror)}",
        ),
        ("pending", _counts(mirror.get("pending"))),
        ("left alone", _counts(mirror.get("ignored"))),
        ("space", _space(mirror.get("space"))),
        ("last poll", _polls(mirror)),
    ]
    lines = [f"  {name:<11}{text}" for name, text in rows if text]
    lines += [f"  {line}" for line in waiting(mirror)]
    for error in rows_of(mirror, "errors"):
        path = f"{plain(error['path'])}: " if error.get("path") else ""
        again = f" Next try {moment(error['retry_at'])}." if error.get("retry_at") else ""
        lines += [f"  failing  {path}{plain(error['message'])}", f"           {plain(error['remedy'])}{again}"]
    return "\n".join([head, *lines])


def _published(mirror: Document) -> str:
    published = _number(mirror.get("published"))
    return f", {published} published (kept here, no longer synced)" if published else ""


def _polls(mirror: Document) -> str:
    told = moment(mirror.get("last_poll"))
    following = f", next {moment(mirror['next_poll'])}" if mirror.get("next_poll") else ""
    watching = f", watching by {mirror['watching']}" if mirror.get("watching") not in (None, "off") else ""
    return f"{told}{following}{watching}{_rest(mirror)}"


def _rest(mirror: Document) -> str:
    """Why it rests, and until when."""
    words = {"pause": "paused", "hours": "outside of its hours", "metered": "the connection is metered"}
    why = words.get(str(mirror.get("paused_by")))
    until = f" until {moment(mirror['paused_until'])}" if mirror.get("paused_until") else ""
    return f", {why}{until}" if why else ""


def _space(space: object) -> str:
    if not isinstance(space, dict) or space.get("total") is None:
        return ""
    return f"{size(space['available'])} of {size(space['total'])} available"


def _counts(counts: object) -> str:
    return ", ".join(f"{plain(name)} {number}" for name, number in counts.items()) if isinstance(counts, dict) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
