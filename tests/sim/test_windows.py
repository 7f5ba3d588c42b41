"""The windows: a few of every situation, and that a mistake in one of them is found."""

from __future__ import annotations

import pytest

from tests.sim.planted import PLANTS
from tests.sim.windows.pairs import PAIRS
from tests.sim.windows.play import SETTINGS, Plan, play, situations_of, windows
from tests.sim.windows.situations import SITUATIONS

FEW = Plan(most=1)
BLOCKS = 4


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_promise_is_broken_in_a_few_windows_of_every_situation(block: int) -> None:
    played = [play("usual", name, FEW) for name in list(SITUATIONS)[block::BLOCKS]]
    assert {one.situation: what for one in played for what, _tape in one.findings} == {}
    assert all(one.runs == 1 for one in played), "the act of a window did not happen"
    assert all(one.seams for one in played)


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name != "usual"])
def test_each_setting_can_be_played_and_killed(setting: str) -> None:
    draw = sum(map(ord, setting))
    name = sorted(situations_of(setting))[draw % len(situations_of(setting))]
    played = play(setting, name, Plan(most=2, crash=True))
    assert not played.findings
    assert played.runs == 2
    assert 0 <= played.crashes <= 2


def test_the_cycle_after_a_kill_is_played() -> None:
    played = play("usual", "replaced there", Plan(most=2, kills=2))
    assert not played.findings
    assert played.runs == played.crashes == 4


def test_a_planted_mistake_is_found_in_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS["no-check-before-rename"].make(monkeypatch)
    played = play("usual", "replaced there", Plan(most=30))
    assert any(what.startswith("I1") for what, _tape in played.findings)
    assert played.runs == 30


def test_what_is_drawn_depends_on_the_seed_only() -> None:
    def drawn(seed: int) -> list[str]:
        return [str(during) for during in windows(["one#1", "two#1"], told, "usual", Plan(thin=9, seed=seed))]

    told = SITUATIONS["deleted there"]
    assert drawn(1) == drawn(1) != drawn(2)


def test_every_situation_has_windows_of_its_own() -> None:
    assert len(SITUATIONS) > 250 and len(PAIRS) == 256
    assert len({str((one.head, one.setting)) for one in SITUATIONS.values() if not one.true_up}) >= len(SITUATIONS) - 2
