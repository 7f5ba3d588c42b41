"""`python -m tests.bench` measures all figures; `--check` fails where a bound is broken (`make bench`)."""

from __future__ import annotations

from tests.bench.figure import main
from tests.bench.idle import idle
from tests.bench.start import start
from tests.bench.stop import stop

if __name__ == "__main__":
    main(start, stop, idle)
