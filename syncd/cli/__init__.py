"""The commands, and the wiring of all the rest: settings, remotes, daemon, errors to exit codes."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

AT_ONCE = 100_000
"""Objects, more than a start makes. What it imports stays, so to search that for garbage finds nothing."""


def main() -> NoReturn:
    """The console script."""
    gc.set_threshold(AT_ONCE)
    from syncd.cli.command_line import run

    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        exec("")  # noqa: S102 - CPython ends `-m` by SIGINT if one came during an `exec`, as dataclasses do; this forgets
        gc.freeze()  # what is left goes with the process, and need not be searched before
