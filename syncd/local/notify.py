"""inotify through watchdog, with what watchdog 7.1 keeps to itself: overflows, and directories that it could not watch.

Law: the classes here only notice and tell; they decide nothing, and call back at once from watchdog's own threads.
Both overridden methods are watchdog's (`watchdog.observers.inotify_c`), hence the pin below 8 and a test with a real
overflow: version 7.1 only logs an overflow, and swallows ENOSPC for every directory but the top one.
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
        self.overflowed = False
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
        """Passes an event on; after an overflow watchdog first adds its watches anew, then all is suspect."""
        super().handle_event(event)
        if event.is_queue_overflow:
            self.overflowed = True
            self._lost()


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
