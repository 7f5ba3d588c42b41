"""Plays a situation once as it is, to learn which seams its last cycle passes, then once for each seam and act."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.sim.power import power_loss
from tests.sim.run import Outcome, Player, _run, run_tape
from tests.sim.setting import Setting
from tests.sim.windows.acts import Act, elsewhere, here_at
from tests.sim.windows.pairs import OTHER, PAIRS
from tests.sim.windows.situations import SITUATIONS
from tests.sim.windows.steps import CYCLE, Situation
from tests.sim.world import Step, World

SETTINGS: dict[str, dict[str, Any]] = {
    "usual": {},
    "no births": {"births": False},
    "draft15": {"dialect": "draft15"},
    "draft15, one by one": {"births": False, "dialect": "draft15", "transfers": 1},
    "named leaves": {"habits": {"named_leaf": True}},
    "leaves answered": {"births": False, "reuse": False, "backwards": True, "habits": {"submit_answers_leaf": True}},
    "keep local": {"keep": "local"},
    "keep remote": {"keep": "remote", "births": False},
    "push": {"direction": "push"},
    "pull": {"direction": "pull"},
    "draft15, push": {"direction": "push", "dialect": "draft15", "births": False},
    "lossy watch": {"watch": "lossy", "births": False},
    "split watch": {"watch": "split", "page": 2, "backwards": True},
    "encodes": {"encodes": True},
    "power losses": {"power": True},
    "draft15, power losses": {"power": True, "dialect": "draft15", "births": False},
    "two": {"machines": 2},
    "two, named leaves": {"machines": 2, "habits": {"named_leaf": True}},
    "two, draft15": {"machines": 2, "dialect": "draft15", "births": False},
    "two, keep local": {"machines": 2, "keep": "local"},
    "two, leaves not listed": {
        "machines": 2,
        "keep": "remote",
        "births": False,
        "habits": {"leaves_listed": False},
    },
    "two, leaves answered": {
        "machines": 2,
        "births": False,
        "habits": {"submit_answers_leaf": True, "parents_first": False},
    },
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is played: of the windows one in `thin`, drawn by `seed`, at most `most` of a situation; `crash`: the
    process is killed at a later seam of the same cycle; `calls`: also between system calls; `kills`: the process was
    killed at so many of the cycle's seams, one at a time, and the windows are those of the cycle after it."""

    thin: int = 1
    seed: int = 1
    most: int | None = None
    crash: bool = False
    calls: bool = False
    kills: int = 0


@dataclass(slots=True)
class Played:
    """What came of one situation in one setting. `runs` in which the act really happened; `findings`: what was broken,
    each with its tape."""

    setting: str
    situation: str
    seams: int = 0
    runs: int = 0
    crashes: int = 0
    findings: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class _Listener(Player):
    """Plays a tape, and notes the seams of its last step."""

    def __init__(self, tape: dict[str, Any]) -> None:
        super().__init__(tape)
        self.passed: list[str] = []

    def steps(self, world: World) -> Iterator[Step]:
        for step in super().steps(world):
            self.passed.clear()
            yield step

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        self.passed.append(f"{seam}#{times}")
        return super().at(world, seam, times)


def situations_of(setting: str) -> Mapping[str, Situation]:
    """Those that can be played in a setting: of one machine, or of two."""
    return PAIRS if SETTINGS[setting].get("machines") == 2 else SITUATIONS


def play(setting: str, situation: str, plan: Plan) -> Played:
    """Plays all windows of a situation that the plan wants. Repeatable."""
    told = situations_of(setting)[situation]
    played = Played(setting, situation)
    if not plan.kills:
        _play(played, told, plan)
        return played
    seams = _seams(Played(setting, situation), told, plan)
    draw = random.Random(f"{plan.seed} {setting} {situation} killed")
    for seam in draw.sample(seams, min(plan.kills, len(seams))):
        killed = {**_last(told), "during": {seam: [_death(draw, setting)]}}
        _play(played, replace(told, name=f"{situation}, killed at {seam}", steps=[*told.steps, killed]), plan)
    return played


def _play(played: Played, told: Situation, plan: Plan) -> None:
    seams = _seams(played, told, plan)
    played.seams += len(seams)
    for during in windows(seams, told, played.setting, plan):
        tape = _tape(played.setting, told, {**_last(told), "during": during})
        _note(played, run_tape(json.loads(json.dumps(tape))), next(iter(during)))


def _last(told: Situation) -> Step:
    return {**CYCLE, "true_up": True} if told.true_up else CYCLE


def _tape(setting: str, told: Situation, last: Step) -> dict[str, Any]:
    return {"setting": {**SETTINGS[setting], **told.setting}, "steps": [*told.head, last]}


def _seams(played: Played, told: Situation, plan: Plan) -> list[str]:
    """Those that the cycle passes in which nothing happens; none if a promise is broken all the same."""
    listener = _Listener(_tape(played.setting, told, _last(told)))
    plain = _run(Setting(**{**SETTINGS[played.setting], **told.setting}), listener)
    if plain.violation:
        played.findings.append((str(plain.violation), plain.tape))
        return []
    return [seam for seam in listener.passed if plan.calls or not seam.startswith("disk.")]


def windows(seams: Sequence[str], told: Situation, setting: str, plan: Plan) -> Iterator[dict[str, Act]]:
    """What happens at which of these seams, one window at a time."""
    draw = random.Random(f"{plan.seed} {setting} {told.name}")
    acts = [*(act for path in told.paths for act in here_at(path)), *elsewhere()] if told.paths else [OTHER]
    windows = [(at, act) for at in range(len(seams)) for act in acts]
    chosen = [window for window in windows if plan.thin == 1 or not draw.randrange(plan.thin)]
    if plan.most is not None and len(chosen) > plan.most:
        chosen = draw.sample(chosen, plan.most)
    for at, act in chosen:
        later = seams[at + 1 :] if plan.crash else ()
        crash = {draw.choice(later): [_death(draw, setting)]} if later else {}
        yield {seams[at]: act, **crash}


def _death(draw: random.Random, setting: str) -> Step:
    return power_loss(draw) if SETTINGS[setting].get("power") else {"do": "crash"}


def _note(played: Played, outcome: Outcome, seam: str) -> None:
    """Counts a run if what was to happen in its window did."""
    played.runs += any(line.startswith(f"at {seam}: ") for line in outcome.trace)
    played.crashes += outcome.faults["crash"] + outcome.faults["power-loss"]
    if outcome.violation:
        played.findings.append((str(outcome.violation), outcome.tape))
