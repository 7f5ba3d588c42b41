"""The checks of what runs: the configuration, the daemon and the service."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.cli.doctor.findings import About, Finding
from syncd.cli.service import work
from syncd.cli.service.manager import ServiceFailed, user_name
from syncd.cli.service.places import Place, place
from syncd.config import ConfigError, Settings
from syncd.core.errors import Busy
from syncd.daemon import Daemon, Document


def mistakes(error: ConfigError) -> list[Finding]:
    """Each mistake of a configuration that cannot be used."""
    about = About("configuration")
    return [about.problem(mistake, error.remedy, 78) for mistake in error.mistakes]


def configuration(settings: Settings) -> Finding:
    """The configuration can be used, and has a mirror."""
    about = About("configuration")
    if not settings.mirrors:
        try:
            settings.require_mirrors()
        except ConfigError as error:
            return about.problem(error.mistakes[0], error.remedy, 78)
    file = settings.paths.config
    names = ", ".join(mirror.name for mirror in settings.mirrors)
    return about.fine(f"{file if file.exists() else 'the environment'} has {names}")


def daemon(settings: Settings) -> tuple[Finding, dict[str, Document]]:
    """A daemon answers; and what it says of each mirror that it serves, by name."""
    about, found = About("daemon"), Daemon(settings.paths.socket)
    try:
        if not found.is_running():
            return about.warning(
                "no daemon runs: nothing is synced but by `syncd sync`", "`syncd service install`, or `syncd run`."
            ), {}
        listed = found.status()["mirrors"]
    except Busy as error:
        return about.of(error), {}
    served = {str(each["name"]): each for each in listed} if isinstance(listed, list) else {}
    if left := sorted({mirror.name for mirror in settings.mirrors} - set(served)):
        return about.warning(
            f"the daemon does not serve {', '.join(left)}", "Have it read the configuration again: restart it."
        ), served
    states = ", ".join(f"{name} is {each['state']}" for name, each in served.items())
    return about.fine(f"it runs: {states}"), served


def service() -> Finding:
    """The unit is installed, enabled and runs: the user's own, or else that of the system for this user."""
    about = About("service")
    try:
        found = work.standing(_installed())
    except ServiceFailed as error:
        return about.warning(error.message, error.remedy)
    return _of_unit(about, found)


def _installed() -> Place:
    own, me = place(for_system=False, user=None), user_name()
    if work.is_installed(own) or me == "root":
        return own
    systems = place(for_system=True, user=me)
    return systems if work.is_installed(systems) else own


def _of_unit(about: About, found: Mapping[str, object]) -> Finding:
    unit, scope = found["unit"], "--user " if found["scope"] == "user" else ""
    if not found["installed"]:
        return about.warning(f"{unit} is not installed", "`syncd service install` has it start by itself.")
    if found["active"] == "failed":
        return about.problem(
            f"{unit} ended with {found['exit_code']} ({found['result']})",
            f"See `journalctl {scope}-e -u {unit}`, then `systemctl {scope}restart {unit}`.",
        )
    if found["active"] != "active":
        return about.warning(f"{unit} is {found['active']}", f"`systemctl {scope}start {unit}`.")
    if not found["enabled"]:
        return about.warning(f"{unit} runs, but does not start by itself", "Run `syncd service install` again.")
    if found["linger"] is False:
        return about.warning(
            f"{unit} runs for as long as you are logged in", "`syncd service install --linger` keeps it running."
        )
    return about.fine(f"{unit} runs and starts by itself")
