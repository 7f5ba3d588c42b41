"""What a thread holds open of the mirrored folder while it does several things there in a row."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Held(threading.local):
    """Descriptors of the folder and of what is in its `.syncd`, of each thread for itself."""

    def __init__(self) -> None:
        self.top: int | None = None
        """The folder, if it is held."""
        self.inner: dict[str, int] = {}
        """Directories in `.syncd`, by name; they are closed when the folder is let go."""

    @contextmanager
    def keep(self, top: int) -> Iterator[None]:
        """Holds this folder meanwhile, instead of one that is held already. Its descriptor stays the caller's."""
        before = self.top, self.inner
        self.top, self.inner = top, {}
        try:
            yield
        finally:
            for descriptor in self.inner.values():
                os.close(descriptor)
            self.top, self.inner = before
