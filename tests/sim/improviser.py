"""The adversary by chance: what is done comes from the workload's seed, when and what goes wrong from the schedule's.

Everything it does is kept as it was done, so that a run can be played again without it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.sim import disk, memory
from tests.sim.account import Account
from tests.sim.clock import START
from tests.sim.ledger import digest
from tests.sim.setting import Setting
from tests.sim.user import visible
from tests.sim.world import Step, World

FAULTS: dict[str, tuple[str, ...]] = {
    **memory.FAULTS,
    **{seam: tuple(str(code) for code in codes) for seam, codes in disk.FAULTS.items()},
}
SWITCHES = tuple(sorted({kind for kinds in FAULTS.values() for kind in kinds} | {"crash"}))
_DIRECTORIES = ("", "", "", "D", "D", "E", "D/F", "d", "Sta.sh Uploads 2", "A / B")
_NAMES = (
    "a.txt",
    "a.txt",
    "b.txt",
    "c.png",
    "A.txt",
    "a",
    "e\u0301.txt",
    "\u00e9.txt",
    "x.tmp",
    ".dot",
    "a (b).txt",
    "n.md",
)
_TITLES = (
    "a",
    "a",
    "b",
    "A",
    "c",
    "a.txt",
    "x/y",
    "..",
    "",
    "untitled",
    "\u00e9",
    "e\u0301",
    "CON",
    "L" * 300,
    ".syncd",
    "%2F",
    "q\x00",
)
_FOLDERS = ("D", "D", "E", "F", "d", "A / B", "..", "x/y", "D / F")
_NEAR = ("place.", "move.", "throw.", "snapshot.", "receive.", "remote.", "intent.")
"""Seams right beside what cannot be undone: the adversary likes to act there."""

_HOT = {"place.synced-bytes": True, "place.armed": True, "place.checked": True, "snapshot.copied": False}
"""Seams after which the engine relies on what it saw; whether it relies on the disk."""


def _weighted(text: str) -> tuple[str, ...]:
    """Words, each as often as the number behind it says."""
    words = text.split()
    return tuple(word for word, times in zip(words[::2], words[1::2], strict=True) for _ in range(int(times)))


_HERE = _weighted("write 6 save 3 delete 3 rename 5 copy 2 swap 1 mkdir 1 touch 1 link 1 backdate 1")
_THERE = _weighted(
    "submit 6 replace 4 retitle 4 move 3 delete 3 publish 1 rename-folder 2 move-folder 1 comment 1",
)
_RARE = _weighted(
    "restart 1 lose-database 1 save-database 1 restore-database 1 unmount 1 mount 1 clock 1 answer 1 resolve 1"
    " restore 2",
)


@dataclass(slots=True)
class Improviser:
    """Draws steps. `rates`: how often, at a seam, somebody acts, a request fails, the process is killed."""

    workload: random.Random
    schedule: random.Random
    setting: Setting
    length: int
    only: frozenset[str] = frozenset(SWITCHES)
    during: dict[str, list[Step]] = field(default_factory=dict)
    rates: tuple[float, float, float] = (0.0, 0.0, 0.0)
    kinds: frozenset[str] = frozenset()
    _versions: int = 0

    def __post_init__(self) -> None:
        draw = self.schedule
        self.rates = (draw.choice((0, 0.01, 0.03)), draw.choice((0, 0.02, 0.06)), draw.choice((0, 0, 0.003, 0.01)))
        share = draw.choice((0.2, 0.5, 1.0))
        self.kinds = frozenset(kind for kind in SWITCHES if draw.random() < share) & self.only

    def steps(self, world: World) -> Any:
        """The top-level steps; each is to be done before the next is asked for."""
        for _ in range(self.length):
            self.during = {}
            step = self._cycle() if self.schedule.random() < 0.28 else self._act(world, nested=False)
            if step["do"] == "cycle":
                step["during"] = self.during
            yield step

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What happens at this seam."""
        acts, fails, dies = (rate * (4 if seam.startswith(_NEAR) else 1) for rate in self.rates)
        chance = self.schedule.random()
        steps: list[Step] = []
        if acts and seam in _HOT and self.schedule.random() < 0.25:
            steps = [self._spoil(world, _HOT[seam])]
        elif chance < dies and "crash" in self.kinds:
            steps = [{"do": "crash"}]
        elif chance < dies + acts:
            steps = [self._act(world, nested=True)]
        elif chance < dies + acts + fails:
            known = FAULTS.get(seam) or (("answer-lost",) if seam.endswith(".answered") else ())
            kinds = [kind for kind in known if kind in self.kinds]
            steps = [{"do": "fault", "kind": self.schedule.choice(kinds)}] if kinds else []
        if steps:
            self.during[f"{seam}#{times}"] = steps
        return steps

    def _spoil(self, world: World, here: bool) -> Step:
        """Other bytes, where the engine is perhaps about to put its own."""
        on = world.running
        if here:
            return {"do": "write", "on": on, "path": self._existing(world, on), "text": self._label()}
        return {"do": "there.replace", "item": self._item(world.account), "text": self._label()}

    def _cycle(self) -> Step:
        step: Step = {"do": "cycle", "on": self.schedule.choice("ab"[: self.setting.machines])}
        if self.schedule.random() < 0.06:
            step["true_up"] = True
        return step

    def _act(self, world: World, *, nested: bool) -> Step:
        chance = self.workload.random()
        on = self.workload.choice("ab"[: self.setting.machines])
        if chance < 0.50:
            return self._here(world, on)
        if chance < 0.80:
            return self._there(world.account)
        if chance < 0.92:
            return {"do": "wait", "seconds": self.workload.choice((0.5, 1, 3, 3, 6, 60))}
        if chance < 0.94:
            return {"do": "events", "on": on}
        if chance < 0.95:
            return {"do": "arrive"}
        if nested and self.setting.machines == 2:
            return {"do": "cycle", "on": on}
        return self._rare(on) if not nested else {"do": "wait", "seconds": 3}

    def _rare(self, on: str) -> Step:
        draw = self.workload
        do = draw.choice(_RARE)
        words: dict[str, dict[str, Any]] = {
            "unmount": {"empty": draw.random() < 0.5},
            "clock": {"seconds": draw.choice((-86400.0, 86400.0, -3600.0, 30.0, 0.0))},
            "answer": {"with_": draw.choice(("confirm", "reject"))},
            "resolve": {"keep": draw.choice(("local", "remote", "both"))},
        }
        return {"do": do, "on": on, **words.get(do, {})}

    def _label(self, source: str = "vvvp") -> str:
        if self.workload.random() < 0.12 and self._versions:
            return f"v{self.workload.randrange(1, self._versions + 1)}"
        self._versions += 1
        return f"{self.workload.choice(source)}{self._versions}" if self.workload.random() > 0.03 else "empty"

    def _path(self) -> str:
        directory = self.workload.choice(_DIRECTORIES)
        return f"{directory}/{self.workload.choice(_NAMES)}".lstrip("/")

    def _existing(self, world: World, on: str) -> str:
        """A path that is there, or any."""
        folder = next(m.folder for m in world.machines if m.name == on)
        paths = sorted(str(path.relative_to(folder)) for path in visible(folder)) if folder.exists() else []
        return self.workload.choice(paths) if paths and self.workload.random() < 0.85 else self._path()

    def _here(self, world: World, on: str) -> Step:
        do = self.workload.choice(_HERE)
        step: Step = {"do": do, "on": on}
        if do in ("write", "save", "backdate"):
            there = self._existing(world, on) if self.workload.random() < 0.5 else self._path()
            return step | {"path": there, "text": self._label()}
        if do in ("mkdir", "link"):
            return step | {"path": self._path()}
        step["path"] = self._existing(world, on)
        if do in ("delete", "rename") and self.workload.random() < 0.25:
            step["path"] = step["path"].rpartition("/")[0] or step["path"]
        if do == "swap":
            step["to"] = self._existing(world, on)
        if do in ("rename", "copy"):
            is_directory = do == "rename" and "." not in step["path"]
            step["to"] = self.workload.choice([d for d in _DIRECTORIES if d]) if is_directory else self._path()
        return step

    def _there(self, account: Account) -> Step:
        draw, do = self.workload, self.workload.choice(_THERE)
        step: Step = {"do": f"there.{do}"}
        if do == "submit":
            into = {"into": draw.choice(_FOLDERS)} if draw.random() < 0.5 else {}
            return step | {
                "text": self._label("vvvph"),
                "title": draw.choice(_TITLES),
                "name": draw.choice(_NAMES),
                **into,
            }
        if do in ("rename-folder", "move-folder"):
            step |= {"folder": draw.choice(_FOLDERS)}
            return step | (
                {"title": draw.choice(_FOLDERS)} if do == "rename-folder" else {"into": draw.choice((*_FOLDERS, ""))}
            )
        step["item"] = self._item(account)
        if do == "replace":
            step["text"] = self._label()
        if do == "retitle":
            step["title"] = draw.choice(_TITLES)
        if do == "comment":
            step["text"] = "seen"
        if do == "move":
            step["into"] = draw.choice((*_FOLDERS, ""))
        return step

    def _item(self, account: Account) -> str:
        """What one of the items holds, as a label of the world's ledger."""
        live = account.live()
        return self.labels[digest(account.content(self.workload.choice(live)))] if live else "v1"

    labels: dict[str, str] = field(default_factory=dict)


__all__ = ["FAULTS", "START", "SWITCHES", "Improviser"]
