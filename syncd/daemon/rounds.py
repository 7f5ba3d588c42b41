"""What the daemon looks after from moment to moment, beside its mirrors: the configuration, the clock, the connection.

Law: a round costs a few system calls. What it finds is told to the mirrors; they decide what follows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from syncd.config import Settings
from syncd.daemon.jumps import Jumps
from syncd.daemon.metered import Connection
from syncd.daemon.mirrors import Mirrors
from syncd.daemon.notify import reloading
from syncd.daemon.reloading import Configuration

MOMENT = 1.0


class Rounds:
    """One `look` every moment, from one thread."""

    def __init__(
        self,
        mirrors: Mirrors,
        configuration: Configuration | None,
        connection: Connection,
        changed: Callable[[Settings], None],
    ) -> None:
        """`changed` is told other settings, once the mirrors go by them."""
        self._mirrors = mirrors
        self._configuration = configuration
        self._connection = connection
        self._changed = changed
        self._jumps = Jumps(time.time, time.monotonic)
        self._log = structlog.get_logger("syncd")

    def look(self) -> None:
        """One round."""
        if self._configuration is not None and self._configuration.is_due():
            with reloading():
                self._reload(self._configuration)
        if jump := self._jumps.jumped():
            self._log.info("clock-jumped", seconds=round(jump, 1))
            for worker in self._mirrors:
                worker.awoke()
        if self._connection.look(wanted=any(worker.minds_metered for worker in self._mirrors)):
            for worker in self._mirrors:
                worker.turned()
        for worker in self._mirrors:
            worker.tune()

    def _reload(self, configuration: Configuration) -> None:
        settings = configuration.read()
        self._mirrors.refused = configuration.error
        if settings is None:
            assert configuration.error is not None
            error = configuration.error
            self._log.error("configuration-refused", message=error.message, remedy=error.remedy)
            return
        changed = self._mirrors.apply(settings)
        self._changed(settings)
        self._log.info(
            "configuration-read",
            added=changed.added,
            removed=changed.removed,
            reopened=changed.reopened,
            told=changed.told,
        )


@contextmanager
def making(rounds: Rounds) -> Iterator[None]:
    """Makes a round every moment, in a thread, while the body runs. A bug in one is told, and the next one made."""
    end = threading.Event()

    def make() -> None:
        while not end.wait(MOMENT):
            try:
                rounds.look()
            except Exception:  # noqa: BLE001 - mirrors go on without rounds, but nobody shall wonder why
                structlog.get_logger("syncd").exception("round-crashed")

    thread = threading.Thread(target=make, name="rounds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
