"""Where configuration, state and socket stand.

The order is a person's word (command line, SYNCD_*), then systemd's (STATE_DIRECTORY and its like), then the
platform's custom. Nothing is made here.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from platformdirs import PlatformDirs
from platformdirs.api import PlatformDirsABC

CONFIG_NAME = "config.toml"


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one user's syncd. `config_named`: a person named the file, so it must be there."""

    config: Path
    config_named: bool
    state: Path
    runtime: Path
    credentials: Path | None

    @property
    def socket(self) -> Path:
        """The daemon's control socket."""
        return self.runtime / "control.sock"

    def mirror_state(self, mirror: str) -> Path:
        """The folder of one mirror's database, token and lock."""
        return self.state / mirror


def locate(file: Path | None, environ: Mapping[str, str]) -> Paths:
    """Find the places; `file` is the one named on the command line."""
    platform = PlatformDirs("syncd", appauthor=False)
    named = file or _path(environ, "SYNCD_CONFIG")
    folder = _path(environ, "CONFIGURATION_DIRECTORY") or platform.user_config_path
    state = _path(environ, "SYNCD_STATE_DIR") or _path(environ, "STATE_DIRECTORY") or platform.user_state_path
    return Paths(
        config=named or folder / CONFIG_NAME,
        config_named=named is not None,
        state=state,
        runtime=_path(environ, "SYNCD_RUNTIME_DIR") or _path(environ, "RUNTIME_DIRECTORY") or _runtime(platform, state),
        credentials=_path(environ, "CREDENTIALS_DIRECTORY"),
    )


def _runtime(platform: PlatformDirsABC, state: Path) -> Path:
    """The platform's folder for sockets; without a session of its own, one that no other user can make before us."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = platform.user_runtime_path
    # platformdirs warns, but only once a process, when all it has left is `runtime-<uid>` in the temporary folder.
    public = folder.parent.parent == Path(gettempdir()) and folder.parent.name.startswith("runtime-")
    return state / ".run" if public else folder  # no mirror's name begins with a dot


def _path(environ: Mapping[str, str], variable: str) -> Path | None:
    """The absolute path in a variable; systemd may give several, of which the first is ours."""
    value = environ.get(variable, "")
    if variable.endswith("_DIRECTORY"):
        value = value.split(":")[0]
    return Path(value).expanduser().absolute() if value else None
