"""The adversary by chance: what is done comes from the workload's seed, when and what goes wrong from the schedule's.

Everything it does is kept as it was done, so that a run can be played again without it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.sim import words
from tests.sim.faults import FAULTS, SWITCHES
from tests.sim.faults import RARE as RARE_SEAMS
from tests.sim.power import power_loss
from tests.sim.repertoire import Repertoire
from tests.sim.setting import Setting
from tests.sim.world import Step, World


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
    repertoire: Repertoire = field(init=False)

    def __post_init__(self) -> None:
        draw = self.schedule
        dies = (0.003, 0.01) if self.setting.power else (0, 0, 0.003, 0.01)
        self.rates = draw.choice((0, 0.01, 0.03)), draw.choice((0, 0.02, 0.06)), draw.choice(dies)
        share = draw.choice((0.2, 0.5, 1.0))
        always = {"power-loss"} if self.setting.power else set()
        self.kinds = self.only & {kind for kind in SWITCHES if draw.random() < share or kind in always}
        self.repertoire = Repertoire(self.workload, self.setting, self.kinds)

    @property
    def rare(self) -> frozenset[str]:
        """The seams of `faults.RARE` for which a kind was drawn."""
        return frozenset(seam for seam in RARE_SEAMS if self.kinds.intersection(FAULTS[seam]))

    def steps(self, world: World) -> Any:
        """The top-level steps; each is to be done before the next is asked for."""
        for step in self._drawn(world):
            self.during = {}
            if step["do"] == "cycle":
                step["during"] = self.during
            yield step

    def _drawn(self, world: World) -> Iterator[Step]:
        """Half of the worlds are furnished first; and half of the cycles come as in `syncd sync`: everybody is quiet,
        and what the first one saw the second one concludes from (W31)."""
        if self.workload.random() < 0.5:
            yield from self.repertoire.furniture()
            yield from ({"do": "cycle", "on": on} for on in "ab"[: self.setting.machines])
        for _ in range(self.length):
            if self.schedule.random() >= 0.22:
                yield self.repertoire.act(world, nested=False)
                continue
            cycle = self._cycle()
            if self.schedule.random() < 0.5:
                yield from ({"do": "wait", "seconds": 3}, dict(cycle), {"do": "wait", "seconds": 3})
            yield cycle

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What happens at this seam."""
        weight = words.weight(seam)
        acts, fails, dies = self.rates
        dies *= words.HALF_WAY.get(seam, 1)
        chance = self.schedule.random() / weight
        steps: list[Step] = []
        if acts and seam in words.HOT and self.schedule.random() < 0.4:
            steps = [self.repertoire.spoil(world, words.HOT[seam])]
        elif chance >= dies + acts + fails:
            return steps
        elif chance < dies:
            steps = self._end()
        elif chance < dies + acts:
            steps = [self.repertoire.act(world, nested=True)]
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
        return [power_loss(self.schedule) if do == "power-loss" else {"do": do}]

    def _cycle(self) -> Step:
        step: Step = {"do": "cycle", "on": self.schedule.choice("ab"[: self.setting.machines])}
        if self.schedule.random() < 0.06:
            step["true_up"] = True
        return step


__all__ = ["SWITCHES", "Improviser"]
