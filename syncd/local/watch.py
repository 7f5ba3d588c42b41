"""Wakes the engine when something in the mirrored folder may have changed.

Law: events carry no facts (design.md, section 1). They only mark paths to look at; they may be lost, doubled, reordered
or wrong. What cannot be told apart is `lost`: look at everything. watchdog's threads do nothing but mark.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection

from watchdog.events import (
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from syncd.local.descent import INNER
from syncd.local.notify import EXHAUSTED, Descriptor, Observer
from syncd.local.root import Root
from syncd.local.watching import Watching

RETRY_AFTER_CHECKS = 60
"""While polling, only every so many checks try to watch again: on a large folder each try walks all of it."""
CATCH_UP_SECONDS = 5.0
WANTED: list[type[FileSystemEvent]] = [
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
"""All but opening and reading, which we do ourselves, and DirModifiedEvent, which only repeats what else is told."""


class Watcher:
    """Watches one mirrored folder, if the system lets it.

    Without watches the state is POLLING: no thread runs, nothing is marked, and the daemon looks at the whole folder at
    intervals. (watchdog's own polling would do the same look, and hold all of it in memory, besides ours.)

    `mark` gets relative paths of files and directories; of a directory anything below it may have changed. `lost` says
    that anything may have changed. Both are called from other threads, and must return at once.
    """

    def __init__(self, root: Root, mark: Callable[[Collection[str]], None], lost: Callable[[], None]) -> None:
        self._root = root
        self._lost = lost
        self._mark = mark
        self._observer: Observer | None = None
        self._descriptor: Descriptor | None = None
        self._watched: tuple[int, int] | None = None
        self._state = Watching.OFF
        self._checks = 0
        self._echo = threading.Event()  # what `catch_up` did has come back

    @property
    def state(self) -> Watching:
        """How changes are noticed right now."""
        if self._descriptor is not None and self._descriptor.exhausted:
            return Watching.POLLING
        return self._state

    def start(self) -> None:
        """Begins to watch. Whatever happened before is unknown, so look at everything after it. May be repeated.

        Takes a system call for each directory, in the caller's thread. Without watches or folder: see `state`.
        """
        self.stop()
        self._checks = 0
        try:
            self._watched = self._identity()
            top = self._root.path.resolve()  # inotify is told not to follow links
            self._descriptor = Descriptor(os.fsencode(top / INNER), self._lost)
            self._observer = Observer(self._descriptor)
            self._echo = threading.Event()
            self._echo.set()
            handler = _Handler(str(top), self._mark, self._lost, self._echo)
            self._observer.schedule(handler, str(top), recursive=True, event_filter=WANTED)
            self._observer.start()
        except OSError as error:
            self.stop()
            self._state = Watching.POLLING if error.errno in EXHAUSTED else Watching.OFF
            return
        self._state = Watching.INOTIFY
        if self._descriptor.exhausted:
            self._poll()

    def stop(self) -> None:
        """Ends watching, and waits for watchdog's threads to end. May be repeated."""
        observer, self._observer, self._descriptor = self._observer, None, None
        self._state = Watching.OFF
        if observer is not None:
            observer.stop()
            if observer.is_alive():
                observer.join()

    def check(self) -> None:
        """To be called now and then (a few seconds): heals what broke, and tells `lost` when events may be missing.

        A dead thread, an overflow, or another directory at the folder's path: watches anew. Exhausted watches: polling.
        """
        if self._sound():
            return
        if self.state is Watching.POLLING:
            if not self._may_watch_again():
                return
        elif self._identity_or_none() is None:
            self._fold()
            return
        self.start()
        self._lost()

    def catch_up(self, seconds: float = CATCH_UP_SECONDS) -> None:
        """Waits until all that happened before is marked; where that is not certain after so many seconds, it is lost.

        A change of our own passes through the same queue as the user's, behind them: `.syncd` is touched, and the event
        of that awaited. FolderMissing if the folder is another one.
        """
        echo = self._echo
        if self.state is Watching.INOTIFY and echo.is_set():  # else one of before may yet come, and say nothing of now
            with self._root.top() as top:
                echo.clear()
                try:
                    os.utime(INNER, dir_fd=top, follow_symlinks=False)
                    if echo.wait(seconds):
                        return
                except OSError:
                    echo.set()  # none will come
        self._lost()

    def _may_watch_again(self) -> bool:
        if self._descriptor is not None:
            self._poll()
            self._lost()
        self._checks += 1
        return self._checks >= RETRY_AFTER_CHECKS

    def _sound(self) -> bool:
        observer, descriptor = self._observer, self._descriptor
        if observer is None or descriptor is None or descriptor.exhausted or descriptor.doubtful:
            return False
        return observer.lives and self._identity_or_none() == self._watched

    def _poll(self) -> None:
        """Gives the watches back, as other programs of the user need them too."""
        self.stop()
        self._checks = 0
        self._state = Watching.POLLING

    def _fold(self) -> None:
        """The folder is gone."""
        if self._state is not Watching.OFF:
            self.stop()
            self._lost()

    def _identity(self) -> tuple[int, int]:
        status = self._root.path.stat()
        return status.st_dev, status.st_ino

    def _identity_or_none(self) -> tuple[int, int] | None:
        try:
            return self._identity()
        except OSError:
            return None


class _Handler(FileSystemEventHandler):
    """Turns watchdog's events into marks."""

    def __init__(
        self, top: str, mark: Callable[[Collection[str]], None], lost: Callable[[], None], echo: threading.Event
    ) -> None:
        self._top = top
        self._echo = echo
        self._prefix = f"{top.rstrip('/')}/"
        self._mark = mark
        self._lost = lost

    def dispatch(self, event: FileSystemEvent) -> None:
        """Marks both ends of a move. Synthetic events tell of what lies below a directory that is marked itself."""
        if event.is_synthetic or isinstance(event, DirModifiedEvent):
            return
        sources = {os.fsdecode(path) for path in (event.src_path, event.dest_path) if path}
        if self._top in sources:
            self._lost()
        if isinstance(event, DirAttribEvent) and f"{self._prefix}{INNER}" in sources:
            self._echo.set()
        marked = {path for source in sources if (path := self._relative(source)) is not None}
        if marked:
            self._mark(marked)

    def _relative(self, source: str) -> str | None:
        """The path to mark: a name that is not UTF-8 has none, so its directory stands for it."""
        if not source.startswith(self._prefix):
            return None
        path = source.removeprefix(self._prefix)
        while path:
            try:
                path = os.fsencode(path).decode()
            except UnicodeDecodeError:
                path = path.rpartition("/")[0]
            else:
                return None if path == INNER or path.startswith(f"{INNER}/") else path
        return ""
