"""Situations as lines of a table, `name | paths | steps | setting`, read here.

A step is a word and what it is about, as in `rename x.txt r.txt` or `there.replace v1 v4`; `quiet` is a wait; `cycle`
may name a seam and the fault, or the step, that happens there. `$copy` is the copy of the conflict of `PHRASES`.
"""

from __future__ import annotations

from typing import Any

from tests.sim.ledger import content_of, digest
from tests.sim.windows.steps import CYCLE, QUIET, Situation, here, struck, submitted, there
from tests.sim.world import Step

COPY = f"x (conflict {digest(content_of('v5'))[:8]}).txt"
_CONFLICT = "write x.txt v5; quiet; there.replace v1 v4"
PHRASES = {
    "noticed": "cycle; quiet",
    "settled": "quiet; cycle; quiet; cycle",
    "a picture": "there.submit p4 c.png; cycle",
    "conflict": _CONFLICT,
    "conflict known": f"{_CONFLICT}; cycle; quiet; cycle",
    "deleted here": "delete x.txt; delete D/y.txt; cycle; quiet; cycle",
    "deleted there": "there.delete v1; there.delete v2; cycle",
    "in limbo": "write n.txt v4; quiet; cycle remote.create#1 answer-lost",
    "refused": "write n.txt v4; quiet; cycle remote.create#1 no-space-there; wait 4000",
    "broken off": "there.replace v1 v4; cycle remote.original#1 answer-lost; wait 60",
    "edit lost": "write x.txt v4; quiet; cycle remote.submit#1 answer-lost",
    "rename lost": "rename x.txt r.txt; quiet; cycle remote.submit#1 answer-lost",
    "folder lost": "rename D E; quiet; cycle remote.update#1 answer-lost",
    "new broken off": "there.submit v4 n.txt; cycle remote.original#1 answer-lost; wait 60",
    "move lost": "rename x.txt D/x.txt; quiet; cycle remote.move#1 answer-lost",
    "deletion lost": "delete x.txt; cycle; quiet; cycle remote.delete#1 answer-lost",
    "emptied": "write x.txt empty; wait 30; cycle",
    "rotated": "rename x.txt t.txt; rename D/y.txt x.txt; rename D/z.txt D/y.txt; rename t.txt D/z.txt",
    "doubled": "there.submit v4 n.txt E; there.rename-folder E D",
    "changed": "write D/y.txt v5; quiet; there.replace v1 v4; there.delete v3",
    "four more": "; ".join(f"there.submit v1{n} m{n}.txt" for n in range(4)),
    "nested": "write D/F/n.txt v4; quiet; cycle; quiet; cycle",
}
"""What several situations begin with."""
_SETTINGS: dict[str, dict[str, Any]] = {
    "brake": {"brake": 1},
    "reset": {"habits": {"reset_on_every_page": True}},
    "pages": {"page": 2},
    "pages that move": {"page": 2, "habits": {"cursor_changes_across_pages": True}},
}
_WORDS = {
    **dict.fromkeys(("write", "save", "backdate", "recreate"), ("path", "text")),
    **dict.fromkeys(("rename", "swap", "copy", "hardlink", "turn"), ("path", "to")),
    **dict.fromkeys(("delete", "mkdir"), ("path",)),
    "answer": ("with_",),
    "resolve": ("keep",),
    "there.replace": ("item", "text"),
    "there.retitle": ("item", "title"),
    "there.move": ("item", "into"),
    "there.delete": ("item",),
    "there.publish": ("item",),
    "there.rename-folder": ("folder", "title"),
    "there.move-folder": ("folder", "into"),
    "there.drop-folder": ("folder",),
}
"""What the words behind a step mean."""


def read(table: str) -> list[Situation]:
    """The situations of a table."""
    return [_situation(line) for line in table.strip().splitlines()]


def _situation(line: str) -> Situation:
    name, paths, steps, *setting = (part.strip() for part in line.split(" | "))
    found = [step for phrase in steps.split("; ") for step in PHRASES.get(phrase, phrase).split("; ")]
    return Situation(
        name,
        tuple(path.replace("$copy", COPY) for path in paths.split()),
        [_step(step) for step in found],
        _SETTINGS[setting[0]] if setting else {},
    )


def _step(line: str) -> Step:
    do, *words = line.split()
    words = [word.replace("$copy", COPY) for word in words]
    match do:
        case "quiet":
            return QUIET
        case "wait":
            return {"do": "wait", "seconds": float(words[0])}
        case "arrive":
            return {"do": "arrive"}
        case "unmount":
            return here(do, empty=bool(words))
        case "cycle" if words and words[1].startswith("there."):
            return {**CYCLE, "during": {words[0]: [_step(" ".join(words[1:]))]}}
        case "cycle":
            return struck(*words) if words else CYCLE
        case "there.submit":
            return submitted(words[0], words[1], **({"into": words[2]} if words[2:] else {}))
        case _:
            meant = dict(zip(_WORDS.get(do, ()), words, strict=False))
            return there(do.removeprefix("there."), **meant) if do.startswith("there.") else here(do, **meant)
