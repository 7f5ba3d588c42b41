"""What a command cost, as the kernel counted it: wait4(2), for the command with all that it waited for."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


class CommandFailed(Exception):
    """A command that is measured did not come to a good end."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the wall and of the processor; the most that was resident, in bytes."""

    wall: float
    cpu: float
    resident: int


def spent(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Spent:
    """Runs a command, its output into a file; what it cost. CommandFailed, with the end of the output, unless it ends
    with 0."""
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}: {process.returncode}\n{log.read_text(errors='replace')[-2000:]}")
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
