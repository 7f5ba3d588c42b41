"""Plays a scenario, counts what it passes, and kills the process where it is told to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import Enum

from syncd.core.names import base36
from syncd.server.model import is_automatic
from tests.crash.looks import Reader, digest_of
from tests.crash.scenarios import Scenario
from tests.crash.world import CrashWorld
from tests.sim.ledger import digest
from tests.sim.oracle import Violation
from tests.sim.rest import come_to_rest
from tests.sim.run import _home, _quickened, _template, _where
from tests.sim.shelf import SHELF
from tests.sim.spots import visible
from tests.sim.world import Step, World


class Death(Enum):
    """How the process ends: killed; or with the power, which takes what was not synced, or leaves zeros."""

    KILL = "kill"
    POWER = "power loss"
    ZEROS = "power loss, zeros"

    @property
    def step(self) -> Step:
        """As the simulator's step."""
        match self:
            case Death.KILL:
                return {"do": "crash"}
            case _:
                return {"do": "power-loss", "keep": 0, "data": "gone" if self is Death.POWER else "zeros"}


@dataclass(slots=True)
class Reaper:
    """Counts the passages, and kills at those of these numbers."""

    kills: frozenset[int]
    death: Step
    during: dict[str, list[Step]] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    worlds: list[str] = field(default_factory=list)
    armed: bool = False
    reader: Reader | None = None
    position: int = 0

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What the scenario wants to happen here, and the kill."""
        steps = self.during.pop(f"{seam}#{times}", [])
        if not self.armed:
            return steps
        assert isinstance(world, CrashWorld)
        number = len(self.passed)
        self.passed.append(seam)
        if self.reader is not None:
            self.worlds.append(digest_of(world, self.reader, self.position))
        return [*steps, self.death] if number in self.kills else steps


@dataclass(frozen=True, slots=True)
class End:
    """How a scenario ended: every path with what is there, every item's place and title with what it holds, what is in
    the trash. Without the suffixes that two files of one name got: which of them has it is a matter of chance."""

    here: tuple[tuple[str, str], ...]
    there: tuple[tuple[str, str], ...]
    trash: frozenset[str]


@dataclass(slots=True)
class Played:
    """One run: the points passed, in order, until it was settled; what a kill at each would have left; how it ended."""

    passed: list[str]
    worlds: list[str]
    violation: Violation | None
    end: End | None
    trace: list[str]


def play(scenario: Scenario, kills: Sequence[int] = (), death: Death = Death.KILL, *, look: bool = False) -> Played:
    """Plays a scenario to its end. `look`: keeps what a kill at each passage would leave."""
    reaper = Reaper(frozenset(kills), death.step)
    violation, end = None, None
    setting = replace(scenario.setting, power=death is not Death.KILL)
    with _quickened(), _home() as home, SHELF.opened(), ExitStack() as stack:
        world = CrashWorld(home, setting, reaper, _template())
        stack.enter_context(world)
        try:
            _play(world, scenario, reaper, Reader(world.machine) if look else None)
            come_to_rest(world)
            end = end_of(world)
        except Violation as found:
            violation = found
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its failure
            violation = Violation("bug", f"{type(error).__name__}: {error} ({_where(error)})")
        return Played(reaper.passed, reaper.worlds, violation, end, world.trace)


def _play(world: CrashWorld, scenario: Scenario, reaper: Reaper, reader: Reader | None) -> None:
    for step in (*scenario.given, {"do": "settle"}) if scenario.given else ():
        world.do(step)
    reaper.armed, reaper.reader = True, reader
    for position, step in enumerate((*scenario.script, {"do": "settle"})):
        reaper.position = position
        reaper.during = {seam: list(steps) for seam, steps in step.get("during", {}).items()}
        world.do(step)
    reaper.armed, reaper.during = False, {}


def end_of(world: CrashWorld) -> End:
    """How the world is now."""
    folder, name, tree = world.machine.folder, world.oracle.name, world.account.stash.tree
    suffixes = "|".join(base36(item.id) for item in world.account.live())
    here = (
        (re.sub(rf" \(({suffixes})\)", "", str(p.relative_to(folder))), name(world.oracle.hash(p)))
        for p in visible(folder)
    )
    there = []
    for item in world.account.live():
        titles, stack = [item.title], tree.stacks.get(item.stack or 0)
        while stack is not None:
            titles += [stack.title] if not is_automatic(stack.title) else []
            stack = tree.stacks.get(stack.parent)
        path = "/".join(reversed(titles)).replace(" / ", "/")
        there.append((re.sub(rf" \(({suffixes})\)", "", path), name(digest(world.account.content(item)))))
    trash = (p for p in (folder / ".syncd" / "trash").rglob("*") if p.is_file())
    return End(tuple(sorted(here)), tuple(sorted(there)), frozenset(name(world.oracle.hash(p)) for p in trash))
