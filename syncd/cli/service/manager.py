"""Asks systemd: the user's own manager, or the system's.

Law: every refusal becomes a `ServiceFailed` that says what to do; nothing here waits for a person.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncd.cli.output import plain
from syncd.core.errors import SyncdError

PATIENCE_SECONDS = 150.0
LINGERING = Path("/var/lib/systemd/linger")
PROPERTIES = (
    *("LoadState", "UnitFileState", "ActiveState", "SubState", "MainPID", "StatusText", "Result", "ExecMainStatus"),
    *("NRestarts", "FragmentPath", "NeedDaemonReload"),
)


class ServiceFailed(SyncdError):
    """systemd is not here, or does not do what it was asked for."""

    remedy = "See `journalctl -e`."


@dataclass(frozen=True, slots=True)
class Manager:
    """One of systemd's managers; `for_system` is the one of the whole system."""

    for_system: bool = False

    @property
    def scope(self) -> list[str]:
        """The option that tells every tool which manager is meant."""
        return ["--system"] if self.for_system else ["--user"]

    def version(self) -> int:
        """The number of systemd's version. ServiceFailed if there is no systemd."""
        found = re.search(r"systemd (\d+)", self._ran(["systemctl", "--version"]).stdout)
        return int(found.group(1)) if found else 0

    def require(self) -> None:
        """ServiceFailed if this manager cannot be asked here."""
        ran = self._ran(["systemctl", *self.scope, "show", "--property=Version"])
        if ran.returncode:
            raise ServiceFailed(f"systemd's {self._name} does not answer: {_said(ran)}", remedy=self._remedy())

    def tell(self, *words: str) -> None:
        """One systemctl command. ServiceFailed if it fails. Waits until a started unit is ready."""
        ran = self._ran(["systemctl", *self.scope, "--no-ask-password", *words])
        if ran.returncode:
            logs = "journalctl -e -u" if self.for_system else "journalctl --user -e -u"
            raise ServiceFailed(
                f"systemctl {' '.join(words)} failed: {_said(ran)}", remedy=f"See `{logs} {words[-1]}` for the reason."
            )

    def show(self, unit: str) -> Mapping[str, str]:
        """What the manager knows of a unit, by property; of one that does not exist too."""
        ran = self._ran(["systemctl", *self.scope, "show", "--property=" + ",".join(PROPERTIES), unit])
        pairs = (line.partition("=") for line in ran.stdout.splitlines())
        return {name: value for name, _, value in pairs}

    def _ran(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return ran(command)

    @property
    def _name(self) -> str:
        return "system manager" if self.for_system else "manager of this user"

    def _remedy(self) -> str:
        if self.for_system:
            return "This system was not booted by systemd: have its own supervisor run `syncd run`."
        return (
            "Log in as this user (not by su or sudo), or run `loginctl enable-linger` and set "
            "XDG_RUNTIME_DIR=/run/user/$(id -u); or use --system; or have another supervisor run `syncd run`."
        )


def ran(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs one of systemd's tools. ServiceFailed if it is not here or does not end."""
    program = shutil.which(command[0])
    if program is None:
        raise ServiceFailed(
            f"{command[0]} is not here: this system has no systemd",
            remedy="Have the system's own supervisor run `syncd run`, or start it in a terminal.",
        )
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    try:
        return subprocess.run(  # noqa: S603 - systemd's tools by their names, no shell
            [program, *command[1:]],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=environ,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ServiceFailed(f"{command[0]} {command[-1]} did not end within {PATIENCE_SECONDS:.0f} s") from None


def user_name() -> str:
    """Who runs this process."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def lingers(user: str) -> bool:
    """Whether the user's manager runs from boot on, without a session."""
    return (LINGERING / user).exists()


def linger(user: str, *, on: bool) -> None:
    """Has the user's manager run from boot on, or no longer. ServiceFailed if that is refused."""
    word = "enable-linger" if on else "disable-linger"
    done = ran(["loginctl", "--no-ask-password", word, user])
    if done.returncode:
        raise ServiceFailed(f"loginctl {word} failed: {_said(done)}", remedy=f"Run `sudo loginctl {word} {user}`.")


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return plain(lines[0]) if lines else f"code {done.returncode}"
