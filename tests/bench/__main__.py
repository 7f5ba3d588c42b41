"""`python -m tests.bench` measures all figures (`make bench`); `--check` only counts, and fails where a count is over
its bound (`make bench-check`): on a machine that does other things too, seconds prove nothing."""

from __future__ import annotations

import sys

from tests.bench.counts import counts
from tests.bench.figure import main
from tests.bench.idle import idle
from tests.bench.start import start
from tests.bench.stop import stop

if __name__ == "__main__":
    main(counts, *(() if "--check" in sys.argv else (start, stop, idle)))
