"""Mistakes that a program like this can make, each as one patch of the shipped code; a simulator must find them.

`python -m tests.sim.planted` says of each in how many seeds it is found, and prints the table of docs/reliability.md. A
mistake is found by a seed if the simulation breaks one of the promises named, and the same seed breaks none without it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.sim.__main__ import written
from tests.sim.oracle import Violation
from tests.sim.plants import decide, durable, here, there
from tests.sim.plants.plant import Plant
from tests.sim.run import Outcome, run_seed, run_tape, shrunk

PLANTS: dict[str, Plant] = {**there.PLANTS, **here.PLANTS, **durable.PLANTS, **decide.PLANTS}
TAPES = Path(__file__).parent / "plants" / "tapes"
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """Of one mistake: after how many seeds it was first found (None: in none), what was broken, and of how many seeds
    in all how many found it."""

    name: str
    first: int | None
    what: str
    seeds: int
    finds: int


def planted_seed(name: str, seed: int) -> Outcome:
    """One simulation with the mistake in it."""
    return _played(name, lambda: run_seed(seed, seed))


def planted_tape(name: str, tape: dict[str, Any]) -> Outcome:
    """One tape with the mistake in it."""
    return _played(name, lambda: run_tape(tape))


def _played(name: str, play: Callable[[], Outcome]) -> Outcome:
    """With the mistake in it; twice, where that should make a difference (I20)."""
    with pytest.MonkeyPatch.context() as patch:
        PLANTS[name].make(patch)
        outcome = play()
        if outcome.violation is None and "I20" in PLANTS[name].breaks and play().trace != outcome.trace:
            return replace(outcome, violation=Violation("I20", "the same seed gives another trace"))
        return outcome


def is_found(name: str, outcome: Outcome) -> bool:
    """Whether a promise is broken that this mistake breaks."""
    return outcome.violation is not None and outcome.violation.invariant in PLANTS[name].breaks


def find(name: str, seeds: Iterable[int], *, finds: int = 1) -> tuple[Found, dict[str, Any] | None]:
    """Runs seeds until the mistake was found so often; also the first tape that shows it."""
    first, what, tape, count, found = None, "", None, 0, 0
    for seed in seeds:
        count += 1
        outcome = planted_seed(name, seed)
        if is_found(name, outcome) and run_seed(seed, seed).violation is None:
            found += 1
            if first is None:
                first, what, tape = count, str(outcome.violation), outcome.tape
            if found >= finds:
                break
    return Found(name, first, what, count, found), tape


def keep(name: str, tape: dict[str, Any]) -> None:
    """Keeps the shrunk tape, for the quick test of each mistake."""

    def still(candidate: dict[str, Any]) -> bool:
        return run_tape(candidate).violation is None

    with pytest.MonkeyPatch.context() as patch:
        PLANTS[name].make(patch)
        small = shrunk(tape, lambda violation: violation.invariant in PLANTS[name].breaks, budget=150)
    chosen = small if still(small) else tape
    TAPES.mkdir(exist_ok=True)
    (TAPES / f"{name}.json").write_text(written({"what": PLANTS[name].words, **chosen}), encoding="utf-8")


def table(rows: Iterable[Found]) -> str:
    """The table of docs/reliability.md."""
    lines = ["| mistake | what it does | seeds until found | broken promise |", "|---|---|---:|---|"]
    for row in rows:
        seeds = str(row.first) if row.first is not None else f"not in {row.seeds}"
        promise = row.what.partition(":")[0] or "-"
        lines.append(f"| `{row.name}` | {PLANTS[row.name].words} | {seeds} | {promise} |")
    return "\n".join(lines)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sim.planted", description="Plants mistakes, and finds them.")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(PLANTS)}")
    parser.add_argument("--limit", type=int, default=LIMIT, help="how many seeds to try for each")
    parser.add_argument("--finds", type=int, default=1, help="go on until each was found so often")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help="keep a shrunk tape of each for the quick test")
    return parser.parse_args()


def main() -> int:
    """Finds what was asked for; 1 if a mistake was not found."""
    asked = _parsed()
    names = asked.names or list(PLANTS)
    seeds = range(asked.first, asked.first + asked.limit)
    rows = []
    with ProcessPoolExecutor(asked.workers) as pool:
        for found, tape in pool.map(partial(find, seeds=seeds, finds=asked.finds), names):
            rows.append(found)
            print(f"{found.name}: {found.finds} of {found.seeds} seeds, first {found.first}: {found.what}", flush=True)
            if asked.keep and tape is not None:
                keep(found.name, tape)
    print(table(rows))
    return 1 if any(row.first is None for row in rows) else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.sim.planted", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main())
