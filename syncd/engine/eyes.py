"""What the engine keeps in mind between looks at the disk: what to look at again, and when.

Law: nothing here is a fact to act on. All of it may be lost at any time; the price is one full scan.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import inf

from syncd.core import names
from syncd.core.model import Fingerprint


@dataclass(frozen=True, slots=True)
class Restless:
    """A file that was not quiet: what it was, since when it has been just so (steady seconds), when to look again, and
    since when it has not been quiet."""

    fingerprint: Fingerprint
    since: float
    due: float
    begun: float


class Eyes:
    """Marked paths, restless files, and paths that vanished a moment ago. `mark` and `lost` may be called from any
    thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marked: set[str] = set()
        self._everything = True
        self.restless: dict[str, Restless] = {}
        self.missing: dict[str, float] = {}
        self.unlisted: set[str] = set()
        self.blind = False
        self.moving: set[tuple[int, int]] = set()
        """Which files (device and inode) are not quiet, or have just left the place where they were not, in a look."""
        self.missed = False
        """Whether something was missing when the look began, so that the look may find it to be gone."""
        self._inodes: set[tuple[int, int]] = set()
        self._strays: dict[tuple[int, int], float] = {}
        self._sizes: set[int] = set()
        self._seeking: set[tuple[int, int]] = set()
        self._sought: set[tuple[int, int]] = set()
        self._by_directory: dict[str, list[str]] = {}

    # --- told by the watcher

    def mark(self, paths: Collection[str]) -> None:
        """These paths may have changed."""
        with self._lock:
            self._marked.update(paths)

    def lost(self) -> None:
        """Anything may have changed."""
        with self._lock:
            self._everything = True

    # --- used by the look

    def take(self, now: float) -> set[str] | None:
        """The paths to look at now: marked ones, and those that are due again; None for everything."""
        with self._lock:
            everything, marked = self._everything, self._marked
            self._everything, self._marked = False, set()
        if everything:
            self._sought, self._seeking = self._sought | self._seeking, set()
        due = {path for path, restless in self.restless.items() if restless.due <= now}
        due |= {path for path, since in self.missing.items() if since <= now}
        return None if everything else marked | due

    def take_marks(self) -> set[str]:
        """The paths that were marked since `take`."""
        with self._lock:
            marked, self._marked = self._marked, set()
        return marked

    def put_back(self, paths: Iterable[str] | None) -> None:
        """A look did not get to these; None: to everything."""
        if paths is None:
            self._sought.clear()
            self.lost()
        else:
            self.mark(set(paths))

    def begin_look(self, now: float) -> None:
        """Sorts the restless files by directory, for `restless_in`, and finds those that are `moving`."""
        self.moving = {file for file in self._inodes if self._strays.get(file, inf) > now}
        self.missed, self._by_directory = bool(self.missing), {}
        for path in self.restless:
            self._by_directory.setdefault(names.parent_of(path), []).append(path)

    def restless_in(self, directory: str) -> list[str]:
        """The files directly in a directory that were restless when the look began, and still are."""
        return [path for path in self._by_directory.get(directory, ()) if path in self.restless]

    def rest(self, path: str) -> None:
        """The file at this path is quiet, or is no file any more."""
        self.restless.pop(path, None)
        self.missing.pop(path, None)

    def stir(self, path: str, restless: Restless) -> None:
        """The file at this path is not quiet."""
        file = (restless.fingerprint.device, restless.fingerprint.inode)
        self.restless[path] = restless
        self._inodes.add(file)
        self.moving.add(file)

    def count_restless(self, now: float, until: float, is_missed: Callable[[int, int], bool]) -> None:
        """Takes stock of the restless files, for `in_motion`. One that has gone from where it was restless, and is
        missed (by device and inode), may turn up again until then: a look may have passed the place by that it is at
        now."""
        inodes = {(r.fingerprint.device, r.fingerprint.inode) for r in self.restless.values()}
        missed = [file for file in self._inodes - inodes if is_missed(*file)]
        strays = {file: self._strays.get(file, until) for file in missed}
        self._strays = {file: due for file, due in strays.items() if due > now}
        self._inodes = inodes | self._strays.keys()
        self._sizes = {r.fingerprint.size for r in self.restless.values()}

    def note_blind(self, *, blind: bool) -> None:
        """Whether the look could not list a directory: one that saw everything else has found nothing to be gone."""
        self.blind = blind
        if blind:
            self._sought.clear()

    # --- asked by the planner's states

    def hides(self, path: str) -> bool:
        """Whether nothing may be concluded about this path yet."""
        if path in self.restless:
            return True
        while path:
            if path in self.missing:
                return True
            path = names.parent_of(path)
        return False

    def in_motion(self, device: int, inode: int, size: int) -> bool:
        """Whether a file may be one of those that are not quiet yet, under another name, or one that vanished (of which
        the size is told) in a directory that the last look could not list."""
        return (self.blind and size >= 0) or (device, inode) in self._inodes or size in self._sizes

    def seeks(self, device: int, inode: int) -> bool:
        """Whether a full look is still to come that may find a file which is nowhere to be seen. Who asks first, asks
        for it, once all directories can be listed."""
        if (device, inode) in self._sought:
            return False
        if not self.blind and (device, inode) not in self._seeking:
            self._seeking.add((device, inode))
            self.lost()
        return True

    def found(self, device: int, inode: int) -> None:
        """The file is to be seen; should it go, it is sought anew. Repeatable."""
        self._sought.discard((device, inode))

    def stirs(self, directory: str) -> bool:
        """Whether a file directly in the directory is not quiet."""
        return any(names.parent_of(path) == directory for path in self.restless)

    def due(self) -> float | None:
        """When to look again at the earliest (steady seconds), or None."""
        times = [restless.due for restless in self.restless.values()]
        return min([*times, *self.missing.values(), *self._strays.values()], default=None)

    @property
    def pending(self) -> bool:
        """Whether something waits to be looked at."""
        with self._lock:
            return self._everything or bool(self._marked)
