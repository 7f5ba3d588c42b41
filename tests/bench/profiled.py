"""`python -m tests.bench.profiled OUT MODULE ARGUMENT...`: runs a module with a profiler in each thread, and writes
where the processor's time went.

cProfile follows one thread and counts waiting; so each thread has its own, whose clock is that thread's time of the
processor, and the sums are put together at the end. Profiling makes Python's calls dearer, and C's not: the shares are
to be read as such, and the whole is what the run took without it.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import re
import runpy
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

CHECKOUT = Path(__file__).parents[2]
LINES = 14


@dataclass(frozen=True, slots=True)
class Line:
    """One function: its share in percent; seconds of its own, and with what it calls; how often it was called."""

    share: float
    own: float
    whole: float
    calls: int
    function: str


class Profilers:
    """A profiler for each thread, from its first call on."""

    def __init__(self) -> None:
        self._all: list[cProfile.Profile] = []

    def follow(self, _frame: FrameType | None = None, _event: str = "", _argument: Any = None) -> None:
        """Begins to profile this thread."""
        profiler = cProfile.Profile(time.thread_time)
        self._all.append(profiler)
        profiler.enable()

    def lines(self) -> list[Line]:
        """The functions with the most time of their own."""
        stats = pstats.Stats(*self._all)
        told: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
        total = sum(own for _, _, own, _, _ in told.values()) or 1.0
        most = sorted(told.items(), key=lambda entry: entry[1][2], reverse=True)[:LINES]
        return [
            Line(100 * own / total, own, whole, calls, _named(*function))
            for function, (_, calls, own, whole, _) in most
        ]


def _named(file: str, line: int, function: str) -> str:
    """A function as it is called in the tables: without what is particular to this machine."""
    if file == "~":
        return re.sub(r" object at 0x[0-9a-f]+", "", function)
    short = re.sub(r".*/(?:site-packages|lib/python[\d.]+)/", "", file.removeprefix(f"{CHECKOUT}/"))
    return f"{short}:{line} {function}"


def main(out: Path, module: str, arguments: list[str]) -> None:
    """Runs the module as a program would be, and writes the profile."""
    profilers = Profilers()
    sys.argv = [module, *arguments]
    threading.setprofile(profilers.follow)
    profilers.follow()
    with suppress(SystemExit):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    out.write_text(json.dumps([asdict(line) for line in profilers.lines()]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
