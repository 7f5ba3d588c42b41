"""Notices that the configuration is to be read anew, and reads it: a word (SIGHUP), or another file at its place.

Law: what makes no sense changes nothing: the settings that held go on to hold, and the mistakes are told until they are
mended. The environment of the process is what it was at its start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from syncd.config import Settings
from syncd.core.errors import Misconfigured, SyncdError

Load = Callable[[], Settings]
"""Reads the configuration; raises ConfigError, or another SyncdError."""


class Configuration:
    """The configuration of a running daemon. `want` may be called from a signal's handler or from any thread, and
    `error` be read by any; the rest is for one thread."""

    def __init__(self, file: Path, load: Load) -> None:
        self._file = file
        self._load = load
        self._wanted = threading.Event()
        self._seen = self._signature()
        self._settling: tuple[int, ...] | None = None
        self.error: SyncdError | None = None
        """Why the file that is there is not what holds; None if it does."""

    def want(self) -> None:
        """Somebody wants it read anew, whether the file changed or not."""
        self._wanted.set()

    def is_due(self) -> bool:
        """Whether it is to be read now: somebody said so, or the file is another one than was read, and was the same at
        the last call, so that nobody is in the middle of writing it. Costs one system call."""
        signature = self._signature()
        rests, self._settling = signature == self._settling, signature
        return self._wanted.is_set() or (rests and signature != self._seen)

    def read(self) -> Settings | None:
        """The settings, or None if they make no sense: then `error` says why."""
        self._wanted.clear()
        self._seen = self._signature()  # before it is read: a later change is seen later
        try:
            found = self._load()
            found.require_mirrors()
        except SyncdError as error:
            remedy = f"Mend {self._file}: what held before goes on to hold until it makes sense."
            self.error = Misconfigured(error.message, remedy=remedy)
            return None
        self.error = None
        return found

    def _signature(self) -> tuple[int, ...]:
        """What changes when the file does; empty while there is none."""
        try:
            found = self._file.stat()
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
