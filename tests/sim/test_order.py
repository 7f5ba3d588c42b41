"""I18: the order of pages, entries and actions does not change the outcome.

The same acts are played with pages of other lengths, with another number of transfers, and with results that come in
the opposite order. What is in the end on both sides must be the same, but for the suffix that tells two names apart:
which of two new items has the smaller id is the server's to say.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from syncd.store.remote_tree import RemoteTree
from tests.sim.oracle import Violation
from tests.sim.rest import come_to_rest
from tests.sim.run import Player, _home, _quickened, _template, run_seed
from tests.sim.setting import Setting
from tests.sim.shelf import SHELF
from tests.sim.spots import visible
from tests.sim.world import World

End = tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]
_VARIANTS: tuple[dict[str, Any], ...] = (
    {"backwards": True},
    {"transfers": 1},
    {"page": 2},
    {"page": 3, "backwards": True, "transfers": 1},
)


def _end(setting: Setting, steps: list[dict[str, Any]]) -> End:
    tape = {"setting": setting.told(), "steps": steps}
    with _quickened(), _home() as home, SHELF.opened(), World(home, setting, Player(tape), _template()) as world:
        for step in steps:
            world.do(step)
        come_to_rest(world)
        folder = world.machines[0].folder
        here = Counter((_plain(path.name), world.oracle.hash(path)) for path in visible(folder))
        there = Counter((_plain(item.title), world.account.key(item)) for item in world.account.live())
        return here, there


def _plain(name: str) -> str:
    return re.sub(r" \([0-9a-z]{6,11}\)", "", name)


@pytest.mark.parametrize("seed", range(4, 16))
def test_the_order_of_pages_entries_and_actions_does_not_matter(seed: int) -> None:
    tape = run_seed(seed, seed, machines=1, only=frozenset()).tape
    steps = [{key: value for key, value in step.items() if key != "during"} for step in tape["steps"]]
    setting = replace(Setting(**tape["setting"]), backwards=False, transfers=8, page=100, brake=100, habits={})
    usual = _end(setting, steps)
    assert sum(usual[1].values()) > 0
    for variant in _VARIANTS:
        assert _end(replace(setting, **variant), steps) == usual, variant


def test_a_page_that_loses_its_last_entry_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = RemoteTree.stage

    def careless(self: RemoteTree, entries: tuple[Any, ...]) -> None:
        stage(self, entries[:-1] if len(entries) == 2 else entries)

    monkeypatch.setattr(RemoteTree, "stage", careless)
    steps = [{"do": "there.submit", "text": f"v{n}", "title": f"t{n}", "name": "a.txt"} for n in range(1, 6)]
    with pytest.raises((AssertionError, Violation)):
        assert _end(Setting(page=2), steps) == _end(Setting(), steps)
