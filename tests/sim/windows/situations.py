"""The situations: what just happened, and the cycle that is about to deal with it is the window.

`paths` are those that the situation is about: each act of `acts.here_at` is done to each of them.
"""

from __future__ import annotations

from tests.sim.ledger import content_of, digest
from tests.sim.windows.steps import CYCLE, QUIET, Situation, here, lost, submitted, there
from tests.sim.windows.unusual import UNUSUAL
from tests.sim.windows.waiting import WAITING

_REPLACED, _EDITED = there("replace", item="v1", text="v4"), here("write", "x.txt", text="v4")
_RETITLED, _MOVED = there("retitle", item="v1", title="r"), there("move", item="v1", into="D")
_RENAMED, _GONE = here("rename", "x.txt", to="r.txt"), there("delete", item="v1")
_CONFLICT = [here("write", "x.txt", text="v5"), QUIET, there("replace", item="v1", text="v4")]
COPY = f"x (conflict {digest(content_of('v5'))[:8]}).txt"
_BRAKE = {"brake": 1}
"""More than one deletion is held."""


def _new() -> list[Situation]:
    return [
        Situation("new there", ("n.txt",), [submitted("v4", "n.txt")]),
        Situation("new there, in a new folder", ("E/n.txt",), [submitted("v4", "n.txt", into="E")]),
        Situation("new there, of a name that is taken", ("x.txt", "X (a).txt"), [submitted("v4", "x.txt", "X")]),
        Situation("new here", ("n.txt",), [here("write", "n.txt", text="v4"), QUIET]),
        Situation("new here, in a new directory", ("E/n.txt",), [here("write", "E/n.txt", text="v4"), QUIET]),
        Situation("new here, in nested directories", ("D/F/n.txt",), [here("write", "D/F/n.txt", text="v4"), QUIET]),
        Situation(
            "two new here, in a new directory",
            ("E/n.txt", "E/m.txt"),
            [here("write", "E/n.txt", text="v4"), here("write", "E/m.txt", text="v5"), QUIET],
        ),
        Situation(
            "new on both sides",
            ("n.txt",),
            [here("write", "n.txt", text="v5"), QUIET, submitted("v4", "n.txt")],
        ),
        Situation(
            "new and equal on both sides",
            ("n.txt",),
            [here("write", "n.txt", text="v4"), QUIET, submitted("v4", "n.txt")],
        ),
        Situation("copied here", ("n.txt",), [here("copy", "x.txt", to="n.txt"), QUIET]),
        Situation(
            "submitted, the answer lost",
            ("n.txt",),
            [here("write", "n.txt", text="v4"), QUIET, lost("remote.create#1"), QUIET],
        ),
    ]


def _content() -> list[Situation]:
    return [
        Situation("replaced there", ("x.txt",), [_REPLACED]),
        Situation("replaced there, in a folder", ("D/y.txt",), [there("replace", item="v2", text="v4")]),
        Situation("edited here", ("x.txt",), [_EDITED, QUIET]),
        Situation("saved anew here", ("D/y.txt",), [here("save", "D/y.txt", text="v4"), QUIET]),
        Situation("edited here, replaced there", ("x.txt",), _CONFLICT),
        Situation(
            "saved anew here, replaced there",
            ("x.txt",),
            [here("save", "x.txt", text="v5"), QUIET, there("replace", item="v1", text="v4")],
        ),
        Situation("edited here, the answer lost", ("x.txt",), [_EDITED, QUIET, lost("remote.submit#1"), QUIET]),
        Situation("emptied here", ("x.txt",), [here("write", "x.txt", text="empty"), {"do": "wait", "seconds": 30}]),
        Situation("published there", ("x.txt",), [there("publish", item="v1")]),
    ]


def _places() -> list[Situation]:
    return [
        Situation("renamed here", ("r.txt",), [_RENAMED, QUIET]),
        Situation("renamed here, another case", ("X.txt",), [here("rename", "x.txt", to="X.txt"), QUIET]),
        Situation("renamed here, the answer lost", ("r.txt",), [_RENAMED, QUIET, lost("remote.submit#1"), QUIET]),
        Situation("edited and renamed here", ("r.txt",), [_EDITED, _RENAMED, QUIET]),
        Situation(
            "saved without a change and renamed here",
            ("r.txt",),
            [here("save", "x.txt", text="v1"), _RENAMED, QUIET],
        ),
        Situation("renamed here, replaced there", ("r.txt",), [_RENAMED, QUIET, _REPLACED]),
        Situation("renamed over another here", ("x.txt",), [here("rename", "D/y.txt", to="x.txt"), QUIET]),
        Situation("moved here", ("D/x.txt",), [here("rename", "x.txt", to="D/x.txt"), QUIET]),
        Situation("moved to the root here", ("y.txt",), [here("rename", "D/y.txt", to="y.txt"), QUIET]),
        Situation("moved to a new directory here", ("E/x.txt",), [here("rename", "x.txt", to="E/x.txt"), QUIET]),
        Situation("moved and renamed here", ("D/r.txt",), [here("rename", "x.txt", to="D/r.txt"), QUIET]),
        Situation("moved here and there", ("E/x.txt",), [here("rename", "x.txt", to="E/x.txt"), QUIET, _MOVED]),
        Situation("retitled there", ("x.txt", "r.txt"), [_RETITLED]),
        Situation("moved there", ("x.txt", "D/x.txt"), [_MOVED]),
        Situation("moved and retitled there", ("x.txt", "D/r.txt"), [_MOVED, _RETITLED]),
        Situation("retitled there, edited here", ("x.txt", "r.txt"), [_RETITLED, _EDITED, QUIET]),
        Situation(
            "retitled there, saved anew here",
            ("x.txt", "r.txt"),
            [_RETITLED, here("save", "x.txt", text="v4"), QUIET],
        ),
        Situation("retitled and replaced there", ("x.txt", "r.txt"), [_RETITLED, _REPLACED]),
        Situation("moved and replaced there", ("x.txt", "D/x.txt"), [_MOVED, _REPLACED]),
        Situation("moved there, edited here", ("x.txt", "D/x.txt"), [_MOVED, _EDITED, QUIET]),
        Situation("swapped here", ("D/y.txt",), [here("swap", "D/y.txt", to="D/z.txt"), QUIET]),
        Situation("swapped here, across folders", ("x.txt", "D/y.txt"), [here("swap", "D/y.txt", to="x.txt"), QUIET]),
        Situation(
            "swapped there",
            ("D/y.txt", "D/z.txt"),
            [there("retitle", item="v2", title="z"), there("retitle", item="v3", title="y")],
        ),
    ]


def _folders() -> list[Situation]:
    moved, retitled = here("rename", "D", to="E"), there("rename-folder", folder="D", title="H")
    nested = [here("write", "D/F/n.txt", text="v4"), QUIET, CYCLE, QUIET, CYCLE]
    return [
        Situation("directory renamed here", ("E/y.txt",), [moved, QUIET]),
        Situation("folder renamed there", ("D/y.txt", "H/y.txt"), [retitled]),
        Situation("folder renamed there, another case", ("D/y.txt", "d/y.txt"), [{**retitled, "title": "d"}]),
        Situation("folder renamed here and there", ("E/y.txt", "H/y.txt"), [moved, QUIET, retitled]),
        Situation(
            "folder renamed, its item replaced there",
            ("D/y.txt", "H/y.txt"),
            [there("replace", item="v2", text="v4"), retitled],
        ),
        Situation(
            "directory renamed here, its item replaced there",
            ("E/y.txt",),
            [moved, QUIET, there("replace", item="v2", text="v4")],
        ),
        Situation(
            "folder renamed there, its file edited here",
            ("D/y.txt", "H/y.txt"),
            [retitled, here("write", "D/y.txt", text="v4"), QUIET],
        ),
        Situation("nested directory renamed here", ("E/F/n.txt",), [*nested, moved, QUIET]),
        Situation("nested folder renamed there", ("D/F/n.txt", "H/F/n.txt"), [*nested, retitled]),
        Situation(
            "nested directory moved to the root here", ("F/n.txt",), [*nested, here("rename", "D/F", to="F"), QUIET]
        ),
        Situation(
            "folder moved there",
            ("D/F/n.txt", "F/n.txt", "D / F/n.txt"),
            [*nested, there("move-folder", folder="F", into="")],
        ),
        Situation("empty directory made here", ("E",), [here("mkdir", "E"), here("mkdir", "D/F"), QUIET]),
        Situation(
            "directory emptied here",
            ("D/y.txt",),
            [here("rename", "D/y.txt", to="y.txt"), here("rename", "D/z.txt", to="z.txt"), QUIET],
        ),
        Situation(
            "folder emptied there",
            ("D/y.txt",),
            [there("move", item="v2"), there("move", item="v3")],
        ),
        Situation("directory became a file here", ("D",), [here("turn", "D", text="v4"), QUIET]),
        Situation("file became a directory here", ("x.txt/a.txt",), [here("turn", "x.txt", text="v4"), CYCLE, QUIET]),
    ]


def _deletions() -> list[Situation]:
    gone_here = [here("delete", "x.txt"), CYCLE, QUIET]
    both_here = [here("delete", "x.txt"), here("delete", "D/y.txt"), CYCLE, QUIET, CYCLE]
    both_there = [_GONE, there("delete", item="v2"), CYCLE]
    return [
        Situation("deleted here", ("x.txt",), gone_here),
        Situation("deleted there", ("x.txt",), [_GONE]),
        Situation("deleted on both sides", ("x.txt",), [*gone_here, _GONE]),
        Situation("deleted there, another submitted", ("x.txt",), [_GONE, submitted("v4", "x.txt")]),
        Situation("deleted there, edited here", ("x.txt",), [_EDITED, QUIET, _GONE]),
        Situation("deleted here, replaced there", ("x.txt",), [*gone_here, _REPLACED]),
        Situation("deleted here, retitled there", ("x.txt",), [*gone_here, _RETITLED]),
        Situation("directory deleted here", ("D/y.txt",), [here("delete", "D"), CYCLE, QUIET]),
        Situation("folder dropped there", ("D/y.txt",), [there("drop-folder", folder="D")]),
        Situation("deleted here and held", ("x.txt",), both_here, _BRAKE),
        Situation("deleted there and held", ("x.txt",), both_there, _BRAKE),
        *(
            Situation(
                f"deleted {where} and held, {answer}ed", ("x.txt",), [*steps, here("answer", with_=answer)], _BRAKE
            )
            for where, steps in (("here", both_here), ("there", both_there))
            for answer in ("confirm", "reject")
        ),
        Situation("taken out of the trash", ("x.txt",), [_GONE, CYCLE, QUIET, CYCLE, here("restore"), QUIET]),
    ]


def _conflicts() -> list[Situation]:
    known = [*_CONFLICT, CYCLE, QUIET, CYCLE]
    return [
        Situation("conflict known", ("x.txt",), [*known, there("replace", item="v4", text="v6")]),
        Situation("conflict, its copy edited", ("x.txt", COPY), [*known, here("write", COPY, text="v6"), QUIET]),
        *(
            Situation(f"conflict resolved, {keep}", ("x.txt", COPY), [*known, here("resolve", keep=keep), QUIET])
            for keep in ("local", "remote", "both")
        ),
    ]


def _memory() -> list[Situation]:
    both = [here("write", "D/y.txt", text="v5"), QUIET, _REPLACED]
    return [
        Situation("true-up", ("x.txt",), [], true_up=True),
        Situation("true-up after changes on both sides", ("x.txt", "D/y.txt"), both, true_up=True),
        Situation("database lost", ("x.txt",), [here("lose-database")]),
        Situation("database lost after changes on both sides", ("x.txt",), [*both, here("lose-database")]),
        Situation(
            "yesterday's database",
            ("x.txt",),
            [here("save-database"), *both, CYCLE, QUIET, CYCLE, here("restore-database")],
        ),
    ]


SITUATIONS = {
    situation.name: situation
    for group in (_new(), _content(), _places(), _folders(), _deletions(), _conflicts(), _memory(), WAITING, UNUSUAL)
    for situation in group
}
