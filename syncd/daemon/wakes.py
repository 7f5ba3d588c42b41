"""What wakes an engine thread: the watcher, the scheduler, the control socket, and signals.

Law: a wake-up carries no facts, so equal ones count as one and the queue is bounded by their kinds; only operations
that somebody waits for are kept one by one. All of it may be called from any thread, and returns at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from syncd.core.errors import Busy
from syncd.daemon.documents import Answer
from syncd.daemon.operations import Prepared
from syncd.daemon.progress import Progress

MOST_TASKS = 16


class Wake(Enum):
    """Why an engine thread is woken."""

    POLL = auto()  # it is time to ask the remote
    TRUE_UP = auto()  # it is time for a full look at both sides
    EXPIRY = auto()  # it is time to empty the trash of what has expired
    DIRTY = auto()  # something in the folder may have changed
    TURN = auto()  # a rest began or ended
    TOLD = auto()  # other settings hold
    AWOKEN = auto()  # the machine slept, or its clock was set


@dataclass(frozen=True, slots=True)
class Task:
    """An operation that somebody waits for."""

    prepared: Prepared
    reply: Future[Answer] = field(default_factory=Future)


class Wakes:
    """The wake-ups of one mirror. `turn` is pending whenever its thread does anything but wait here."""

    def __init__(self) -> None:
        self.turn = Progress()
        self._condition = threading.Condition()
        self._kinds: set[Wake] = set()
        self._tasks: deque[Task] = deque()
        self._stopping = threading.Event()

    def wake(self, kind: Wake) -> None:
        """Wakes the thread."""
        with self._condition:
            self._kinds.add(kind)
            self._condition.notify_all()

    def give(self, prepared: Prepared) -> Future[Answer]:
        """Has an operation done; the future ends with its answer, or with what it raised. Busy if too many wait."""
        task = Task(prepared)
        with self._condition:
            if self._stopping.is_set():
                raise Busy("the daemon is ending")
            if len(self._tasks) >= MOST_TASKS:
                raise Busy("too many commands wait for this mirror")
            self._tasks.append(task)
            self._condition.notify_all()
        return task.reply

    def stop(self) -> None:
        """Ends the thread's work; whoever still waits for an operation is told."""
        with self._condition:
            self._stopping.set()
            self._condition.notify_all()

    def wait(self, timeout: float) -> tuple[set[Wake], Task | None]:
        """Waits for the next wake-up or operation, at most so many seconds; answers all kinds since the last call."""
        with self._condition, self._waiting():
            self._condition.wait_for(lambda: self._kinds or self._tasks or self._stopping.is_set(), max(0.0, timeout))
            kinds, self._kinds = self._kinds, set()
            return kinds, self._tasks.popleft() if self._tasks else None

    def refuse_all(self) -> None:
        """Tells everyone who still waits that nothing comes of it."""
        with self._condition:
            tasks, self._tasks = list(self._tasks), deque()
        for task in tasks:
            if task.reply.set_running_or_notify_cancel():
                task.reply.set_exception(Busy("the daemon is ending"))

    def sleep(self, seconds: float) -> None:
        """Sleeps, but not on after `stop`."""
        with self._waiting():
            self._stopping.wait(seconds)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.turn.pending(pending=False)
        try:
            yield
        finally:
            self.turn.pending(pending=True)

    @property
    def stopping(self) -> bool:
        """Whether the process is to end."""
        return self._stopping.is_set()

    @property
    def asked(self) -> bool:
        """Whether somebody waits for an operation."""
        return bool(self._tasks)
