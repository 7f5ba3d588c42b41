"""Documents as plain lines for people: short, aligned, saying what happened, to what, and what to do.

Law: only what stands in the document is told, so that plain output and JSON never differ in substance.
"""

from __future__ import annotations

from syncd.cli.output import Document, count, moment, plain, size, table

MARKS = {"done": "", "failed": "FAILED  ", "held": "held  ", "refused": "refused  ", "planned": ""}


def rows_of(document: Document, key: str) -> list[Document]:
    """A list of a document; none if there is none."""
    rows = document.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def action_line(action: str, path: str, outcome: str, reason: str, error: str = "") -> str:
    """One action as one line."""
    why = f"{reason}; {error}" if error else reason
    return f"{MARKS.get(outcome, '')}{action:<13} {plain(path)}" + (f"  ({plain(why)})" if why else "")


def sync(document: Document, *, skip: int = 0) -> str:
    """What a run did; `skip` actions were told while it ran."""
    actions = rows_of(document, "actions")
    lines = [
        action_line(*(str(row.get(key, "")) for key in ("action", "path", "outcome", "reason", "error")))
        for row in actions[skip:]
    ]
    lines += waiting(document)
    return "\n".join([*lines, _summary(document, actions)])


def _summary(document: Document, actions: list[Document]) -> str:
    planned = [row for row in actions if row.get("outcome") == "planned"]
    if planned:
        return f"{count(len(planned), 'action')} would be carried out; nothing was changed."
    done = sum(1 for row in actions if row.get("outcome") == "done")
    traffic = document.get("bytes")
    moved = (
        [f"{size(traffic[way])} {way}" for way in ("up", "down") if traffic.get(way)]
        if isinstance(traffic, dict)
        else []
    )
    requests = document.get("requests")
    asked = [count(int(requests["total"]), "request")] if isinstance(requests, dict) and "total" in requests else []
    state = "in sync" if document.get("settled") else "not settled yet"
    if document.get("settled") and (rows_of(document, "held") or rows_of(document, "conflicts")):
        state = "in sync but for what waits for you"
    nothing = "nothing to do" if document.get("settled") else "nothing done"
    parts = [count(done, "action") if done else nothing, *moved, *asked]
    return f"{plain(document.get('mirror'))}: {state} ({', '.join(parts)})"


def waiting(document: Document) -> list[str]:
    """What waits for a person, with what to do about it."""
    lines = []
    for row in rows_of(document, "held"):
        sample = ", ".join(plain(path) for path in _list(row.get("sample"))[:3])
        lines.append(
            f"held  {plain(row['id'])}: {plain(row['reason'])} ({count(int(str(row['count'])), 'item')}: {sample})"
        )
        lines.append(f"      `syncd held confirm {plain(row['id'])}` lets it happen, `reject` undoes it")
    for row in rows_of(document, "conflicts"):
        lines.append(f"conflict  {plain(row['path'])}: your version is {plain(row['copy'])}")
        lines.append("      `syncd conflicts resolve PATH --keep local|remote|both` settles it")
    return lines


def held(document: Document) -> str:
    """What is held."""
    return "\n".join(waiting(document)) or "Nothing is held."


def conflicts(document: Document) -> str:
    """The conflicts."""
    return "\n".join(waiting(document)) or "There is no conflict."


def history(document: Document) -> str:
    """What was done, newest first."""
    return table([_past(row) for row in rows_of(document, "history")]) or "Nothing was done yet."


def _past(row: Document) -> tuple[str, ...]:
    outcome = "" if row["outcome"] == "done" else f"{row['outcome']}: "
    words = (moment(row["at"]), str(row["action"]), plain(row["path"]), f"{outcome}{plain(row['reason'])}")
    return (*((plain(row["mirror"]),) if "mirror" in row else ()), *words)


def trash(document: Document) -> str:
    """What lies in the trash."""
    rows = [
        (
            plain(row["id"]),
            moment(row["deleted"]),
            size(int(str(row["bytes"]))),
            plain(row["path"]),
            plain(row["cause"]),
        )
        for row in rows_of(document, "trash")
    ]
    return table(rows) + "\n`syncd trash restore ID` brings one back." if rows else "The trash is empty."


def verify(document: Document) -> str:
    """Each difference."""
    rows = [(str(row["kind"]), plain(row["path"]), plain(row["message"])) for row in rows_of(document, "verify")]
    return (
        f"{table(rows)}\n{count(len(rows), 'difference')}; `syncd why PATH` explains one." if rows else "No difference."
    )


def listing(document: Document) -> str:
    """The remote as last seen."""
    rows = []
    for row in rows_of(document, "ls"):
        name = plain(row["path"]) + ("/" if row["kind"] == "folder" else "")
        told = size(int(str(row["bytes"]))) if row.get("bytes") is not None else ""
        rows.append((str(row["state"]), told, name, f"#{row['itemid']}" if row.get("itemid") else ""))
    return table(rows) or "Nothing is there."


def space(document: Document) -> str:
    """How much room there is."""
    available, total = (int(str(document[key])) for key in ("available", "total"))
    return f"{size(available)} of {size(total)} available"


def item(document: Document) -> str:
    """An item's metadata."""
    keywords = " ".join(plain(word) for word in _list(document.get("keywords")))
    told = document.get("bytes")
    rows = [
        ("path", plain(document.get("path"))),
        ("title", plain(document.get("title"))),
        ("item", plain(document.get("itemid"))),
        ("link", plain(document.get("link") or "")),
        ("comments", plain(document.get("comments") or "")),
        ("keywords", keywords),
        ("original", plain(document.get("original_url") or "")),
        ("size", size(int(told)) if isinstance(told, int) else ""),
        ("sha256", plain(document.get("sha256") or "")),
    ]
    return table([row for row in rows if row[1]])


def why(document: Document) -> str:
    """What is known about a path."""
    lines = [f"{plain(document['path'])}" + (f"  item {document['itemid']}" if document.get("itemid") else "")]
    lines += [f"  {name:<7} {_side(document.get(name))}" for name in ("here", "there", "agreed")]
    for row in rows_of(document, "next"):
        lines.append(f"  next    {row['action']}: {plain(row['reason'])}")
    lines += [f"  waits   {plain(text)}" for text in _list(document.get("blocks"))]
    for row in rows_of(document, "errors"):
        lines += [f"  failing {plain(row['message'])}", f"          {plain(row['remedy'])}"]
    past = [(moment(row["at"]), *_past(row)[1:]) for row in rows_of(document, "history")]
    return "\n".join([*lines, *(["  past", table(past, indent="    ")] if past else [])])


def _side(side: object) -> str:
    if not isinstance(side, dict):
        return "nothing"
    words = []
    for key, value in side.items():
        if value is None or value == "" or value is False:
            continue
        shown = size(value) if key == "bytes" else plain(value)[:12] if key == "sha256" else plain(value)
        words.append(shown if key in ("state", "bytes") else f"{key} {shown}")
    return ", ".join(words)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
