"""How a command gets at a mirror: through the daemon if one serves it, else by itself.

Law: a command never waits for a lock; without one, and without a daemon to ask, it says so (exit code 75).
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.config import MirrorSettings, Settings
from syncd.core.errors import Busy, SyncdError
from syncd.daemon.arguments import Argument
from syncd.daemon.client import Daemon, NotServed, narrowed, told
from syncd.daemon.documents import Answer
from syncd.daemon.opening import Wiring, bind, looking, opened
from syncd.daemon.operations import Access, Prepared, failed, prepare
from syncd.daemon.standing import standing

DAEMON_ONLY = frozenset({"pause", "resume"})
SHOWN = frozenset({"sync"})
"""What takes so long that whoever waits wants to see how it goes."""


def perform(
    settings: Settings, wiring: Wiring, mirror: str, operation: str, arguments: Mapping[str, Argument]
) -> Answer:
    """Performs an operation on a mirror, wherever that has to be done.

    Never raises a SyncdError: it becomes a document and an exit code. KeyError for an operation or mirror that does
    not exist, ValueError for wrong arguments.
    """
    try:
        daemon = Daemon(settings.paths.socket)
        if daemon.is_running():
            try:
                if operation in SHOWN:
                    return daemon.perform_shown(mirror, operation, arguments, wiring.listener)
                return daemon.perform(mirror, operation, arguments)
            except NotServed:
                pass  # it was started before this mirror, or by an older version
        if operation in DAEMON_ONLY:
            raise Busy("no daemon is running", remedy="Start it with `syncd run`.")
        if operation == "status":
            return Answer(standing(_known(settings, mirror), wiring))
        return perform_here(settings, wiring, mirror, prepare(operation, arguments))
    except SyncdError as error:
        return failed(operation, mirror, error)


def perform_here(settings: Settings, wiring: Wiring, mirror: str, prepared: Prepared) -> Answer:
    """Performs it in this process."""
    section = _known(settings, mirror)
    if prepared.access is Access.LOOK:
        with looking(section, wiring) as found:
            return prepared.act(found)
    with opened(section, settings.daemon.transfers, wiring) as found:
        if prepared.access is Access.BIND:
            bind(found, section.server)
        return prepared.act(found)


def status(settings: Settings, wiring: Wiring, mirror: str | None = None) -> Answer:
    """The whole status document, of all mirrors or one; from the daemon if one runs."""
    document = told(settings.paths.socket)
    if document is None:
        mirrors = [standing(section, wiring) for section in settings.mirrors]
        document = {"daemon": "stopped", "mirrors": mirrors}
    return Answer(narrowed(document, mirror))


def _known(settings: Settings, mirror: str) -> MirrorSettings:
    found = settings.mirror(mirror)
    if found is None:
        raise KeyError(mirror)
    return found
