"""`python -m tests.bench.child rescan ITEMS`: does one piece of work in a process of its own, and prints what it cost.

What is resident is asked of a process that did nothing else, and each turn has the same beginning.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from syncd.engine.look_here import look_here
from tests.bench.filling import Recipe
from tests.bench.made_up import made_up
from tests.bench.rows.ingest import in_new_folder, paged, take_in
from tests.bench.spent import CHECKOUT, Spent


def rescan(items: int) -> Spent:
    """Looks at the whole folder of a settled mirror, in which nothing changed."""
    with made_up(Recipe(items)) as mirror:
        changes = mirror.store.changes
        before, began = time.process_time(), time.perf_counter()
        look_here(mirror, full=True)
        wall, cpu = time.perf_counter() - began, time.process_time() - before
        assert mirror.store.changes == changes and not mirror.eyes.restless and not mirror.eyes.missing
    return Spent(wall, cpu, _resident())


def _resident() -> int:
    """The most bytes that were resident since this program began. (What `getrusage` tells has in it what was resident
    of the process that started it.)"""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def in_a_child(work: str, items: int) -> Spent:
    """Has a piece of work done by a process of its own."""
    command = [sys.executable, "-m", "tests.bench.child", work, str(items)]
    told = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return Spent(**json.loads(told.stdout))


def ingest(items: int) -> Spent:
    """Takes in a whole delta of so many entries, into a new database."""
    pages = paged(items)
    before, began = time.process_time(), time.perf_counter()
    in_new_folder(lambda path: take_in(path, pages))
    wall, cpu = time.perf_counter() - began, time.process_time() - before
    return Spent(wall, cpu, _resident())


WORKS = {"rescan": rescan, "ingest": ingest}

if __name__ == "__main__":
    print(json.dumps(asdict(WORKS[sys.argv[1]](int(sys.argv[2])))))
