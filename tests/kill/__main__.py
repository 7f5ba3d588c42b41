"""`make kill KILLS=2000`: kills syncd that often, on several mirrors at once, and prints what was counted."""

from __future__ import annotations

import argparse
import math
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.kill.household import Household, Tally

DIALECTS = ("v1", "draft15", "v1", "draft10")
BATCH = 20
LONGEST_LIFE = 100
"""Kills that one mirror lives through before another begins."""


def live(base: Path, dialect: str, seed: int, kills: int, shipped: float, until: float = math.inf) -> Tally:
    """One mirror from its first sync to its last check, through so many kills; after `until` (steady seconds) it only
    settles."""
    with ExitStack() as stack:
        household = Household(base, stack, dialect, seed)
        household.weather.calm = False
        killed = 0
        while killed < kills and time.monotonic() < until and not household.tally.violations:
            for _ in range(min(BATCH, kills - killed)):
                killed += household.kill_one(shipped=household.random.random() < shipped)
            household.settle()
        return household.finish()


def main(arguments: Sequence[str]) -> int:
    """Kills, reports, and answers 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--shipped", type=float, default=0.15, help="the share of lives that are the console script")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=math.inf, help="kill no more after that long")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    began, tally = time.monotonic(), Tally()
    base = Path(tempfile.mkdtemp(prefix="syncd-kill-"))
    shares = [min(LONGEST_LIFE, options.kills - at) for at in range(0, options.kills, LONGEST_LIFE)]

    def one(number: int) -> None:
        dialect = DIALECTS[number % len(DIALECTS)]
        until = began + 60 * options.minutes
        if time.monotonic() > until:
            return
        try:
            told = live(base / str(number), dialect, seed * 1000 + number, shares[number], options.shipped, until)
        except Exception:  # noqa: BLE001 - the other mirrors go on, and the report says it
            told = Tally(violations=[traceback.format_exc()])
        tally.add(told)
        print(f"mirror {number} ({dialect}): {told.kills.total()} kills, {len(told.violations)} violations", flush=True)
        for violation in told.violations:
            print(f"  {violation}", flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        for future in [pool.submit(one, number) for number in range(len(shares))]:
            future.result()
    report(tally, time.monotonic() - began, seed)
    if tally.violations:
        print(f"everything is kept in {base}")
    return bool(tally.violations)


def report(tally: Tally, seconds: float, seed: int) -> None:
    """Prints the figures."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{tally.kills.total()} kills, {len(tally.violations)} violations, seed {seed}, {seconds:.0f} s")
    print(f"CPU seconds of all processes that were started: {used.ru_utime + used.ru_stime:.0f}")
    for name in ("kills", "phases", "left", "codes", "done", "requests", "faults"):
        counted = getattr(tally, name)
        print(f"{name}: {sum(counted.values())}")
        for word, count in sorted(counted.items(), key=lambda pair: -pair[1]):
            print(f"  {count:7d}  {word}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
