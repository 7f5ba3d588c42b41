"""Runs simulations: by seed, or from a tape; and shrinks a tape that fails."""

from __future__ import annotations

import gc
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from syncd.local import ignore
from syncd.store import scripts
from syncd.store.store import Store
from tests.sim.improviser import SWITCHES, Improviser
from tests.sim.machine import Crash
from tests.sim.oracle import Violation
from tests.sim.rest import come_to_rest
from tests.sim.setting import Setting, drawn
from tests.sim.shelf import SHELF
from tests.sim.world import Step, World

_MEMORY = Path("/dev/shm")
_PARSE, _SCRIPTS = cache(ignore._parse), cache(scripts.every)


@dataclass(slots=True)
class Outcome:
    """What became of a simulation; `tape` plays it again."""

    violation: Violation | None
    tape: dict[str, Any]
    trace: list[str]
    steps: int
    seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    kinds: tuple[str, ...] = ()


class Player:
    """Plays a tape: what it says of a seam happens there, if the seam is reached."""

    def __init__(self, tape: dict[str, Any]) -> None:
        self._tape = tape
        self.during: dict[str, list[Step]] = {}

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What the tape says of this seam."""
        return self.during.get(f"{seam}#{times}", [])

    def steps(self, _world: World) -> Iterator[Step]:
        """The tape's top-level steps."""
        for step in self._tape["steps"]:
            self.during = step.get("during", {})
            yield step


@cache
def _template() -> Path:
    """A database that is up to date, to be copied: migrating one takes longer than a whole simulation."""
    path = Path(tempfile.mkdtemp(prefix="syncd-sim-", dir=_room())) / "template.db"
    store = Store(path)
    store._connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


def _room() -> str | None:
    return str(_MEMORY) if _MEMORY.is_dir() else None


@contextmanager
def _quickened() -> Iterator[None]:
    """What is pure and asked again and again is kept (parsed rules, texts of migrations); no garbage collection."""
    parse, every = ignore._parse, scripts.every
    ignore._parse, scripts.every = _PARSE, _SCRIPTS
    hook, sys.unraisablehook = sys.unraisablehook, _unraised(sys.unraisablehook)
    gc.disable()
    gc.collect(1)  # the world of the run before, which was still held when that ended
    try:
        yield
    finally:
        ignore._parse, scripts.every = parse, every
        gc.collect(0)  # everything of this run is in there, crashed generators too
        gc.enable()
        sys.unraisablehook = hook


def _unraised(hook: Callable[[Any], object]) -> Callable[[Any], None]:
    """A dead process's generators are closed some time, and stopped then: that is no news."""

    def told(news: Any) -> None:
        if not isinstance(news.exc_value, Crash):
            hook(news)

    return told


@contextmanager
def _home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="syncd-sim-", dir=_room()))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run_seed(
    workload: int, schedule: int, *, machines: int | None = None, only: frozenset[str] | None = None
) -> Outcome:
    """One simulation by its two seeds; `only` these kinds of faults, if given."""
    source = random.Random(workload)
    setting = drawn(source, machines=machines)
    length, kinds = source.randrange(10, 21), frozenset(SWITCHES) if only is None else only
    return _run(setting, Improviser(source, random.Random(~schedule), setting, length, kinds))


def run_tape(tape: dict[str, Any]) -> Outcome:
    """One simulation as a tape has it."""
    return _run(Setting(**tape["setting"]), Player(tape))


def _run(setting: Setting, driver: Any) -> Outcome:
    violation: Violation | None = None
    done: list[Step] = []
    with _quickened(), _home() as home, SHELF.opened(), World(home, setting, driver, _template()) as world:
        if isinstance(driver, Improviser):
            driver.repertoire.labels = world.ledger.ever
        try:
            for step in driver.steps(world):
                done.append(step)
                world.do(step)
            world.quiet = True
            come_to_rest(world)
        except Violation as found:
            violation = found
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is its failure
            violation = Violation("bug", f"{type(error).__name__}: {error} ({_where(error)})")
        tape = {"setting": setting.told(), "steps": [_compact(step) for step in done]}
        return Outcome(
            violation,
            tape,
            [*world.trace, *([str(violation)] if violation else [])],
            world.steps,
            world.clock.elapsed,
            world.faults,
            tuple(sorted(getattr(driver, "kinds", ()))),
        )


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    place = ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "syncd" in path.parts or "sim" in path.parts:
            place = f"{path.parent.name}/{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _compact(step: Step) -> Step:
    return {key: value for key, value in step.items() if key != "during" or value}


# --- shrinking


def shrunk(tape: dict[str, Any], is_same: Callable[[Violation], bool], budget: int = 400) -> dict[str, Any]:
    """A shorter tape that still fails in the same way: settings made usual, then steps dropped, halves first."""
    tries = [budget]

    def fails(candidate: dict[str, Any]) -> bool:
        tries[0] -= 1
        found = run_tape(candidate).violation if tries[0] >= 0 else None
        return found is not None and is_same(found)

    tape = json.loads(json.dumps(tape))
    size = max(1, len(tape["steps"]) // 2)
    while size:
        tape = _without_runs(tape, size, fails)
        size //= 2
    for candidate in _simpler(tape):
        smaller = candidate(tape)
        if smaller is not None and fails(smaller):
            tape = smaller
    return _without_runs(tape, 1, fails)


def _without_runs(tape: dict[str, Any], size: int, fails: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    at = 0
    while at < len(tape["steps"]):
        candidate = {**tape, "steps": tape["steps"][:at] + tape["steps"][at + size :]}
        if fails(candidate):
            tape = candidate
        else:
            at += size
    return tape


def _simpler(tape: dict[str, Any]) -> Iterator[Callable[[dict[str, Any]], dict[str, Any] | None]]:
    for key in list(tape["setting"]):
        yield lambda t, key=key: {**t, "setting": {k: v for k, v in t["setting"].items() if k != key}}  # type: ignore[misc]
    for number, step in enumerate(tape["steps"]):
        for seam in step.get("during", {}):
            yield lambda t, n=number, s=seam: _without_seam(t, n, s)  # type: ignore[misc]


def _without_seam(tape: dict[str, Any], number: int, seam: str) -> dict[str, Any] | None:
    if number >= len(tape["steps"]) or seam not in tape["steps"][number].get("during", {}):
        return None
    step = tape["steps"][number]
    fewer = {**step, "during": {name: acts for name, acts in step["during"].items() if name != seam}}
    return {**tape, "steps": [*tape["steps"][:number], fewer, *tape["steps"][number + 1 :]]}
