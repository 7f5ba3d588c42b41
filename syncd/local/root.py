"""The mirrored folder: its marker, its `.syncd`, its lock, and the only way to anything inside it.

Law: every directory is opened component by component, from the folder down, without following a symbolic link and
without leaving its file system (I11); and no operation works in a folder other than the one last checked (I4).
What one thread does in a row may hold the folder open meanwhile, so that it is found and checked once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from syncd.core.errors import DiskFailed, FileChanged, FolderMissing
from syncd.local.descent import DIRECTORY, INNER, components, descend, split
from syncd.local.failures import failures
from syncd.local.held import Held
from syncd.local.kernel import Spot
from syncd.local.lock import locked
from syncd.local.points import nothing

STAGE = "stage"
TRASH = "trash"
MARKER = "marker.json"
MARKER_LIMIT = 4096


class Root:
    """One mirrored folder. Safe to use from several threads; holds no descriptor open between calls, but as told."""

    def __init__(self, path: Path, at: Callable[[str], None] = nothing) -> None:
        """`path` is absolute (links in it are the user's choice and are followed); `at` is told every crash point."""
        self.path = path
        self._name = os.fspath(path)
        self.at = at
        self._identity: tuple[int, int] | None = None
        self._marked: tuple[tuple[int, ...], str] | None = None
        self._held = Held()

    @property
    def stage(self) -> Path:
        """Where files are prepared, on the same file system."""
        return self.path / INNER / STAGE

    @property
    def trash(self) -> Path:
        """Where removed files are kept."""
        return self.path / INNER / TRASH

    def create(self, marker: str) -> None:
        """Makes the folder and its `.syncd`, durably, and marks it. May be repeated; FolderMissing if it bears
        another marker already."""
        self.at("create.begin")
        with failures(None):
            self.path.mkdir(parents=True, exist_ok=True)
            for directory in (self.stage, self.trash):
                directory.parent.mkdir(mode=0o700, exist_ok=True)
                directory.mkdir(mode=0o700, exist_ok=True)
        self.at("create.made")
        found = self.marker()
        if found is None:
            self._write_marker(marker)
        elif found != marker:
            raise FolderMissing(f"{self.path} belongs to another mirror", remedy="Choose another folder.")
        self.check(marker)

    def _write_marker(self, marker: str) -> None:
        draft = Path(f"{self.path}/{INNER}/{MARKER}.new")
        with failures(None):
            with draft.open("w", encoding="utf-8") as file:
                json.dump({"marker": marker}, file)
                file.flush()
                os.fsync(file.fileno())
            self.at("create.written")
            draft.replace(draft.with_name(MARKER))
            self.at("create.renamed")
            for directory in (draft.parent, self.path, self.path.parent):
                descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            self.at("create.synced")

    def marker(self) -> str | None:
        """The id that this folder bears, None if it bears none. FolderMissing if there is no readable folder."""
        with self._open() as top:
            return self._read_marker(top)

    def check(self, expected: str) -> None:
        """Raises FolderMissing unless the folder is there and bears this marker. A few system calls; may be repeated.

        From then on every operation works in this very directory (device and inode), or raises FolderMissing.
        """
        with self._open() as top:
            self._check(top, expected)

    @contextmanager
    def checked(self, expected: str) -> Iterator[None]:
        """As `check`; and within it this thread works in the directory that was checked, without opening it anew."""
        with self._open() as top:
            self._check(top, expected)
            with self._held.keep(top):
                yield

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it this thread opens the folder, and its stage, only once."""
        with self.top() as top, self._held.keep(top):
            yield

    def _check(self, top: int, expected: str) -> None:
        found = self._read_marker(top)
        if found is None:
            raise FolderMissing(f"{self.path} is not (or no longer) the mirrored folder: it bears no marker")
        if found != expected:
            raise FolderMissing(f"{self.path} is another mirror's folder: it bears another marker")
        status = os.fstat(top)
        self._identity = (status.st_dev, status.st_ino)

    def _read_marker(self, top: int) -> str | None:
        try:
            inner = os.open(INNER, DIRECTORY, dir_fd=top)
            try:
                return self._marker_in(Spot(inner, MARKER.encode()))
            finally:
                os.close(inner)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise FolderMissing(f"the marker of {self.path} cannot be read: {error}") from error

    def _marker_in(self, spot: Spot) -> str | None:
        """The marker in this file; it is read only where it is not the very file that was read last."""
        status, read = spot.lstat(), self._marked
        if status is None:
            return None
        itself = (status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if read is not None and read[0] == itself:
            return read[1]
        found = json.loads(spot.read(MARKER_LIMIT))
        identity = found.get("marker") if isinstance(found, dict) else None
        if not isinstance(identity, str):
            raise FolderMissing(f"the marker of {self.path} is damaged")
        self._marked = itself, identity
        return identity

    def _opened(self) -> int:
        """A descriptor of whatever directory stands at `path` now; the caller closes it."""
        try:
            return os.open(self._name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise FolderMissing(f"{self.path} cannot be opened: {os.strerror(error.errno or 0)}") from error

    @contextmanager
    def _open(self) -> Iterator[int]:
        descriptor = self._opened()
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def top(self) -> Iterator[int]:
        """A descriptor of the folder itself; FolderMissing if it is not the one last checked."""
        if self._held.top is not None:
            yield self._held.top
            return
        descriptor = self._opened()
        try:
            status = os.fstat(descriptor)
            if self._identity is not None and self._identity != (status.st_dev, status.st_ino):
                raise FolderMissing(f"{self.path} was replaced by another directory, or its disk was unmounted")
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def directory(self, path: str) -> Iterator[int]:
        """A descriptor of a directory of the user's; "" is the folder. FileChanged if it is none (any more),
        DiskFailed if it cannot be opened or lies on another file system."""
        with self.top() as top:
            descriptor = descend(top, components(path), path)
            try:
                yield descriptor
            finally:
                if descriptor != top:
                    os.close(descriptor)

    @contextmanager
    def inner(self, name: str) -> Iterator[int]:
        """A descriptor of `.syncd/stage` or `.syncd/trash`; makes them again if they were removed."""
        held = self._held
        if held.top is not None:
            if name not in held.inner:
                held.inner[name] = self._open_inner(held.top, name)
            yield held.inner[name]
            return
        with self.top() as top:
            descriptor = self._open_inner(top, name)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def _open_inner(self, top: int, name: str) -> int:
        parent = descend(top, [INNER.encode()], INNER)
        try:
            try:
                return descend(parent, [name.encode()], f"{INNER}/{name}")
            except FileChanged:  # it is not there, or no directory: the second try says which
                with failures(f"{INNER}/{name}"), suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=parent)
                return descend(parent, [name.encode()], f"{INNER}/{name}")
        finally:
            os.close(parent)

    @contextmanager
    def spot(self, path: str) -> Iterator[Spot]:
        """The place of a file or directory of the user's (which need not exist); its parent must exist."""
        names = components(path)
        if not names:
            raise DiskFailed("the mirrored folder itself is no file", path=path)
        with self.directory(split(path)[0]) as parent:
            yield Spot(parent, names[-1])

    @contextmanager
    def lock(self, state_directory: Path) -> Iterator[None]:
        """Holds the mirror's lock (flock, so that it goes with the process). Busy if another holds it."""
        with failures(None):
            state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            with failures(None):
                stack.enter_context(locked(state_directory / "lock", "another syncd works on this mirror"))
            yield
