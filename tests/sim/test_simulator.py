"""The simulator itself: it runs, it is decided by its seeds, and it finds mistakes that are planted in the engine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from itertools import count

import pytest

from syncd.core import names
from tests.sim import world
from tests.sim.faults import FAULTS
from tests.sim.planted import PLANTS
from tests.sim.run import Player, _run, run_seed, run_tape, shrunk
from tests.sim.setting import Setting
from tests.sim.world import Step, World

SEEDS = int(os.environ.get("SIM_SEEDS", "100"))
BLOCK = 20
_PLAIN: list[Step] = [
    {"do": "there.submit", "text": "p1", "title": "a", "name": "a.png", "into": "D"},
    {"do": "cycle", "on": "a"},
    {"do": "wait", "seconds": 6},
    {"do": "write", "on": "a", "path": "E/b.txt", "text": "v2"},
    {"do": "write", "on": "a", "path": "D/a.png", "text": "v3"},
    {"do": "write", "on": "a", "path": "c.txt", "text": "v4"},
    {"do": "wait", "seconds": 6},
    {"do": "cycle", "on": "a"},
    {"do": "rename", "on": "a", "path": "E", "to": "F"},
    {"do": "rename", "on": "a", "path": "c.txt", "to": "F/d.txt"},
    {"do": "wait", "seconds": 6},
    {"do": "cycle", "on": "a", "true_up": True},
    {"do": "delete", "on": "a", "path": "F/d.txt"},
    {"do": "there.rename-folder", "folder": "D", "title": "G"},
    {"do": "cycle", "on": "a"},
    {"do": "wait", "seconds": 6},
    {"do": "cycle", "on": "a"},
]
"""A little of everything."""
_TRACE = "from tests.sim.run import run_seed; {before}print(*run_seed({seed}, {seed}).trace, sep='\\n')"


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_no_promise_is_broken(first: int) -> None:
    found = {seed: str(run_seed(seed, seed).violation) for seed in range(first, min(first + BLOCK, SEEDS))}
    broken = {seed: what for seed, what in found.items() if what != "None"}
    assert not broken


def test_cycles_of_another_machine_do_not_count_for_the_one_at_whose_seam_they_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world, "MOST_SEAMS", 300)
    others: list[Step] = [{"do": "cycle", "on": "b"}] * 20
    steps: list[Step] = [{"do": "cycle", "on": "a"}, {"do": "cycle", "on": "b"}]
    steps.append({"do": "cycle", "on": "a", "during": {"remote.delta#1": others}})
    assert run_tape({"setting": {"machines": 2}, "steps": steps}).violation is None


def test_the_same_seed_gives_the_same_trace() -> None:
    for seed in (3, 18, 33):
        assert run_seed(seed, seed).trace == run_seed(seed, seed).trace


def test_a_trace_does_not_depend_on_the_simulations_before_it() -> None:
    """I20: what is kept from one to the next (databases that stay open) is as new. In this seed the brake counts."""
    traces = {_trace_elsewhere(785689, before=before) for before in ("", "run_seed(1, 1); ")}
    assert len(traces) == 1


def _trace_elsewhere(seed: int, *, before: str = "", hashes: str = "0") -> str:
    """The trace of a seed in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", _TRACE.format(seed=seed, before=before)],
        env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_no_thread_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread would run when it likes (I20). In this seed many lists have several pages, which are asked for ahead."""

    def start(thread: threading.Thread) -> None:
        raise AssertionError(thread.name)

    monkeypatch.setattr(threading.Thread, "start", start)
    outcome = run_seed(758351, 758351)
    assert outcome.violation is None, outcome.violation


def test_what_is_left_to_chance_shows_in_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """I20 can fail: names that are numbered from one run to the next."""
    number = count()
    monkeypatch.setattr(
        names, "component", lambda title: f"{title.strip('./') or 'x'} {next(number)}".replace("/", "_")
    )
    assert run_seed(3, 3).trace != run_seed(3, 3).trace


def test_the_trace_does_not_depend_on_the_order_of_hashes() -> None:
    """I20: in two processes, whose sets have other orders."""
    traces = {_trace_elsewhere(14, hashes=order) for order in ("1", "2")}
    assert len(traces) == 1


def test_a_tape_plays_the_run_that_made_it() -> None:
    made = run_seed(5, 5)
    assert run_tape(made.tape).trace == made.trace


def test_only_the_faults_that_are_on_strike() -> None:
    told = [run_seed(seed, seed, only=frozenset({"crash", "turn"})).faults.keys() for seed in range(30)]
    assert set().union(*told) == {"crash", "turn"}
    assert not run_seed(0, 0, only=frozenset()).faults


def test_every_kind_of_fault_has_a_place_that_the_engine_passes() -> None:
    """A seam that was renamed would silence its kinds: each is passed by a plain scenario."""
    passed: set[str] = set()

    class Listener(Player):
        def at(self, world: World, seam: str, times: int) -> list[Step]:
            passed.add(seam)
            return super().at(world, seam, times)

    for dialect in ("v1", "draft15"):
        _run(Setting(dialect=dialect), Listener({"steps": _PLAIN}))
    assert not set(FAULTS) - passed


def test_workload_and_schedule_are_separate() -> None:
    assert run_seed(5, 5).tape["setting"] == run_seed(5, 6).tape["setting"]


def test_a_tape_that_fails_is_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS["intent-after-sending"].make(monkeypatch)
    tape = run_seed(0, 0).tape
    small = shrunk(tape, lambda violation: violation.invariant == "I8", budget=60)
    assert len(small["steps"]) < len(tape["steps"]) / 3
    assert run_tape(small).violation is not None


def test_a_setting_tells_only_what_is_unusual() -> None:
    assert Setting().told() == {}
    assert Setting(**Setting(dialect="draft15", page=2).told()) == Setting(dialect="draft15", page=2)
