"""The adversary by chance: what is done comes from the workload's seed, when and what goes wrong from the schedule's.

Everything it does is kept as it was done, so that a run can be played again without it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.sim import words
from tests.sim.account import Account
from tests.sim.faults import FAULTS, SWITCHES, UNUSUAL
from tests.sim.faults import RARE as RARE_SEAMS
from tests.sim.ledger import digest
from tests.sim.setting import Setting
from tests.sim.spots import names_in
from tests.sim.world import Step, World

_NESTED = frozenset({"clock", "phantom", "overflow", "suspend"})
"""Of the rare acts, those that may happen while a machine is at work."""
_SPOILT = ("gone", "zeros", "there", "first")


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

    @property
    def rare(self) -> frozenset[str]:
        """The seams of `faults.RARE` for which a kind was drawn."""
        return frozenset(seam for seam in RARE_SEAMS if self.kinds.intersection(FAULTS[seam]))

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
        weight = words.weight(seam)
        acts, fails, dies = self.rates
        chance = self.schedule.random() / weight
        steps: list[Step] = []
        if acts and seam in words.HOT and self.schedule.random() < 0.25:
            steps = [self._spoil(world, words.HOT[seam])]
        elif chance >= dies + acts + fails:
            return steps
        elif chance < dies:
            steps = self._end()
        elif chance < dies + acts:
            steps = [self._act(world, nested=True)]
        else:
            kinds = [kind for kind in FAULTS.get(seam, ()) if kind in self.kinds]
            steps = [{"do": "fault", "kind": self.schedule.choice(kinds)}] if kinds else []
        if steps:
            self.during[f"{seam}#{times}"] = steps
        return steps

    def _end(self) -> list[Step]:
        """The process ends, in one way or another."""
        do = self.schedule.choice(words.ENDS[self.setting.power])
        if do not in self.kinds:
            return []
        if do != "power-loss":
            return [{"do": do}]
        return [{"do": do, "keep": self.schedule.choice((0, 0, 1, 3, 99)), "data": self.schedule.choice(_SPOILT)}]

    def _spoil(self, world: World, here: bool) -> Step:
        """Other bytes, where the engine is perhaps about to put its own."""
        on = world.running
        if here:
            return {"do": "write", "on": on, "path": self._existing(world, on), "text": self._label()}
        missed = sorted(world.artist.contents() - world.users[on].contents())
        item = self._item(world.account)
        if missed and self.workload.random() < 0.5:  # what is gone here is perhaps about to be deleted there
            item = self.labels[self.workload.choice(missed)]
        return {"do": "there.replace", "item": item, "text": self._label()}

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
        if chance < 0.935:
            return {"do": "events", "on": on, "every": self.workload.choice((1, 2))}
        if chance < 0.945:
            return {"do": "arrive"}
        if nested and self.setting.machines == 2:
            return {"do": "cycle", "on": on}
        return self._rare(on, nested=nested)

    def _rare(self, on: str, *, nested: bool) -> Step:
        draw = self.workload
        do = draw.choice(words.RARE)
        more: dict[str, dict[str, Any]] = {
            "unmount": {"empty": draw.random() < 0.5},
            "clock": {"seconds": draw.choice((-86400.0, 86400.0, -3600.0, 30.0, 0.0))},
            "answer": {"with_": draw.choice(("confirm", "reject"))},
            "resolve": {"keep": draw.choice(("local", "remote", "both"))},
            "suspend": {"seconds": draw.choice((600.0, 30000.0))},
            "phantom": {"path": "phantom.txt"},
        }
        if do not in self.kinds or (nested and do not in _NESTED):
            return {"do": "wait", "seconds": 3}
        return {"do": do, "on": on, **more.get(do, {})}

    def _label(self, source: str = "vvvp") -> str:
        if self.workload.random() < 0.12 and self._versions:
            return f"v{self.workload.randrange(1, self._versions + 1)}"
        self._versions += 1
        return f"{self.workload.choice(source)}{self._versions}" if self.workload.random() > 0.03 else "empty"

    def _path(self) -> str:
        directory = self.workload.choice(words.DIRECTORIES)
        return f"{directory}/{self.workload.choice(words.HERE_NAMES)}".lstrip("/")

    def _existing(self, world: World, on: str) -> str:
        """A path that is there, or any."""
        folder = next(m.folder for m in world.machines if m.name == on)
        paths = sorted(names_in(folder))
        return self.workload.choice(paths) if paths and self.workload.random() < 0.85 else self._path()

    def _here(self, world: World, on: str) -> Step:
        do = self.workload.choice(words.HERE)
        if do in UNUSUAL and do not in self.kinds:
            do = "write"
        step: Step = {"do": do, "on": on}
        if do in ("write", "save", "backdate"):
            there = self._existing(world, on) if self.workload.random() < 0.5 else self._path()
            return step | {"path": there, "text": self._label()}
        if do in ("mkdir", "link", "fifo"):
            return step | {"path": self._path()}
        if do == "undo":
            return step
        step["path"] = self._existing(world, on)
        return step | self._more(do, step["path"], world, on)

    def _more(self, do: str, path: str, world: World, on: str) -> Step:
        """What an act at this path takes beside it."""
        draw = self.workload
        if do in ("recreate", "edit-copy"):
            return {"text": self._label()}
        if do == "turn":
            above = path.rpartition("/")[0] if draw.random() < 0.4 else ""
            return {"path": above or path, "to": draw.choice(("link", "")), "text": self._label()}
        if do in ("delete", "rename") and draw.random() < 0.25:
            path = path.rpartition("/")[0] or path
        if do == "swap":
            return {"to": self._existing(world, on)}
        if do in ("rename", "copy", "hardlink"):
            is_directory = do == "rename" and "." not in path
            return {
                "path": path,
                "to": draw.choice([d for d in words.DIRECTORIES if d]) if is_directory else self._path(),
            }
        return {"path": path}

    def _there(self, account: Account) -> Step:
        draw, do = self.workload, self.workload.choice(words.THERE)
        if f"there.{do}" in UNUSUAL and f"there.{do}" not in self.kinds:
            do = "comment"
        step: Step = {"do": f"there.{do}"}
        if do == "undo":
            return step
        if do == "drop-folder":
            return step | {"folder": draw.choice(words.FOLDERS)}
        if do == "submit":
            into = {"into": draw.choice(words.FOLDERS)} if draw.random() < 0.5 else {}
            return step | {
                "text": self._label("vvvph"),
                "title": draw.choice(words.TITLES),
                "name": draw.choice(words.NAMES),
                **into,
            }
        if do in ("rename-folder", "move-folder"):
            step |= {"folder": draw.choice(words.FOLDERS)}
            return step | (
                {"title": draw.choice(words.FOLDERS)}
                if do == "rename-folder"
                else {"into": draw.choice((*words.FOLDERS, ""))}
            )
        step["item"] = self._item(account)
        if do == "replace":
            step["text"] = self._label()
        if do == "retitle":
            step["title"] = draw.choice(words.TITLES)
        if do == "comment":
            step["text"] = "seen"
        if do == "move":
            step["into"] = draw.choice((*words.FOLDERS, ""))
        return step

    def _item(self, account: Account) -> str:
        """What one of the items holds, as a label of the world's ledger."""
        live = account.live()
        return self.labels[digest(account.content(self.workload.choice(live)))] if live else "v1"

    labels: dict[str, str] = field(default_factory=dict)


__all__ = ["SWITCHES", "Improviser"]
