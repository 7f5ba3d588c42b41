"""What the adversary can do beside the engine: acts on both sides, drawn from the workload's seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.sim import words
from tests.sim.account import Account
from tests.sim.faults import UNUSUAL
from tests.sim.ledger import digest
from tests.sim.setting import Setting
from tests.sim.spots import names_in, visible
from tests.sim.world import Step, World

_NESTED = frozenset({"clock", "phantom", "overflow", "suspend"})
"""Of the rare acts, those that may happen while a machine is at work."""


@dataclass(slots=True)
class Repertoire:
    """Draws acts; of the unusual ones those of `kinds`. `labels`: what each content is called (the world's ledger)."""

    draw: random.Random
    setting: Setting
    kinds: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)
    _versions: int = 0

    def furniture(self) -> Iterator[Step]:
        """What both sides agree on before anything else: so much can be replaced, moved and deleted from the start."""
        for _ in range(self.draw.randrange(*words.FURNITURE)):
            if self.draw.random() < 0.3:
                yield {"do": "write", "on": "a", "path": self._path(), "text": self._label()}
            else:
                yield self._submission()
        yield {"do": "wait", "seconds": 3}

    def spoil(self, world: World, here: bool) -> Step:
        """Other bytes, where the engine is perhaps about to put its own: mostly of what one side has and the other has
        not, which is perhaps about to be replaced or deleted."""
        on, likely = world.running, self.draw.random() < 0.8
        there, artist = world.users[on].contents(), world.artist.contents()
        if here:
            machine = next(m for m in world.machines if m.name == on)
            stale = [p for p in visible(machine.folder) if likely and world.oracle.hash(p) not in artist]
            path = str(self.draw.choice(sorted(stale)).relative_to(machine.folder)) if stale else None
            return {"do": "write", "on": on, "path": path or self._existing(world, on), "text": self._label()}
        missed = sorted(artist - there) if likely else []
        item = self.labels[self.draw.choice(missed)] if missed else self._item(world.account)
        return {"do": "there.replace", "item": item, "text": self._label()}

    def act(self, world: World, *, nested: bool) -> Step:
        chance = self.draw.random()
        on = self.draw.choice("ab"[: self.setting.machines])
        if chance < 0.50:
            return self._here(world, on)
        if chance < 0.80:
            return self._there(world.account)
        if chance < 0.92:
            return {"do": "wait", "seconds": self.draw.choice((0.5, 1, 3, 3, 6, 60))}
        if chance < 0.935:
            return {"do": "events", "on": on, "every": self.draw.choice((1, 2))}
        if chance < 0.945:
            return {"do": "arrive"}
        if nested and self.setting.machines == 2:
            return {"do": "cycle", "on": on}
        return self._rare(on, nested=nested)

    def _rare(self, on: str, *, nested: bool) -> Step:
        draw = self.draw
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
        if self.draw.random() < 0.12 and self._versions:
            return f"v{self.draw.randrange(1, self._versions + 1)}"
        self._versions += 1
        return f"{self.draw.choice(source)}{self._versions}" if self.draw.random() > 0.03 else "empty"

    def _path(self) -> str:
        directory = self.draw.choice(words.DIRECTORIES)
        return f"{directory}/{self.draw.choice(words.HERE_NAMES)}".lstrip("/")

    def _existing(self, world: World, on: str) -> str:
        """A path that is there, or any."""
        folder = next(m.folder for m in world.machines if m.name == on)
        paths = sorted(names_in(folder))
        return self.draw.choice(paths) if paths and self.draw.random() < 0.85 else self._path()

    def _here(self, world: World, on: str) -> Step:
        do = self.draw.choice(words.HERE)
        if do in UNUSUAL and do not in self.kinds:
            do = "write"
        step: Step = {"do": do, "on": on}
        if do in ("write", "save", "backdate"):
            there = self._existing(world, on) if self.draw.random() < 0.5 else self._path()
            return step | {"path": there, "text": self._label()}
        if do in ("mkdir", "link", "fifo"):
            return step | {"path": self._path()}
        if do == "undo":
            return step
        step["path"] = self._existing(world, on)
        return step | self._more(do, step["path"], world, on)

    def _more(self, do: str, path: str, world: World, on: str) -> Step:
        """What an act at this path takes beside it."""
        draw = self.draw
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
        draw, do = self.draw, self.draw.choice(words.THERE)
        if f"there.{do}" in UNUSUAL and f"there.{do}" not in self.kinds:
            do = "comment"
        step: Step = {"do": f"there.{do}"}
        if do == "undo":
            return step
        if do == "drop-folder":
            return step | {"folder": draw.choice(words.FOLDERS)}
        if do == "submit":
            return self._submission()
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

    def _submission(self) -> Step:
        draw = self.draw
        into = {"into": draw.choice(words.FOLDERS)} if draw.random() < 0.5 else {}
        title, name = draw.choice(words.TITLES), draw.choice(words.NAMES)
        return {"do": "there.submit", "text": self._label("vvvph"), "title": title, "name": name, **into}

    def _item(self, account: Account) -> str:
        """What one of the items holds, as a label of the world's ledger."""
        live = account.live()
        return self.labels[digest(account.content(self.draw.choice(live)))] if live else "v1"
