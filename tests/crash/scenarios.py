"""The scenarios: what a person does on either side, so that every effect of the engine comes about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.sim.setting import Setting
from tests.sim.world import Step

Script = tuple[Step, ...]
BOTH = ("v1", "draft15")
SETTLE: Step = {"do": "settle"}
CYCLE: Step = {"do": "cycle"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """`given` is played and settled first; the kills begin with the `script`, and what follows until it is settled.

    `loose`: why its end may be another one after a kill, if it may."""

    name: str
    given: Script
    script: Script
    setting: Setting
    loose: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.setting.dialect}, {self.setting.direction})"


def here(do: str, path: str, **words: Any) -> Step:
    """The person does this in the folder."""
    return {"do": do, "path": path, **words}


def there(do: str, **words: Any) -> Step:
    """The person does this on the website."""
    return {"do": f"there.{do}", **words}


def wait(seconds: float = 3.0) -> Step:
    """Time passes."""
    return {"do": "wait", "seconds": seconds}


def submit(text: str, title: str, name: str = "x.txt", **words: Any) -> Step:
    """An item is made on the website."""
    return there("submit", text=text, title=title, name=name, **words)


def begin(*steps: Step) -> Script:
    """The mirror is new; then this is done and settled."""
    return (CYCLE, *steps, wait(), SETTLE)


Told = tuple[str, Script, Script, dict[str, Any]]
_NEW = (here("write", "a.txt", text="v1"), submit("v2", "b"), submit("p3", "c", "c.png", into="D"))


def _transfers() -> Iterator[Told]:
    yield "first sync", (), (submit("v1", "a"), submit("p2", "c", "c.png", into="D"), CYCLE), {}
    yield "download new", begin(), (submit("v1", "a"), submit("p2", "b", "b.png"), wait()), {}
    yield "download replace", begin(*_NEW), (there("replace", item="v1", text="v4"), wait()), {}
    yield "upload new", begin(), (here("write", "a.txt", text="v1"), here("write", "b.png", text="p2"), wait()), {}
    yield "upload replace", begin(*_NEW), (here("write", "a.txt", text="v4"), wait()), {}
    yield "upload by an editor's save", begin(*_NEW), (here("save", "D/c.png", text="p4"), wait()), {}
    yield "emptied file", begin(*_NEW), (here("write", "a.txt", text="empty"), wait(15)), {}


def _names() -> Iterator[Told]:
    yield "rename here", begin(*_NEW), (here("rename", "a.txt", to="z.txt"), wait()), {}
    yield "rename there", begin(*_NEW), (there("retitle", item="v2", title="z"), wait()), {}
    yield "rename and edit", begin(*_NEW), (
        here("rename", "a.txt", to="z.txt"), here("write", "z.txt", text="v4"), wait()
    ), {}  # fmt: skip
    yield "swap here", begin(*_NEW), (here("swap", "a.txt", to="b.txt"), wait()), {}
    yield (
        "swap there",
        begin(*_NEW),
        (there("retitle", item="v1", title="b"), there("retitle", item="v2", title="a")),
        {},
    )
    yield "rename both", begin(*_NEW), (
        here("rename", "a.txt", to="y.txt"), there("retitle", item="v1", title="z"), wait()
    ), {}  # fmt: skip


_TREE = (*_NEW, here("write", "E/e.txt", text="v5"), here("write", "E/f.txt", text="v6"))


def _folders() -> Iterator[Told]:
    yield "move here", begin(*_TREE), (here("rename", "a.txt", to="D/a.txt"), wait()), {}
    yield "move to the root", begin(*_TREE), (here("rename", "E/e.txt", to="e.txt"), wait()), {}
    yield "move there", begin(*_TREE), (there("move", item="v1", into="D"), wait()), {}
    yield "rename directory", begin(*_TREE), (here("rename", "E", to="G"), wait()), {}
    yield "rename folder there", begin(*_TREE), (there("rename-folder", folder="E", title="G"), wait()), {}
    yield "move directory", begin(*_TREE), (here("rename", "E", to="D/E"), wait()), {}
    yield "new chain of directories", begin(*_TREE), (
        here("write", "N/O/P/n.txt", text="v7"), here("write", "N/O/m.txt", text="v8"), wait()
    ), {}  # fmt: skip
    yield "move into a new directory", begin(*_TREE), (here("rename", "a.txt", to="N/a.txt"), wait()), {}
    lone, second = (submit(text, text, into="Sta.sh Uploads 3") for text in ("v7", "v8"))
    yield "automatic folder becomes one", begin(*_TREE, lone), (second, wait()), {}
    yield "automatic folder ends", begin(*_TREE, lone, second), (there("delete", item="v8"), wait()), {}
    yield "automatic folder goes", begin(*_TREE, lone, second), (
        there("delete", item="v7"), there("delete", item="v8"), wait()
    ), {}  # fmt: skip
    yield "delete directory", begin(*_TREE), (here("delete", "E"), wait()), {}
    yield "delete folder there", begin(*_TREE), (there("delete", item="v5"), there("delete", item="v6"), wait()), {}


def _deletions() -> Iterator[Told]:
    yield "delete here", begin(*_NEW), (here("delete", "a.txt"), wait()), {}
    yield "delete there", begin(*_NEW), (there("delete", item="v1"), wait()), {}
    yield "delete on both sides", begin(*_NEW), (here("delete", "a.txt"), there("delete", item="v1"), wait()), {}
    yield "delete here, changed there", begin(*_NEW), (
        here("delete", "a.txt"), there("replace", item="v1", text="v4"), wait()
    ), {}  # fmt: skip
    yield "delete there, edited here", begin(*_NEW), (
        there("delete", item="v1"), here("write", "a.txt", text="v4"), wait()
    ), {}  # fmt: skip
    yield "publish", begin(*_NEW), (there("publish", item="v1"), wait()), {}
    yield "restore from the trash", begin(*_NEW, wait(), SETTLE, here("delete", "a.txt")), (
        {"do": "restore", "text": "v1"}, wait()
    ), {}  # fmt: skip
    yield "trash expires", begin(*_NEW, wait(), SETTLE, there("delete", item="v1")), ({"do": "expire"},), {}


def _held() -> Iterator[Told]:
    """Three at once are held; after the first of them went, the other two alone would be held again."""
    made = tuple(here("write", f"m{number}.txt", text=f"v{number}") for number in (1, 2, 3))
    gone_here = tuple(here("delete", f"m{number}.txt") for number in (1, 2, 3))
    gone_there = tuple(there("delete", item=f"v{number}") for number in (1, 2, 3))
    told = tuple(submit(f"v{number}", f"m{number}") for number in (1, 2, 3))
    for answer in ("confirm", "reject"):
        brake, answered = {"brake": 1, "answer": answer}, {"do": "answer", "with_": answer}
        yield f"held, {answer}", begin(*made), (*gone_here, wait(), SETTLE, answered), brake
        yield f"held there, {answer}", begin(*told), (*gone_there, wait(), SETTLE, answered), brake


def _conflicts() -> Iterator[Told]:
    clash = (here("write", "a.txt", text="v4"), there("replace", item="v1", text="v5"), wait())
    for keep in ("both", "local", "remote"):
        yield f"conflict, policy {keep}", begin(*_NEW), clash, {"keep": keep}
        yield f"conflict resolved, {keep}", begin(*_NEW, wait(), SETTLE, *clash), ({"do": "resolve", "keep": keep},), {}
    yield "new on both sides", begin(), (here("write", "a.txt", text="v1"), submit("v2", "a"), wait()), {}
    yield "equal on both sides", begin(), (here("write", "a.txt", text="v1"), submit("v1", "a"), wait()), {}


def _troubles() -> Iterator[Told]:
    new = (here("write", "a.txt", text="v1"), wait())
    lost = {"do": "fault", "kind": "answer-lost"}
    yield "limbo, adopted", begin(), (*new, CYCLE | {"during": {"remote.create#1": [lost]}}, wait(6)), {}
    never = {"do": "fault", "kind": "never-arrived"}
    yield "limbo, sent again", begin(), (*new, CYCLE | {"during": {"remote.create#1": [never]}}, wait(6)), {}
    reset = {"do": "fault", "kind": "reset"}
    yield "reset", begin(*_TREE), (
        submit("v7", "r"), there("delete", item="v1"), CYCLE | {"during": {"remote.delta#1": [reset]}}
    ), {}  # fmt: skip
    yield "lost database", begin(*_TREE), ({"do": "lose-database"}, submit("v7", "r"), CYCLE, wait()), {}
    yield (
        "true-up",
        begin(*_TREE),
        (submit("v7", "r"), here("delete", "E/e.txt"), wait(), CYCLE | {"true_up": True}),
        {},
    )
    yield "edited in the last moment", begin(*_NEW), (
        there("replace", item="v1", text="v4"), wait(),
        CYCLE | {"during": {"place.checked#1": [here("write", "a.txt", text="v5")]}},
    ), {"loose": "who was killed before the last moment never sees the edit"}  # fmt: skip
    yield "connection breaks in the middle", begin(), (
        submit("v5", "a"), CYCLE | {"during": {"remote.original#1": [lost]}}
    ), {}  # fmt: skip


_GROUPS = (_transfers, _names, _folders, _deletions, _held, _conflicts, _troubles)
_ONE_WAY = {
    "first sync",
    "download replace",
    "upload new",
    "upload replace",
    "rename here",
    "rename there",
    "delete here",
    "delete there",
    "move directory",
    "conflict, policy both",
    "held, confirm",
    "held there, confirm",
}


def every() -> Iterator[Scenario]:
    """All scenarios, for each dialect; some for each direction too."""
    for name, given, script, words in (told for group in _GROUPS for told in group()):
        loose = words.pop("loose", "")
        for dialect in BOTH:
            setting = Setting(dialect=dialect, **words)
            for direction in ("two-way", "pull", "push") if name in _ONE_WAY else ("two-way",):
                yield Scenario(name, given, script, replace(setting, direction=direction), loose)
