"""Killed at every passage of every named point, whatever was going on, nothing is lost and the end is the same.

Every passage of every scenario is killed here once, in one of the dialects, and pairs by chance; `make crash` does all
of it in both, all pairs, and with power losses too. A kill that leaves a world which an earlier one has left is not
recovered from again.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import syncd
from syncd.local.points import POINTS
from syncd.store.intents import Intents
from tests.crash.explore import Explorer, explore_some
from tests.crash.play import Death, play
from tests.crash.points import EVERY, INTENT
from tests.crash.scenarios import Scenario, every

SCENARIOS = list(every())
DIALECTS = {s.name: sorted({t.setting.dialect for t in SCENARIOS if t.name == s.name}) for s in SCENARIOS}
CHOSEN = [s for s in SCENARIOS if s.setting.dialect == DIALECTS[s.name][len(s.name) % len(DIALECTS[s.name])]]
"""Each scenario in one dialect; `make crash` plays it in all."""
IN_RECOVERY = {"clear.removed"}
"""What only a start after a kill passes."""
PAIRS = 0.03


@pytest.mark.parametrize("scenario", CHOSEN, ids=str)
def test_killed_at_every_passage_it_comes_to_the_same_end(scenario: Scenario) -> None:
    sample = random.Random(str(scenario))
    done = explore_some(scenario, Death.KILL, sample, PAIRS)
    assert done.kills == done.passed
    assert not done.found, "\n".join(map(str, done.found))


@pytest.mark.parametrize("death", [Death.POWER, Death.ZEROS])
@pytest.mark.parametrize("number", range(20))
def test_the_power_may_go_at_any_passage(number: int, death: Death) -> None:
    sample = random.Random(number)
    scenario = sample.choice(SCENARIOS)
    passages = len(play(scenario, (), death).passed)
    for kill in sample.sample(range(passages), min(passages, 10)):
        played = play(scenario, (kill,), death)
        assert played.violation is None, "\n".join([str(scenario), str(kill), *played.trace])


@cache
def _passed() -> Counter[str]:
    passed: Counter[str] = Counter()
    for scenario in SCENARIOS:
        passed.update(play(scenario).passed)
    return passed


def test_every_named_point_is_passed_by_some_scenario_and_none_is_unknown() -> None:
    assert set(EVERY) - _passed().keys() == IN_RECOVERY
    assert not _passed().keys() - set(EVERY)


def test_a_start_after_a_kill_passes_what_only_it_can_pass() -> None:
    scenario = next(s for s in SCENARIOS if s.name == "upload new")
    clean = play(scenario).passed
    recovery = play(scenario, (clean.index("snapshot.copied"),)).passed
    assert set(recovery) >= IN_RECOVERY


def test_the_list_has_every_point_that_the_source_names() -> None:
    source = Path(syncd.__file__).parent
    named = {
        point
        for folder in ("local", "engine")
        for path in (source / folder).rglob("*.py")
        for point in re.findall(r'\bat\(f?"([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    steps = {f"{step}{end}" for step in ("move", "restore", "throw") for end in (".checked", ".renamed", ".synced")}
    plain = {point for point in named if "{" not in point}
    assert plain | (steps & set(POINTS)) == {*POINTS, *INTENT}
    assert len(EVERY) == len(set(EVERY))


def test_worlds_that_look_alike_have_one_end() -> None:
    """What lets a kill be left out: played without leaving out, the others of its kind end in the same way."""
    scenario = next(s for s in SCENARIOS if s.name == "download replace")
    clean = play(scenario, look=True)
    ends: dict[str, set[str]] = {}
    for number in range(0, len(clean.passed), 3):
        played = play(scenario, (number,))
        recovery = played.passed[number + 1 :]
        ends.setdefault(clean.worlds[number], set()).add(f"{played.violation} {played.end} {recovery}")
    assert all(len(found) == 1 for found in ends.values())
    assert len(ends) < len(clean.passed) / 3


def test_a_mistake_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that does not doubt what was under way waits for ever for an answer that never comes (W1)."""
    monkeypatch.setattr(Intents, "all_unknown", lambda _intents: None)
    scenario = next(s for s in SCENARIOS if s.name == "upload new")
    explorer = Explorer(scenario)
    for _ in explorer.singles(look=False):
        pass
    assert any(found.points == ("remote.create.answered",) for found in explorer.done.found)
