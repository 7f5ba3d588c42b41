"""`python -m tests.bench.start --items 100000`: from the start to READY, as systemd would be told, and `syncd status`.

What others do on the machine counts in wall time and not in the processor's, so the bounds hold the latter. (The real
time is at least as long, and printed too.)
"""

from __future__ import annotations

import resource
import subprocess
import time

from tests.bench.big import CHECKOUT, Big, big
from tests.bench.daemon import running
from tests.bench.figure import Figure, main

TRIES = 5


def start(items: int, _seconds: float) -> list[Figure]:
    """How long a start takes, and an answer of `status`: the best of a few."""
    made = big(items)
    with made.server():
        starts, answers, alone = [], [], []
        for _ in range(TRIES):
            with running(made) as daemon:
                starts.append((daemon.ready, daemon.cpu_ready))
                answers.append(_status(made))
                daemon.end()
            alone.append(_status(made))
    return [
        Figure("start to READY", min(wall for wall, _ in starts), "s"),
        Figure("start to READY: of the processor", min(cpu for _, cpu in starts), "s", 2.0),
        Figure("syncd status", min(wall for wall, _ in answers), "s"),
        Figure("syncd status: of the processor", min(cpu for _, cpu in answers), "s", 0.7),
        Figure("syncd status without a daemon", min(wall for wall, _ in alone), "s"),
        Figure("syncd status without one: of the processor", min(cpu for _, cpu in alone), "s"),
    ]


def _status(made: Big) -> tuple[float, float]:
    """Seconds of the wall and of the processor (the command's own) until `syncd status` answered."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = made.command("status")
    subprocess.run(command, cwd=CHECKOUT, env=made.environ, check=True, stdout=subprocess.DEVNULL)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(start)
