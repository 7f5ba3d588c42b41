"""Kills a scenario at every passage, and at every passage of every recovery from that.

Law: kills that leave the same world (`looks`) have one future, so it is played once; each still counts. What must come
out: no promise broken, everything settled and silent, and the same end as without a kill.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.crash.play import Death, End, Played, play
from tests.crash.scenarios import Scenario


@dataclass(slots=True)
class Found:
    """Something that a kill broke; `kills` plays it again."""

    scenario: str
    kills: tuple[int, ...]
    points: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        where = ", then ".join(f"{number} ({point})" for number, point in zip(self.kills, self.points, strict=True))
        return f"{self.scenario}: killed at {where}: {self.what}"


@dataclass(slots=True)
class Explored:
    """What was done: passages in clean runs, kills and second kills by point, how many worlds they left, what broke."""

    passed: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    found: list[Found] = field(default_factory=list)

    def add(self, other: Explored) -> None:
        """Takes in what another exploration did."""
        self.passed += other.passed
        self.kills += other.kills
        self.seconds += other.seconds
        self.runs += other.runs
        self.found += other.found


class Explorer:
    """Explores one scenario."""

    def __init__(self, scenario: Scenario, death: Death = Death.KILL) -> None:
        self.scenario, self.death = scenario, death
        self.done = Explored()
        self._end: End | None = None
        self._known: set[str] = set()

    def clean(self) -> Played:
        """Without a kill; what a kill at each passage would leave is in the answer."""
        played = self._play((), look=True)
        self._end = played.end
        self.done.passed.update(played.passed)
        return played

    def singles(self, *, look: bool) -> Iterator[tuple[int, Played]]:
        """Kills at every passage; yields those that left a world of their own, with the recovery from each."""
        clean = self.clean()
        for number, (point, world) in enumerate(zip(clean.passed, clean.worlds, strict=True)):
            self.done.kills[point] += 1
            if world not in self._known and clean.end is not None:
                self._known.add(world)
                yield number, self._play((number,), look=look)

    def pairs(self, first: int, recovery: Played) -> None:
        """Kills at every passage of a recovery that was looked at."""
        for number in range(first + 1, len(recovery.passed)):
            self.done.seconds[recovery.passed[number]] += 1
            if recovery.worlds[number] not in self._known:
                self._known.add(recovery.worlds[number])
                self._play((first, number), look=False)

    def some_pairs(self, first: int, recovery: Played, sample: random.Random, most: int) -> None:
        """Kills at some passages of a recovery."""
        numbers = range(first + 1, len(recovery.passed))
        for number in sample.sample(numbers, min(most, len(numbers))):
            self.done.seconds[recovery.passed[number]] += 1
            self._play((first, number), look=False)

    def _play(self, kills: tuple[int, ...], *, look: bool) -> Played:
        played = play(self.scenario, kills, self.death, look=look)
        self.done.runs += 1
        what = str(played.violation) if played.violation else self._other_end(played.end)
        if what:
            points = tuple(played.passed[number] for number in kills if number < len(played.passed))
            self.done.found.append(Found(str(self.scenario), kills[: len(points)], points, what))
        return played

    def _other_end(self, end: End | None) -> str:
        if self._end is None or end is None or self.scenario.loose:
            return ""
        words = []
        for name in ("here", "there"):
            was, now = Counter(getattr(self._end, name)), Counter(getattr(end, name))
            if was != now:
                words.append(f"{name}: {sorted((now - was).elements())} instead of {sorted((was - now).elements())}")
        if not end.trash >= self._end.trash:
            words.append(f"not in the trash: {sorted(self._end.trash - end.trash)}")
        return "another end, " + "; ".join(words) if words else ""


def explore(scenario: Scenario, death: Death, *, pairs: bool = True) -> Explored:
    """Every kill, and every pair of kills."""
    explorer = Explorer(scenario, death)
    for first, recovery in list(explorer.singles(look=pairs)):
        if pairs:
            explorer.pairs(first, recovery)
    return explorer.done


def explore_some(scenario: Scenario, death: Death, sample: random.Random, share: float) -> Explored:
    """Every kill, and for so large a share of them one pair."""
    explorer = Explorer(scenario, death)
    for first, recovery in list(explorer.singles(look=False)):
        if sample.random() < share:
            explorer.some_pairs(first, recovery, sample, 1)
    return explorer.done
