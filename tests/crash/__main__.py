"""`python -m tests.crash`: kills every scenario at every passage, and at every one of every recovery; see `--help`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.crash.explore import Explored, explore
from tests.crash.play import Death, play
from tests.crash.points import EVERY
from tests.crash.scenarios import Scenario, every


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kills at every crash point, twice.")
    parser.add_argument("--only", default="", help="scenarios with this in their name, as --list prints it")
    parser.add_argument("--death", choices=[death.name.lower() for death in Death], help="usually each of them")
    parser.add_argument("--singles", action="store_true", help="no pairs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="the scenarios")
    parser.add_argument("--trace", type=int, nargs="*", help="the one scenario, killed at these passages, in full")
    return parser.parse_args()


def _one(job: tuple[Scenario, Death, bool]) -> tuple[str, Explored, float]:
    scenario, death, pairs = job
    began = time.process_time()
    return f"{scenario}, {death.value}", explore(scenario, death, pairs=pairs), time.process_time() - began


def _show(scenario: Scenario, death: Death, kills: list[int]) -> int:
    played = play(scenario, kills, death)
    print("\n".join(played.trace), played.end, sep="\n")
    return 1 if played.violation else 0


def main() -> int:
    """Runs what was asked for; 1 if a kill broke something, or a point was not reached."""
    asked = _parsed()
    scenarios = [scenario for scenario in every() if asked.only in str(scenario)]
    deaths = [death for death in Death if asked.death in (None, death.name.lower())]
    if asked.list:
        print("\n".join(map(str, scenarios)))
        return 0
    if asked.trace is not None:
        return _show(scenarios[0], deaths[0], asked.trace)
    jobs = [(scenario, death, not asked.singles) for death in deaths for scenario in scenarios]
    done, spent = Explored(), 0.0
    with ProcessPoolExecutor(asked.workers) as pool:
        for name, explored, seconds in pool.map(_one, jobs):
            done.add(explored)
            spent += seconds
            words = f"{explored.kills.total()} kills, {explored.seconds.total()} pairs, {explored.runs} runs"
            print(f"{name}: {words}, {seconds:.1f} s", *explored.found[:3], sep="\n    ", flush=True)
    return _report(done, spent, whole=not asked.only)


def _report(done: Explored, spent: float, *, whole: bool) -> int:
    print(f"\n{'point':26}{'passed':>10}{'kills':>10}{'pairs':>10}")
    for point in EVERY:
        print(f"{point:26}{done.passed[point]:>10}{done.kills[point]:>10}{done.seconds[point]:>10}")
    total = (done.passed.total(), done.kills.total(), done.seconds.total())
    print(f"{'all':26}{total[0]:>10}{total[1]:>10}{total[2]:>10}")
    print(f"{done.runs} runs of different worlds, {spent:.0f} s of CPU, {len(done.found)} broke something")
    missed = [point for point in EVERY if not done.kills[point] and not done.seconds[point]] if whole else []
    unknown = sorted((done.passed + done.seconds).keys() - set(EVERY))
    print(f"never killed: {missed}, not in the list: {unknown}")
    return 1 if done.found or missed or unknown else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.crash", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    sys.exit(main())
