"""Installs, removes and looks at a unit.

Law: a unit that somebody else wrote is never replaced or removed; the mirror's state, its folder and the configuration
are never touched.
"""

from __future__ import annotations

from pathlib import Path

from syncd.cli.service import units
from syncd.cli.service.manager import ServiceFailed, linger, lingers
from syncd.cli.service.places import Place
from syncd.cli.service.units import Installation
from syncd.config import Settings
from syncd.daemon import Daemon, Document


def install(where: Place, made: Installation, settings: Settings) -> None:
    """Writes, enables and starts; what runs already is started anew. Repeatable. ServiceFailed says what is wrong."""
    manager = where.manager
    manager.require()
    _check_folders(where, settings)
    _check_free(where, settings)
    if where.drop_in is None:
        _write(where.file, units.user_unit(made))
    else:
        _write(where.file, units.system_unit(made))
        _write(where.drop_in, units.drop_in(made))
    manager.tell("daemon-reload")
    manager.tell("enable", "--quiet", where.unit)
    manager.tell("restart", where.unit)


def uninstall(where: Place) -> bool:
    """Ends, disables and removes it, and the lingering that came with it; whether there was anything. Repeatable."""
    if not is_installed(where):
        return False
    manager = where.manager
    _require_ours(where.file)
    ours_to_end = units.ends_linger(where.file.read_text(encoding="utf-8"))
    manager.tell("disable", "--quiet", "--now", where.unit)
    if where.drop_in is not None:
        _remove(where.drop_in)
    if where.drop_in is None or not _other_instances(where):
        _remove(where.file)
    manager.tell("daemon-reload")
    if manager.show(where.unit).get("ActiveState") == "failed":
        manager.tell("reset-failed", where.unit)
    if ours_to_end:
        linger(where.user, on=False)
    return True


def is_installed(where: Place) -> bool:
    """Whether there is a unit of this user."""
    return where.file.exists() if where.drop_in is None else where.drop_in.exists()


def standing(where: Place) -> Document:
    """How the unit stands. ServiceFailed if systemd cannot be asked."""
    where.manager.require()
    found = where.manager.show(where.unit)
    active = found.get("ActiveState", "")
    return {
        "unit": where.unit,
        "scope": "system" if where.manager.for_system else "user",
        "file": str(where.file),
        "installed": is_installed(where),
        "enabled": found.get("UnitFileState") == "enabled",
        "active": active,
        "state": found.get("SubState", ""),
        "status": found.get("StatusText", ""),
        "pid": int(found.get("MainPID") or 0) or None,
        "restarts": int(found.get("NRestarts") or 0),
        "result": found.get("Result", ""),
        "exit_code": int(found.get("ExecMainStatus") or 0),
        "linger": None if where.manager.for_system else lingers(where.user),
    }


def _check_folders(where: Place, settings: Settings) -> None:
    """An instance of the system sees only what was there to be bound."""
    for mirror in settings.mirrors if where.manager.for_system else ():
        if not mirror.folder.is_dir():
            raise ServiceFailed(
                f"{mirror.folder} is not there, and only what is there can be given to the service",
                remedy=f"Mount it, or make it: `sudo -u {where.user} mkdir -p '{mirror.folder}'`; then install again.",
            )


def _check_free(where: Place, settings: Settings) -> None:
    """A daemon that was started by hand keeps the service from starting."""
    ours = where.manager.show(where.unit).get("ActiveState") in ("active", "reloading", "activating")
    if not ours and Daemon(settings.paths.socket).is_running():
        raise ServiceFailed("a daemon runs already", remedy="End that `syncd run` first; then install again.")


def _other_instances(where: Place) -> bool:
    mine = where.drop_in.parent if where.drop_in else None
    return any(folder != mine for folder in where.file.parent.glob("syncd@*.service.d"))


def _write(file: Path, text: str) -> None:
    _require_ours(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise ServiceFailed(
            f"{file} cannot be written: {error.strerror}",
            remedy="For --system, run it as root: `sudo syncd service ...`.",
        ) from error


def _require_ours(file: Path) -> None:
    try:
        if file.exists() and not units.is_ours(file.read_text(encoding="utf-8")):
            raise ServiceFailed(
                f"{file} was not written by syncd", remedy="Move it away if you no longer need it; then try again."
            )
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceFailed(f"{file} cannot be read: {error}", remedy="Mend its permissions.") from error


def _remove(file: Path) -> None:
    """The file, and the folders that were made for it if nothing else is in them."""
    try:
        file.unlink(missing_ok=True)
        folder = file.parent
        while folder.name in ("user", "systemd") or folder.name.endswith(".service.d"):
            folder.rmdir()
            folder = folder.parent
    except OSError as error:
        if file.exists():
            raise ServiceFailed(f"{file} cannot be removed: {error.strerror}", remedy="Run it as root.") from error
