"""The configuration: one TOML file and the environment become frozen, validated settings.

Every mistake is found in one go and named by its key; nothing past this room ever checks a setting again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from syncd.config.alone import alone

with alone():
    from syncd.config.mistakes import ConfigError, described
    from syncd.config.paths import Paths, locate
    from syncd.config.sections import DaemonSettings, Dialect, MirrorSettings
    from syncd.config.seeds import seeded
    from syncd.config.sources import gather
    from syncd.config.validate import Checked, check

__all__ = ["ConfigError", "DaemonSettings", "Dialect", "MirrorSettings", "Paths", "Settings", "load"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a whole process is told: the daemon's settings, the mirrors in the file's order, and where things stand."""

    daemon: DaemonSettings
    mirrors: tuple[MirrorSettings, ...]
    paths: Paths

    def mirror(self, name: str) -> MirrorSettings | None:
        """The mirror of that exact name, if there is one."""
        return next((mirror for mirror in self.mirrors if mirror.name == name), None)

    def require_mirrors(self) -> tuple[MirrorSettings, ...]:
        """All mirrors; raises ConfigError, saying how to make one, when none is configured."""
        if self.mirrors:
            return self.mirrors
        file = self.paths.config
        there = f"{file} has no [mirror.NAME] section" if file.exists() else f"there is no configuration at {file}"
        raise ConfigError(
            [f"mirror: none is configured: {there}"],
            source="the configuration",
            remedy=f"Copy config.example.toml to {file} and set `folder` and `client_id` of [mirror.stash]; "
            "or try `syncd demo`, which needs no configuration.",
        )


def load(path: Path | None, environ: Mapping[str, str], *, kinds: Collection[str]) -> Settings:
    """Read the file and the environment into settings, or raise ConfigError with every mistake.

    `path` is the file that a person named on the command line, or None: then SYNCD_CONFIG, systemd's
    CONFIGURATION_DIRECTORY and the platform's own folder are asked, in this order. A file that somebody named must
    be there; without any file the settings are the defaults and have no mirror. `kinds` are the kinds of remote that
    exist. Folders that nobody names come from platformdirs, which reads the process's own environment.
    """
    paths = locate(path, environ)
    gathered = gather(paths, environ)
    checked: Checked = check(gathered.document, paths, kinds, gathered.origins)
    mistakes = [*gathered.mistakes, *checked.mistakes]
    mirrors = tuple(seeded(mirror, paths, environ, mistakes) for mirror in checked.mirrors)
    if mistakes or checked.daemon is None:
        raise ConfigError(mistakes, source=described(paths.config))
    return Settings(checked.daemon, mirrors, paths)
