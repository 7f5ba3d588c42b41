"""A daemon as a process of its own: `python -m tests.daemon.process CONFIG END_SECONDS`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from syncd import log
from syncd.config import Settings, load
from syncd.daemon import Wiring
from syncd.daemon.run import run
from tests.daemon.home import build_remote

if __name__ == "__main__":

    def read() -> Settings:
        """The configuration as it is now."""
        return load(Path(sys.argv[1]), os.environ, kinds=("stash",))

    settings = read()
    log.configure("debug", "json", sys.stderr)
    sys.exit(run(settings, Wiring(build_remote), end_seconds=float(sys.argv[2]), load=read))
