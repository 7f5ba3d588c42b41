"""The programs of others that we measure beside: Debian's packages, installed where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

PACKAGES = {"rclone": "rclone", "unison": "unison", "nginx": "nginx-light", "curl": "curl", "find": "findutils"}
"""Each program, and the package that has it."""
SYSTEM_PATHS = "/usr/sbin:/sbin"


class NotInstalled(Exception):
    """A program that a row needs is not here."""


def peer(name: str) -> str:
    """Where a program is. NotInstalled if it is not here."""
    found = _found(name)
    if found is None:
        raise NotInstalled(f"not installed: {PACKAGES[name]}")
    return found


@cache
def version(name: str) -> str:
    """How a program names itself; "" where it is not here."""
    flag = {"nginx": "-v", "unison": "-version", "rclone": "version"}.get(name, "--version")
    if (found := _found(name)) is None:
        return ""
    told = subprocess.run([found, flag], capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).strip().splitlines()[0]


def install() -> None:
    """Installs what is missing, if we are root and there is apt-get; says what it does. Their services stay off."""
    missing = sorted(package for name, package in PACKAGES.items() if _found(name) is None)
    apt = shutil.which("apt-get")
    if not missing or apt is None or os.geteuid() != 0:
        return
    print(f"installing {', '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = [apt, "install", "--quiet", "--yes", "--no-install-recommends", *missing]
    if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
        subprocess.run([apt, "update", "--quiet"], env=quiet, stdout=subprocess.DEVNULL, check=False)
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def _found(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATHS}")
