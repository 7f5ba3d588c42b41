"""A systemd whose tools are small programs: they note what they were asked for, and answer from files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.blackbox.desk import Desk

SYSTEMCTL = """#!/bin/sh
echo "$0 $*" | sed 's#.*/##' >> "$FAKE/asked"
case "$*" in
  --version) echo "systemd $(cat "$FAKE/version") (x)"; exit ;;
  *"show --property=Version"*)
    test ! -e "$FAKE/away" || { echo 'Failed to connect to bus: No medium found' >&2; exit 1; } ;;
  *" show "*) cat "$FAKE/shown" ;;
esac
for word in $(cat "$FAKE/failing" 2>/dev/null); do
  case " $* " in *" $word "*) echo "Job for $word failed." >&2; exit 1 ;; esac
done
exit 0
"""


@dataclass
class Systemd:
    """Where the tools are, and what they are to say."""

    path: Path

    def shows(self, **properties: object) -> None:
        (self.path / "shown").write_text("".join(f"{name}={value}\n" for name, value in properties.items()))

    def fails(self, *words: str) -> None:
        (self.path / "failing").write_text(" ".join(words))

    def asked(self) -> list[str]:
        """What was done since the last call, without what only looks."""
        file = self.path / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line for line in lines if " show " not in line and "--version" not in line]


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("systemctl", "loginctl"):
        (tools / name).write_text(SYSTEMCTL)
        (tools / name).chmod(0o755)
    (tools / "version").write_text("252")
    monkeypatch.setenv("FAKE", str(tools))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    found = Systemd(tools)
    found.shows(LoadState="not-found", ActiveState="inactive", MainPID=0)
    return found


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    return make()
