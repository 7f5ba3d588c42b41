"""A Debian with a real systemd, booted in a container of which nothing stays (systemd-nspawn), without a network.

What it takes is made once, in `build/` of the checkout: the Debian by debootstrap, the wheel and those that it needs by
pip. Raises Unbootable with the reason where that cannot be.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MADE = ROOT / "build" / "systemd"
SUITE = "bookworm"
PACKAGES = "systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,polkitd,python3,python3-venv"
DEADLINE = 60.0
PYTHON = "3.11"


class Unbootable(Exception):
    """No machine can be booted here, for this reason."""


def until(holds: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Waits for something, and answers it; fails at the deadline."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        pause.wait(0.2)
    return found


@dataclass
class Machine:
    """A booted machine: `leader` is the process here that is its init."""

    leader: int

    def run(
        self, *command: str, user: str = "root", check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """A command inside, as one of its users, with the user's manager within reach."""
        home = "/root" if user == "root" else f"/home/{user}"
        variables = {"PATH": "/opt/syncd/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C.UTF-8"}
        if user != "root":
            uid = self.run("id", "-u", user).stdout.strip()
            variables["XDG_RUNTIME_DIR"] = f"/run/user/{uid}"
        become = [] if user == "root" else ["runuser", "-u", user, "--"]
        settings = [f"{name}={value}" for name, value in (variables | environ).items()]
        whole = ["nsenter", "--target", str(self.leader), "--all", "--", *become, "env", "-i", *settings, *command]
        ran = subprocess.run(whole, capture_output=True, text=True, errors="replace", check=False, timeout=300, cwd="/")
        if check and ran.returncode:
            raise AssertionError(f"{' '.join(command)} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
        return ran

    def json(self, *command: str, user: str = "root", **environ: str) -> Any:
        """What a command with --json answers, whatever its exit code."""
        return json.loads(self.run(*command, "--json", user=user, check=False, **environ).stdout)

    def write(self, path: str, text: str, user: str = "root") -> None:
        """A file inside."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text, user=user)

    def add_user(self, name: str) -> None:
        """Somebody whose manager runs without a session, as after a login."""
        self.run("useradd", "--create-home", name)
        self.run("loginctl", "enable-linger", name)
        asked = ("systemctl", "--user", "is-system-running")
        until(lambda: "running" in self.run(*asked, user=name, check=False).stdout, f"{name}'s manager runs")


@dataclass(frozen=True)
class Unit:
    """A unit of one of the machine's managers."""

    machine: Machine
    name: str
    user: str = "root"

    @property
    def scope(self) -> Sequence[str]:
        return ["--system"] if self.user == "root" else ["--user"]

    def systemctl(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.machine.run("systemctl", *self.scope, *words, self.name, user=self.user, check=check)

    def shows(self, name: str) -> str:
        return self.systemctl("show", "--value", "-p", name).stdout.strip()

    @property
    def pid(self) -> int:
        return int(self.shows("MainPID"))

    def log(self) -> str:
        field = "_SYSTEMD_UNIT" if self.user == "root" else "_SYSTEMD_USER_UNIT"
        about = "UNIT" if self.user == "root" else "USER_UNIT"
        words = ("journalctl", "--no-pager", "-o", "cat", f"{field}={self.name}", "+", f"{about}={self.name}")
        return self.machine.run(*words).stdout

    def seconds(self, since: str, to: str) -> float:
        """Between two of its time stamps."""
        return (int(self.shows(f"{to}Monotonic")) - int(self.shows(f"{since}Monotonic"))) / 1e6


@contextmanager
def booted() -> Iterator[Machine]:
    """The machine, with syncd in /opt/syncd. Raises Unbootable."""
    _require()
    base, wheels = _base(), _wheels()
    command = ["systemd-nspawn", "--quiet", f"--directory={base}", "--volatile=overlay", "--boot", "--register=no"]
    command += ["--keep-unit", "--private-network", "--console=read-only", f"--bind-ro={wheels}:/wheels"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            machine = _leader(process)
            machine.run("python3", "-m", "venv", "/opt/syncd")
            install = "exec /opt/syncd/bin/pip install --quiet --no-index /wheels/*.whl"
            machine.run("sh", "-c", install)
            yield machine
        finally:
            process.terminate()
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _require() -> None:
    if os.geteuid() != 0:
        raise Unbootable("only root may boot a container")
    for program in ("systemd-nspawn", "debootstrap", "nsenter"):
        if shutil.which(program) is None:
            raise Unbootable(f"{program} is not here (Debian: systemd-container, debootstrap, util-linux)")


def _base() -> Path:
    """The Debian; made anew when what it has changes."""
    base = MADE / "debian"
    stamp = MADE / "debian.made"
    if stamp.exists() and stamp.read_text() == PACKAGES and (base / "usr/lib/systemd/systemd").exists():
        return base
    shutil.rmtree(base, ignore_errors=True)
    MADE.mkdir(parents=True, exist_ok=True)
    _made(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(base)])
    stamp.write_text(PACKAGES)
    return base


def _wheels() -> Path:
    """Our wheel, and those that it needs for the Debian's Python."""
    key = hashlib.sha256((ROOT / "constraints.txt").read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    kept, fresh = MADE / f"wheels-{key[:16]}", MADE / "wheels"
    for old in fresh.glob("*.whl"):
        old.unlink()
    _made([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(fresh)])
    (ours,) = fresh.glob("*.whl")
    if not kept.exists():
        partial = kept.with_suffix(".partial")
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(partial), "--only-binary=:all:"]
        download += ["--python-version", PYTHON, "--constraint", "constraints.txt", str(ours)]
        _made(download)
        (partial / ours.name).unlink(missing_ok=True)
        partial.rename(kept)
    for wheel in kept.glob("*.whl"):
        shutil.copy2(wheel, fresh)
    return fresh


def _made(command: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    ran = subprocess.run(command, cwd=ROOT, env=dict(environ), capture_output=True, text=True, check=False)
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip().splitlines()[-3:]
        raise Unbootable(f"{Path(command[0]).name} {' '.join(command[1:4])} failed: {' | '.join(said)}")


def _leader(process: subprocess.Popen[bytes]) -> Machine:
    """Waits until all is up; Unbootable if it does not come up."""
    said = bytearray()
    threading.Thread(target=_listen, args=(process, said), daemon=True).start()

    def up() -> Machine | None:
        if process.poll() is not None:
            raise Unbootable(f"systemd-nspawn ended: {_last(said)}")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        found = Machine(int(children[0])) if children else None
        if found is None:
            return None
        asked = found.run("systemctl", "is-system-running", check=False).stdout.strip()
        return found if asked in ("running", "degraded") else None

    try:
        found: Machine = until(up, "the machine is up")
    except AssertionError:
        raise Unbootable(f"the machine does not come up: {_last(said)}") from None
    return found


def _listen(process: subprocess.Popen[bytes], said: bytearray) -> None:
    assert process.stdout is not None
    while piece := process.stdout.read1(4096):  # type: ignore[attr-defined]
        said += piece


def _last(said: bytearray) -> str:
    return " | ".join(said.decode(errors="replace").split("\n")[-3:])
