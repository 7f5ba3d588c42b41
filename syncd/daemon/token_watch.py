"""Notices, without a request, that somebody logged in.

Law: it only ever compares what `lstat` tells of the token file; what is in it is the remote's.
"""

from __future__ import annotations

from pathlib import Path

from syncd.core.errors import LoginNeeded, SyncdError
from syncd.store.keyring import KeyringUnavailable

Signature = tuple[int, int, int]


class TokenWatch:
    """Watches the token file of a mirror's state folder, from `begin` on."""

    def __init__(self, state: Path) -> None:
        self._path = state / "token.json"
        self._seen: Signature | None = None

    @property
    def is_on(self) -> bool:
        """Whether a login is waited for."""
        return self._seen is not None

    def begin(self) -> None:
        """Waits for another token than the one that is there."""
        self._seen = self._signature()

    def met(self, error: SyncdError) -> None:
        """What ended a cycle: after one that a login mends, another token is waited for."""
        if isinstance(error, LoginNeeded | KeyringUnavailable):
            self.begin()

    def end(self) -> None:
        """Waits no longer."""
        self._seen = None

    def has_changed(self) -> bool:
        """Whether there is another token; if so, it is waited for no longer."""
        if self._seen is None or self._signature() == self._seen:
            return False
        self._seen = None
        return True

    def _signature(self) -> Signature:
        """What changes when the file does; zeros if there is none."""
        try:
            found = self._path.lstat()
        except OSError:
            return 0, 0, 0
        return found.st_ino, found.st_mtime_ns, found.st_size
