"""On what machine, and with which programs, something was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path

from tests.bench.peers import PACKAGES, version


def machine() -> dict[str, str]:
    """Processor, memory, kernel, load and versions."""
    return {
        "processor": f"{os.cpu_count()} x {_first('/proc/cpuinfo', 'model name')}",
        "memory": _first("/proc/meminfo", "MemTotal"),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        **{name: told for name in PACKAGES if (told := version(name))},
    }


def _first(file: str, key: str) -> str:
    """The value of the first line that begins with the key."""
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == key), "unknown")
