"""What the demo stands on: a folder with an embedded Sta.sh, a mirror of it, and a configuration of its own.

Law: nothing of the user's own syncd is read or touched: settings come from the demo's file and folder alone.
"""

from __future__ import annotations

import os
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from syncd.config import Settings, load
from syncd.core.errors import Misconfigured
from syncd.core.token import Token
from syncd.remotes.registry import kinds
from syncd.server import Login
from syncd.store.tokens import TokenFile

MIRROR = "demo"
CONFIG = """# The demo's own configuration. {script} is syncd with this file and the demo's own state.
[daemon]
poll_seconds = 1
poll_max_seconds = 2

[mirror.{mirror}]
folder = "{folder}"
server = "{server}"
client_id = "{client_id}"
client_secret = "{client_secret}"
settle_seconds = 0.5
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The places of a demo, all in one folder."""

    base: Path

    @property
    def server(self) -> Path:
        """What the embedded Sta.sh keeps."""
        return self.base / "server"

    @property
    def folder(self) -> Path:
        """The mirrored folder."""
        return self.base / "Stash"

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.base / "config.toml"

    @property
    def script(self) -> Path:
        """syncd, with the demo's configuration and state."""
        return self.base / "syncd"

    def port(self) -> int:
        """The port that a demo in this folder had before, since a mirror stays with its server; 0 for none."""
        try:
            document = tomllib.loads(self.config.read_text(encoding="utf-8"))
            return urlsplit(document["mirror"][MIRROR]["server"]).port or 0
        except (FileNotFoundError, KeyError, ValueError):
            return 0

    def claim(self) -> bool:
        """Makes the folder, and answers whether it is new; Misconfigured if it holds something else."""
        if self.config.exists() and self.server.exists():
            return False
        if self.base.exists() and any(self.base.iterdir()):
            raise Misconfigured(
                f"{self.base} is not empty and holds no demo", remedy="Name another --dir, or none for a new folder."
            )
        self.base.mkdir(parents=True, exist_ok=True)
        return True

    def furnish(self, login: Login) -> Settings:
        """Writes configuration, token and script for this login; answers the settings."""
        text = CONFIG.format(
            script=self.script,
            mirror=MIRROR,
            folder=self.folder,
            server=login.server,
            client_id=login.client_id,
            client_secret=login.client_secret,
        )
        _write(self.config, text, 0o600)
        state, runtime = self.base / "state", self.base / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        places = {"SYNCD_STATE_DIR": str(state), "SYNCD_RUNTIME_DIR": str(runtime)}
        settings = load(self.config, places, kinds=kinds())
        mirror = settings.require_mirrors()[0]
        TokenFile(mirror.state).save(Token(login.access_token, login.refresh_token, login.expires_at))
        assigned = " ".join(f"{name}={shlex.quote(value)}" for name, value in places.items())
        command = f"{shlex.quote(sys.executable)} -m syncd --config {shlex.quote(str(self.config))}"
        _write(self.script, f'#!/bin/sh\n{assigned} exec {command} "$@"\n', 0o700)
        return settings


def _write(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
