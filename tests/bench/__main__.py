"""`python -m tests.bench` measures (`make bench`); `--check` only counts, and fails where a count is over its bound
(`make bench-check`): on a machine that does other things too, seconds prove nothing."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from tests.bench import peers
from tests.bench.options import Options
from tests.bench.page import write_page
from tests.bench.runner import FAILED, FAMILIES, run
from tests.bench.spent import CHECKOUT
from tests.bench.table import Kept


def main() -> None:
    """Reads the options, and measures."""
    if "--check" in sys.argv:
        from tests.bench.counts import counts
        from tests.bench.figure import main as check

        check(counts)
    given = _parser().parse_args()
    options = Options(
        pairs=given.pairs or (2 if given.quick else 5),
        only=given.items,
        sizes=tuple(given.sizes or ((1_000, 10_000) if given.quick else Options().sizes)),
        seconds=given.seconds,
        quick=given.quick,
    )
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that servers are ended too
    peers.install()
    docs = CHECKOUT / "docs"
    keep = not (given.quick or given.dry)
    kept = Kept(docs / "benchmarks.json") if keep else None
    rows = [] if given.page else run(given.rows or list(FAMILIES), options, kept)
    if kept is not None:
        write_page(kept.families, list(FAMILIES), docs)
        draw(given.plots, docs)
    sys.exit(any(row.missing.startswith(FAILED) for row in rows))


def draw(python: str, docs: Path) -> None:
    """Draws the plots by a process of its own, as matplotlib brings numpy, which would slow what is measured."""
    subprocess.run([python, "-m", "tests.bench.plots", str(docs)], cwd=CHECKOUT, check=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=list(FAMILIES), help="measure only these")
    parser.add_argument("--pairs", type=int, help="turns of ours and the yardstick (5)")
    parser.add_argument("--items", type=int, help="so many items instead of each row's own number")
    parser.add_argument("--sizes", type=int, nargs="+", help="the numbers of items of the curves")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a daemon at rest is watched (60)")
    parser.add_argument("--quick", action="store_true", help="few items and two pairs, to try it; writes no page")
    parser.add_argument("--dry", action="store_true", help="only print; writes no page")
    parser.add_argument("--page", action="store_true", help="only write the page anew from what was measured")
    parser.add_argument("--plots", default=sys.executable, metavar="PYTHON", help="the Python that has matplotlib")
    parser.add_argument("--check", action="store_true", help="count instead of measuring; fail where a bound is broken")
    return parser


if __name__ == "__main__":
    main()
