"""`python -m tests.sim.windows`: plays every situation, and says what came of it; see `--help`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tests.sim.__main__ import _keep, _kind
from tests.sim.windows.play import SETTINGS, Plan, Played, play, situations_of


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim.windows", description="Plays short situations at every seam with every act."
    )
    parser.add_argument(
        "--settings",
        default="usual",
        help=f"by semicolon, or all: {'; '.join(SETTINGS)}",
    )
    parser.add_argument("--only", default="", help="only situations in whose names this is")
    parser.add_argument("--thin", type=int, default=1, help="play one in so many windows")
    parser.add_argument("--seed", type=int, default=1, help="which of them, and where it is killed")
    parser.add_argument("--crash", action="store_true", help="kill the process later in the same cycle")
    parser.add_argument("--kills", type=int, default=0, help="kill it at so many seams, and play the cycle after that")
    parser.add_argument("--calls", action="store_true", help="also between system calls")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="write the shrunk tape of each kind of finding to this folder")
    return parser.parse_args()


def main() -> int:
    """Plays what was asked for; 1 if a promise was broken."""
    asked = _parsed()
    settings = list(SETTINGS) if asked.settings == "all" else [name.strip() for name in asked.settings.split(";")]
    if unknown := [name for name in settings if name not in SETTINGS]:
        print(f"no such setting: {', '.join(unknown)}; see --help", file=sys.stderr)
        return 2
    jobs = [(setting, name) for setting in settings for name in situations_of(setting) if asked.only in name]
    plan = Plan(thin=asked.thin, seed=asked.seed, crash=asked.crash, calls=asked.calls, kills=asked.kills)
    one = partial(_one, plan=plan)
    if asked.workers == 1:
        return _report(map(one, jobs), asked.keep)
    with ProcessPoolExecutor(asked.workers) as pool:
        return _report(pool.map(one, jobs), asked.keep)


def _one(job: tuple[str, str], plan: Plan) -> Played:
    return play(*job, plan)


def _report(results: Iterable[Played], folder: Path | None) -> int:
    runs = crashes = findings = 0
    tapes: dict[str, dict[str, Any]] = {}
    print("| setting | situation | seams | runs | findings |", "|---|---|---:|---:|---:|", sep="\n")
    for played in results:
        runs, crashes, findings = runs + played.runs, crashes + played.crashes, findings + len(played.findings)
        print(f"| {played.setting} | {played.situation} | {played.seams} | {played.runs} | {len(played.findings)} |")
        for what, tape in played.findings:
            if tapes.setdefault(_kind(what), tape) is tape:
                print(f"  {what}\n  {tape['steps'][-1]}", flush=True)
        sys.stdout.flush()
    print(f"runs: {runs}, crashes: {crashes}, findings: {findings}, of {len(tapes)} kinds")
    if folder is not None:
        _keep(tapes, folder)
    return 1 if tapes else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.sim.windows", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main())
