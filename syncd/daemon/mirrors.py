"""All mirrors that a daemon serves, each with a worker of its own; and what becomes of them when the settings change.

Law: a mirror whose identity did not change goes on as it is. One that is opened anew begins once its old worker has
ended, so no two of ours ever work on one mirror.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from syncd.config import DaemonSettings, MirrorSettings, Settings
from syncd.core.errors import SyncdError
from syncd.daemon.adjusting import is_same
from syncd.daemon.documents import Document
from syncd.daemon.exits import error_document
from syncd.daemon.worker import Worker

Hire = Callable[[MirrorSettings, DaemonSettings, Worker | None], Worker]
"""Makes the worker of a mirror, which begins when another one (if given) has ended."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of other settings, by the mirrors' names."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


class Mirrors(Sequence[Worker]):
    """The workers in the order of the configuration; may be read from any thread, and shows what holds now."""

    def __init__(self, settings: Settings, hire: Hire) -> None:
        self._hire = hire
        self._lock = threading.Lock()
        self._settings = settings
        self._leaving: list[Worker] = []
        self.refused: SyncdError | None = None
        """Why the configuration that is there is not the one that holds."""
        self._workers = tuple(hire(section, settings.daemon, None) for section in settings.require_mirrors())

    def start(self) -> None:
        """Has all begin."""
        for worker in self._workers:
            worker.start()

    def apply(self, settings: Settings) -> Changed:
        """Has other settings hold from now on. Returns at once; what ends or begins anew does so by itself."""
        changed = Changed()
        with self._lock:
            self._leaving = [worker for worker in self._leaving if worker.lives]
            before = {worker.name: worker for worker in self._workers}
            fresh = settings.daemon != self._settings.daemon
            workers = []
            for section in settings.mirrors:
                worker, old = before.pop(section.name, None), self._settings.mirror(section.name)
                if worker is None or old is None:
                    workers.append(self._begin(section, settings, None))
                    changed.added.append(section.name)
                elif not is_same(section, old):
                    workers.append(self._begin(section, settings, worker))
                    changed.reopened.append(section.name)
                else:
                    workers.append(worker)
                    if fresh or section != old:
                        worker.told(section, settings.daemon)
                        changed.told.append(section.name)
            for name, worker in before.items():
                self._leave(worker)
                changed.removed.append(name)
            self._workers, self._settings = tuple(workers), settings
        return changed

    def _begin(self, section: MirrorSettings, settings: Settings, old: Worker | None) -> Worker:
        if old is not None:
            self._leave(old)
        else:
            old = next((worker for worker in self._leaving if worker.name == section.name), None)
        worker = self._hire(section, settings.daemon, old)
        worker.start()
        return worker

    def _leave(self, worker: Worker) -> None:
        worker.stop()
        self._leaving.append(worker)

    def status(self) -> Document:
        """The `status` document."""
        errors = [] if self.refused is None else [error_document(self.refused)]
        return {"daemon": "running", "errors": errors, "mirrors": [worker.standing() for worker in self._workers]}

    def end(self, seconds: float) -> None:
        """Ends all. TimeoutError, naming them, if some have not come to their end in so many seconds."""
        end = time.monotonic() + seconds
        with self._lock:
            everyone = [*self._workers, *self._leaving]
        for worker in everyone:
            worker.stop()
        late = [worker.name for worker in everyone if not worker.join(max(0.0, end - time.monotonic()))]
        if late:
            raise TimeoutError(f"not ended in time: {', '.join(late)}")

    @overload
    def __getitem__(self, at: int) -> Worker: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Worker]: ...
    def __getitem__(self, at: int | slice) -> Worker | Sequence[Worker]:
        return self._workers[at]

    def __len__(self) -> int:
        return len(self._workers)

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)
