"""Runs the user's `on_event` command for events, with the event as a line of JSON on its standard input.

Law: one at a time, in a thread of its own, behind a bounded queue; whatever the command does, no mirror waits for it.
No shell is involved and nothing of an event becomes part of a command line. Its failures are counted.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import structlog

from syncd.core.events import Looking, Transferred
from syncd.daemon.events import told
from syncd.daemon.happenings import Happening
from syncd.daemon.telling import is_told
from syncd.engine import Clock

MOST_WAITING = 100
PATIENCE_SECONDS = 30.0
END_SECONDS = 2.0
# What is ours alone: secrets, and what systemd gave to this process and no other.
_PRIVATE = ("SYNCD_MIRROR__", "SYNCD_TOKEN_", "LISTEN_", "WATCHDOG_", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY")


class Hook:
    """Hears everything; runs the command for the events of the chosen names. `runs` and `failures` are counted."""

    def __init__(self, clock: Clock, *, patience: float = PATIENCE_SECONDS) -> None:
        self._clock = clock
        self._patience = patience
        self._command: tuple[str, ...] = ()
        self._names: frozenset[str] = frozenset()
        self._waiting: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self._running: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._reasons: Counter[str] = Counter()
        self.runs = 0
        self.failures = 0

    def adjust(self, command: Sequence[str], names: Collection[str]) -> None:
        """From now on this command, for events of these names; an empty one for none."""
        self._command, self._names = tuple(command), frozenset(names)

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """Queues the event, if it is wanted."""
        if not self._command or isinstance(happening, Transferred | Looking):
            return
        event = told(mirror, happening, self._clock.now())
        if event is None or event.name not in self._names:
            return
        try:
            self._waiting.put_nowait(json.dumps(event.document).encode() + b"\n")
        except queue.Full:
            self._failed("too slow: an event was left out")

    @contextmanager
    def working(self) -> Iterator[None]:
        """Runs commands while the body runs; what then waits is given a moment."""
        thread = threading.Thread(target=self._work, name="hook", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with suppress(queue.Full):
                self._waiting.put_nowait(None)
            thread.join(END_SECONDS)
            self._ending.set()
            if thread.is_alive() and self._running is not None:
                _kill(self._running)
                thread.join(END_SECONDS)

    def _work(self) -> None:
        while not self._ending.is_set() and (line := self._waiting.get()) is not None:
            if self._command:
                self._run(self._command, line)

    def _run(self, command: Sequence[str], line: bytes) -> None:
        self.runs += 1
        try:
            started = _started(command)
        except (OSError, ValueError) as error:
            self._failed(f"it cannot be started: {getattr(error, 'strerror', None) or error}")
            return
        with started:
            self._running = started
            try:
                started.communicate(line, self._patience)
            except subprocess.TimeoutExpired:
                _kill(started)
                self._failed(f"it was killed: it took longer than {self._patience:g} s")
                return
        self._concluded(started.returncode)

    def _concluded(self, code: int) -> None:
        if code == 0:
            self._reasons.clear()
        else:
            self._failed(f"it ended with {code}" if code > 0 else f"it was ended by signal {-code}")

    def _failed(self, reason: str) -> None:
        self.failures += 1
        self._reasons[reason] += 1
        if is_told(times := self._reasons[reason]):
            structlog.get_logger("syncd").warning(
                "hook-failed", command=self._command[0] if self._command else "", reason=reason, times=times
            )


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the command finds in its environment: ours, without secrets and without what was meant for us alone."""
    return {name: value for name, value in ours.items() if not name.upper().startswith(_PRIVATE)}


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment(os.environ),
    )


def _kill(started: subprocess.Popen[bytes]) -> None:
    """Kills the command and its children."""
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
