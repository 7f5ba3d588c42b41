"""inotify through watchdog, with what watchdog 7.1 keeps to itself: overflows, and directories that it could not watch.

Law: the classes here only notice and tell; they decide nothing, and call back at once from watchdog's own threads.
What they override is watchdog's own (`watchdog.observers.inotify_c`), hence the pin below 8 and tests with real
overflows and trees that come and go. Version 7.1 only logs an overflow; swallows ENOSPC for every directory but the top
one; warns whenever a new directory is seen twice (mkdir -p does that); and can lose a thread to its own bookkeeping.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from watchdog.observers.inotify import InotifyEmitter, InotifyObserver
from watchdog.observers.inotify_c import CallbackId, InotifyEvent, InotifyFD, Mask, WatchCallback, WatchDescriptor

EXHAUSTED = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""No watches, no inotify instances or no memory for them are left."""


class Descriptor(InotifyFD):
    """An inotify instance that tells when it lost events or ran out of watches, and never watches `skipped`."""

    def __init__(self, skipped: bytes, lost: Callable[[], None]) -> None:
        super().__init__()
        self.exhausted = False
        self.doubtful = False
        self._skipped = skipped
        self._lost = lost

    def add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        """Watches one directory. Raises OSError, which watchdog swallows for all but the top one."""
        if path == self._skipped or path.startswith(self._skipped + b"/"):
            raise FileNotFoundError(errno.ENOENT, "not watched on purpose")
        try:
            return super().add_callback(path, mask, callback, id_)
        except OSError as error:
            if error.errno in EXHAUSTED:
                self.exhausted = True
                self._lost()
            raise

    def handle_event(self, event: InotifyEvent) -> None:
        """Passes an event on. After an overflow, or when watchdog trips over it, some directory may be unwatched."""
        try:
            super().handle_event(event)
        except (KeyError, OSError):
            self._doubt()
        if event.is_queue_overflow:
            self._doubt()

    def _doubt(self) -> None:
        self.doubtful = True
        self._lost()

    def _add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        """As watchdog's, without its warning: to register a directory again is no mistake of anybody's."""
        registered = self._get_or_create_watch(path, mask)
        registered.callbacks[id_] = callback
        return registered.wd


class Observer(InotifyObserver):
    """watchdog's observer on a descriptor of ours."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._inotify_fd = descriptor
        descriptor.start()
        super(InotifyObserver, self).__init__(InotifyEmitter, inotify_fd=descriptor)

    @property
    def lives(self) -> bool:
        """Whether all of its threads run."""
        threads = (self, self._inotify_fd, *self.emitters)
        return bool(self.emitters) and all(thread.is_alive() for thread in threads)
