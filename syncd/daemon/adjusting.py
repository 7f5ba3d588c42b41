"""Has an opened mirror go by other settings, where that needs no new beginning.

Law: what says which mirror it is (`IDENTITY`) is never changed in an opened one.
"""

from __future__ import annotations

from syncd.config import DaemonSettings, MirrorSettings
from syncd.daemon.opening import Pool, policy_of
from syncd.engine import Mirror
from syncd.remotes.faces import Remote, Traffic

IDENTITY = (
    "name",
    "state",
    "kind",
    "folder",
    "server",
    "dialect",
    "minor_version",
    "client_id",
    "client_secret",
)
"""A mirror in which one of these differs is closed and opened anew; all else is taken on as it runs."""


def is_same(one: MirrorSettings, other: MirrorSettings) -> bool:
    """Whether what was opened by the one can go on by the other."""
    return all(getattr(one, key) == getattr(other, key) for key in IDENTITY)


def adjust(mirror: Mirror, settings: MirrorSettings, daemon: DaemonSettings) -> None:
    """Takes the settings on. On the mirror's own thread, while nothing travels. Repeatable."""
    mirror.policy = policy_of(settings, daemon.transfers)
    if isinstance(mirror.pool, Pool):
        mirror.pool.resize(daemon.transfers)


def tune(remote: Remote, settings: MirrorSettings, *, limited: bool) -> None:
    """Has files travel as the settings say; `limited`: now is an hour in which the limits hold. Repeatable."""
    up, down = settings.upload_kib_per_second, settings.download_kib_per_second
    remote.tune(Traffic(up if limited else 0, down if limited else 0))
