"""A daemon as a process of its own, and what the kernel tells of it (proc(5))."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.daemon import Daemon
from tests.bench.spent import CHECKOUT
from tests.bench.world import World

DEADLINE = 3600.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far: seconds of the processor, and bytes that it had written to the disk; and what it
    holds now, in bytes: all that is resident, and what of it is its own alone."""

    cpu: float
    written: int
    resident: int
    own: int


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon that runs. `began`: when it was started (Unix time); `ready`: seconds from then to READY, `cpu_ready`:
    what that took of the processor."""

    process: subprocess.Popen[bytes]
    began: float
    ready: float
    cpu_ready: float

    def usage(self) -> Usage:
        """What it has used so far."""
        proc = Path("/proc") / str(self.process.pid)
        io = _table(proc / "io", 1)
        memory = _table(proc / "smaps_rollup", 1024)
        own = memory["Private_Clean"] + memory["Private_Dirty"]
        return Usage(_cpu(proc), io["write_bytes"] - io["cancelled_write_bytes"], memory["Rss"], own)

    def end(self, number: int = signal.SIGTERM) -> float:
        """Sends a signal; the seconds until the process was gone."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(DEADLINE)
        return time.monotonic() - began


def _cpu(proc: Path) -> float:
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _table(file: Path, unit: int) -> dict[str, int]:
    """Lines of `name: number`, the number in the unit."""
    lines = (line.split() for line in file.read_text().splitlines() if ":" in line)
    return {parts[0].rstrip(":"): int(parts[1]) * unit for parts in lines if len(parts) > 1 and parts[1].isdigit()}


@contextmanager
def running(made: World) -> Iterator[Running]:
    """`syncd run`, ready, while the body runs; killed at the end if it still runs."""
    address = made.path / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, (made.path / "log").open("wb") as log:
        listener.bind(str(address))
        listener.settimeout(DEADLINE)
        environ = {**made.environ, "NOTIFY_SOCKET": str(address)}
        at, began = time.time(), time.monotonic()
        with subprocess.Popen(made.command("run"), cwd=CHECKOUT, env=environ, stderr=log) as process:
            try:
                while not listener.recv(4096).startswith(b"READY=1"):
                    pass
                ready = time.monotonic() - began
                yield Running(process, at, ready, _cpu(Path("/proc") / str(process.pid)))
            finally:
                process.kill()
                address.unlink(missing_ok=True)


def until_settled(made: World, items: int = 0) -> None:
    """Waits for the running daemon to have nothing left to do, and at least so many items."""
    daemon = Daemon(made.path / "run" / "control.sock")

    def settled() -> bool:
        mirrors = daemon.status()["mirrors"]
        assert isinstance(mirrors, list)
        return bool(mirrors[0]["settled"]) and mirrors[0]["items"] >= items

    until(settled)


def until(condition: Callable[[], bool], pause: float = 0.1) -> None:
    """Waits for a condition. TimeoutError when it never comes to that."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it never came to that")
        time.sleep(pause)
