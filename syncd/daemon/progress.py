"""Whether work that is pending moves: what the hang detector and systemd's watchdog go by.

Law: no clock and no thread in here; whoever asks says what time it is. Telling may happen from any thread and costs
next to nothing, asking is for one thread.

    progress.pending(True)       work is to be done: an action is under way, or was left over with nothing to wait for
    progress.moved()             an action, a page or some bytes are done
    progress.standing(now)       0.0 if nothing is pending; else the seconds since it was seen to move last
    progress.pending(False)      done, or waiting for something with a name: a person, a back-off, the network, a pause

A mirror has two of them (worker.py). `turn` is about its engine thread: pending while a cycle or an operation runs, and
moved by every event of the engine. A turn that stands for minutes is a thread that hangs, which only a new process
heals: the watchdog's business. `work` is about the mirror: pending until everything is settled or waits for something
that `status` names, and moved by what is finished only. Work that stands is told in `status` and the log; a new
process would not help.
"""

from __future__ import annotations

import threading


class Progress:
    """Counts what is finished, and tells how long nothing was although work is pending. Starts with nothing pending."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._pending = False
        self._seen: int | None = None
        self._since = 0.0

    def moved(self, by: int = 1) -> None:
        """Something is finished: an action, a page, bytes. What is 0 did not move."""
        with self._lock:
            self._count += by

    def pending(self, pending: bool) -> None:  # noqa: FBT001 - the one thing that is told
        """Whether work is pending from now on. Work that begins has not stood yet; told again it changes nothing."""
        with self._lock:
            if pending is not self._pending:
                self._pending, self._seen = pending, None

    def standing(self, now: float) -> float:
        """For how many seconds pending work has not moved, as far as was asked: 0.0 when asked first after a move.

        `now` is steady seconds, from one clock that never goes back. Ask at least every few seconds.
        """
        with self._lock:
            if not self._pending or self._seen != self._count:
                self._seen, self._since = self._count, now
            return now - self._since
