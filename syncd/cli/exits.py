"""How a command ends, beside what errors ask for: those are mapped in `syncd.daemon.exits`, once for all."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The codes that only a command line knows (interface.md, Commands)."""

    DONE = 0
    LEFT = 1  # something is left, or what was asked could not be done
    USAGE = 2
    BUG = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143
