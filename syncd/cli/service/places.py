"""What a unit must know of this installation, found out here: program, configuration, credentials, folders."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.cli.service.manager import Manager, ServiceFailed, user_name
from syncd.cli.service.units import SYSTEM_UNIT, USER_UNIT, Installation
from syncd.config import Settings

SYSTEM_UNITS = Path("/etc/systemd/system")
SYSTEM_CONFIGURATION = Path("/etc/syncd")
CREDENTIALS = "credentials"
SECRETS = ("token", "client_secret")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the unit of one user stands. `drop_in` is there for an instance of the system's only."""

    user: str
    manager: Manager
    unit: str
    file: Path
    drop_in: Path | None

    @property
    def configuration(self) -> Path | None:
        """The configuration that an instance of the system finds by itself."""
        return SYSTEM_CONFIGURATION / self.user / "config.toml" if self.manager.for_system else None


def place(*, for_system: bool, user: str | None, environ: Mapping[str, str] = os.environ) -> Place:
    """The place of this user's unit, or of `user`'s in the system's manager. ServiceFailed if nobody is meant."""
    if not for_system:
        if user is not None:
            raise ServiceFailed("--user goes with --system only", remedy="Run the command as that user instead.")
        base = Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
        return Place(user_name(), Manager(), USER_UNIT, base / "systemd" / "user" / USER_UNIT, None)
    name = user or environ.get("SUDO_USER") or user_name()
    if name == "root":
        raise ServiceFailed("whose stash is it? syncd does not run as root", remedy="Name somebody with --user NAME.")
    home_of(name)
    unit = SYSTEM_UNIT.replace("@", f"@{name}")
    return Place(
        name, Manager(for_system=True), unit, SYSTEM_UNITS / SYSTEM_UNIT, SYSTEM_UNITS / f"{unit}.d" / "syncd.conf"
    )


def home_of(user: str) -> Path:
    """A user's home. ServiceFailed if there is no such user."""
    try:
        return Path(pwd.getpwnam(user).pw_dir)
    except KeyError:
        raise ServiceFailed(f"there is no user {user!r}", remedy="Name one who exists with --user NAME.") from None


@contextmanager
def at_home(where: Place) -> Iterator[None]:
    """Has `~` mean the home of the one whose unit it is, while the body reads the configuration."""
    before = os.environ.get("HOME")
    if where.manager.for_system:
        os.environ["HOME"] = str(home_of(where.user))
    try:
        yield
    finally:
        if before is not None:
            os.environ["HOME"] = before


def named_configuration(where: Place, named: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration that the unit is to read: the one that was named, then the system's own, then the user's."""
    if named is not None or environ.get("SYNCD_CONFIG") or where.configuration is None:
        return named
    own = home_of(where.user) / ".config" / "syncd" / "config.toml"
    return where.configuration if where.configuration.exists() or not own.exists() else own


def installation(
    where: Place, settings: Settings, *, linger: bool, environ: Mapping[str, str] = os.environ
) -> Installation:
    """All that the units are made from. ServiceFailed if there is no systemd."""
    file = settings.paths.config.absolute()
    is_found = file == where.configuration or not file.exists()
    return Installation(
        command=[*_program(), *([] if is_found or where.manager.for_system else ["--config", str(file)]), "run"],
        folders=[mirror.folder for mirror in settings.mirrors],
        manager=where.manager.version(),
        environment=_environment(where, None if is_found else file, environ),
        credentials=list(_credentials(settings, file.parent / CREDENTIALS)),
        programs=sorted({Path(sys.prefix), Path(sys.base_prefix), Path(_program()[0]).parent}),
        configuration=None if is_found else file,
        linger=linger,
    )


def _program() -> list[str]:
    """The command beside this interpreter, or the interpreter with our package."""
    script = Path(sys.executable).parent / "syncd"
    return [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-m", "syncd"]


def _environment(where: Place, file: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """A user's instance keeps state and socket where this shell has them; one of the system is told its own."""
    if where.manager.for_system:
        return {} if file is None else {"SYNCD_CONFIG": str(file)}
    named = ("SYNCD_STATE_DIR", "SYNCD_RUNTIME_DIR", "XDG_STATE_HOME")
    return {name: str(Path(environ[name]).expanduser().absolute()) for name in named if environ.get(name)}


def unseen(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables of this shell that are settings here and will be none of the service's."""
    known = ("SYNCD_CONFIG", "SYNCD_STATE_DIR", "SYNCD_RUNTIME_DIR")
    return sorted(name for name in environ if name.upper().startswith("SYNCD_") and name not in known)


def _credentials(settings: Settings, folder: Path) -> Iterator[tuple[str, Path]]:
    """Those that lie beside the configuration, in files named like the credential."""
    for mirror in settings.mirrors:
        for secret in SECRETS:
            name = f"{mirror.name}.{secret}"
            if not (folder / name).exists():
                continue
            if not str(folder).isprintable():
                raise ServiceFailed(f"{str(folder)!r} cannot be written into a unit", remedy="Rename that folder.")
            yield name, folder / name
