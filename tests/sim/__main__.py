"""`python -m tests.sim --seeds N`: runs simulations and says what came of them; see `--help`."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.sim.improviser import SWITCHES
from tests.sim.run import Outcome, run_seed, run_tape, shrunk


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description="Simulates mirrors under an adversary.")
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--schedule", type=int, help="one schedule for all workloads; usually the seed itself")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--machines", type=int, choices=(1, 2), help="usually drawn by the seed")
    parser.add_argument("--only", default="", help=f"only these faults, by comma, or none: {', '.join(SWITCHES)}")
    parser.add_argument("--trace", type=int, metavar="SEED", help="one seed, with everything that happened")
    parser.add_argument("--tape", type=Path, help="one tape, with everything that happened")
    parser.add_argument("--keep", type=Path, help="write the shrunk tape of each kind of failure to this folder")
    parser.add_argument("--verbose", action="store_true", help="print the faults of every seed")
    return parser.parse_args()


def _one(job: tuple[int, int, int | None, frozenset[str] | None]) -> tuple[int, Outcome, float]:
    """The seed, what came of it, and how many seconds of a core it took."""
    seed, schedule, machines, only = job
    began = time.process_time()
    outcome = run_seed(seed, schedule, machines=machines, only=only)
    return seed, outcome, time.process_time() - began


def _show(outcome: Outcome) -> int:
    print("\n".join(outcome.trace))
    print(json.dumps(outcome.tape["setting"]))
    return 1 if outcome.violation else 0


def main() -> int:
    """Runs what was asked for; 1 if a promise was broken."""
    asked = _parsed()
    only = None if not asked.only else frozenset(asked.only.split(",")) - {"none"}
    if unknown := sorted((only or frozenset()) - set(SWITCHES)):
        print(f"no such fault: {', '.join(unknown)}; see --help", file=sys.stderr)
        return 2
    if asked.tape:
        return _show(run_tape(json.loads(asked.tape.read_text(encoding="utf-8"))))
    if asked.trace is not None:
        return _show(run_seed(asked.trace, asked.schedule or asked.trace, machines=asked.machines, only=only))
    seeds = range(asked.first, asked.first + asked.seeds)
    jobs = [(s, s if asked.schedule is None else asked.schedule, asked.machines, only) for s in seeds]
    began = time.monotonic()
    if asked.workers > 1:
        with ProcessPoolExecutor(asked.workers, initializer=_go_on) as pool:
            return _report(pool.map(_one, jobs, chunksize=8), asked, began)
    return _report(map(_one, jobs), asked, began)


def _report(results: Any, asked: argparse.Namespace, began: float) -> int:
    faults: Counter[str] = Counter()
    kinds: dict[str, list[int]] = {}
    tapes: dict[str, dict[str, Any]] = {}
    count, steps, seconds, spent = 0, 0, 0.0, 0.0
    for seed, outcome, took in _until_stopped(results):
        count, steps, seconds, spent = count + 1, steps + outcome.steps, seconds + outcome.seconds, spent + took
        faults += outcome.faults
        if asked.verbose:
            print(f"seed {seed}: {outcome.steps} steps, faults on {', '.join(outcome.kinds)}: {dict(outcome.faults)}")
        if outcome.violation:
            kind = _kind(str(outcome.violation))
            kinds.setdefault(kind, []).append(seed)
            if len(outcome.tape["steps"]) < len(tapes.get(kind, outcome.tape | {"steps": [None] * 999})["steps"]):
                tapes[kind] = outcome.tape
            print(f"seed {seed}: {outcome.violation}", flush=True)
    print(f"seeds: {count}, from {asked.first} on")
    print(f"simulated time: {seconds / 3600:.1f} hours")
    print(f"steps: {steps}, {steps / max(1, count):.1f} a seed")
    print(f"faults injected: {faults.total()}")
    for name, times in sorted(faults.items(), key=lambda fault: (-fault[1], fault[0])):
        print(f"  {times:7}  {name}")
    print(f"violations: {sum(map(len, kinds.values()))}")
    for kind, found in sorted(kinds.items()):
        print(f"  {len(found):7}  {kind} (first with seed {min(found)})")
    wall = time.monotonic() - began
    print(
        f"seeds a second: {count / wall:.1f} with {asked.workers} workers, {count / spent:.1f} for each core's second"
    )
    if asked.keep:
        _keep(tapes, asked.keep)
    return 1 if kinds else 0


def _go_on() -> None:
    """A worker plays on when the run is stopped: the process that began it ends it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _until_stopped(results: Any) -> Any:
    """The results, until somebody stops the run: what was played until then is told all the same."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield from results


def _kind(words: str) -> str:
    """Violations of one kind differ in names and numbers only."""
    kept = re.sub(r"'[^']*'|\"[^\"]*\"|\b[vph]\d+\b|\bempty\b|\d+|\bon [ab]\b|\b[ab] does", "_", words)
    return kept[:110]


def _keep(tapes: dict[str, dict[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (kind, tape) in enumerate(sorted(tapes.items())):
        small = shrunk(tape, lambda violation, kind=kind: _kind(str(violation)) == kind)  # type: ignore[misc]
        outcome = run_tape(small)
        path = folder / f"found-{number}.json"
        path.write_text(written({"what": str(outcome.violation), **small}), encoding="utf-8")
        print(f"{path}: {kind}")


def written(tape: dict[str, Any]) -> str:
    """A tape as a file: one step a line."""
    head = {key: value for key, value in tape.items() if key != "steps"}
    lines = ",\n".join("    " + json.dumps(step, ensure_ascii=True) for step in tape["steps"])
    return json.dumps(head, indent=2)[:-2] + ',\n  "steps": [\n' + lines + "\n  ]\n}\n"


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.sim", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    sys.exit(main())
