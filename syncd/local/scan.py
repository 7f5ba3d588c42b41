"""What is on the disk: directories listed one at a time, files fingerprinted and hashed.

Law: a listing is complete or it is an error. An entry is absent only if the system positively said so; what cannot be
looked at is left alone, with the reason, and never looks deleted (I3).
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat as mode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from syncd.core.errors import FileChanged
from syncd.core.model import Fingerprint, LeftAlone, LocalDirectory
from syncd.local import kernel
from syncd.local.descent import INNER, components
from syncd.local.failures import failures
from syncd.local.ignore import Rules
from syncd.local.kernel import Spot
from syncd.local.root import Root

CHUNK = 1 << 20
RACY_NS = 2_000_000_000
"""Some file systems keep times to 2 s only (FAT); a write that near to a look may leave the fingerprint as it was."""
CLOCK_STEP_NS = 60_000_000_000
"""A time further in the future than this tells of a clock that was set, not of a file being written."""
ATTEMPTS = 3
_KIND_AND_READABLE = 0o170004
_FILE_READABLE = mode.S_IFREG | 0o004

Print = tuple[str, int, int, int, int, int, int]
"""A file as it was recorded: its name, the fields of its fingerprint in their order, and whether it was racy (0 or 1).
A tuple and not a value of core, as a million of them are read and compared in one look."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything directly in one directory, in the order of names; paths are relative to the mirrored folder. `same`:
    the names of files that are just as they were recorded, which are in none of the others."""

    directory: LocalDirectory
    files: tuple[tuple[str, Fingerprint], ...]
    directories: tuple[LocalDirectory, ...]
    left_alone: tuple[tuple[str, LeftAlone], ...]
    same: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    files: list[tuple[str, Fingerprint]] = field(default_factory=list)
    directories: list[LocalDirectory] = field(default_factory=list)
    left_alone: list[tuple[str, LeftAlone]] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """The fingerprint in the answer of a stat call."""
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)


def list_directory(root: Root, directory: str, rules: Rules, known: Mapping[str, Print] | None = None) -> Listing:
    """Lists one directory, not what is below it; `known` are its files as they were recorded, by name. May be repeated.

    Raises FileChanged if it vanished or kept changing while it was read, DiskFailed if it cannot be read.
    """
    with root.directory(directory) as descriptor, failures(directory):
        for _ in range(ATTEMPTS):
            before = os.fstat(descriptor)
            found = _list_once(descriptor, directory, rules, known or {})
            after = os.fstat(descriptor)
            # readdir may miss an entry that is renamed meanwhile, under both its names
            if (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns):
                itself = LocalDirectory(directory, after.st_ino, after.st_dev)
                entries = tuple(found.files), tuple(found.directories), tuple(found.left_alone)
                return Listing(itself, *entries, tuple(found.same))
    raise FileChanged(f"{directory!r} changes while it is being listed", path=directory)


def _list_once(descriptor: int, directory: str, rules: Rules, known: Mapping[str, Print]) -> _Found:
    device = os.fstat(descriptor).st_dev
    found = _Found()
    listed = kernel.names_in(descriptor)
    if known:
        found.same = _same(descriptor, listed, known, rules.sieve(directory))
        listed = list(set(listed).difference(found.same))
    for each in sorted(listed):
        raw = os.fsencode(each)
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            printable = raw.decode(errors="backslashreplace")
            found.left_alone.append((_join(directory, printable), LeftAlone.NOT_UTF8))
            continue
        if directory or name != INNER:
            _sort_in(found, Spot(descriptor, raw), _join(directory, name), device, rules)
    return found


def _same(
    descriptor: int, listed: Sequence[str], known: Mapping[str, Print], sieve: Callable[[str], object]
) -> list[str]:
    """The names of files that are readable by all, not ignored, and just as they were recorded. Nearly every file of a
    look passes here and nowhere else, so it is written for speed."""
    same, recorded, stat_of = [], known.get, os.stat
    for name in listed:
        try:
            status = stat_of(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:
            continue
        if (
            status.st_mode & _KIND_AND_READABLE == _FILE_READABLE
            and recorded(name)
            == (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev, 0)
            and not sieve(name)
        ):
            same.append(name)
    return same


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def _sort_in(found: _Found, spot: Spot, path: str, device: int, rules: Rules) -> None:
    """Puts one entry where it belongs; what vanished since the names were read belongs nowhere."""
    try:
        status = spot.lstat()
    except OSError:
        found.left_alone.append((path, LeftAlone.UNREADABLE))
        return
    if status is None:
        return
    is_directory = mode.S_ISDIR(status.st_mode)
    if rules.matches_itself(path, directory=is_directory):
        found.left_alone.append((path, LeftAlone.IGNORED))
    elif mode.S_ISLNK(status.st_mode):
        found.left_alone.append((path, LeftAlone.SYMLINK))
    elif not (is_directory or mode.S_ISREG(status.st_mode)) or (is_directory and status.st_dev != device):
        found.left_alone.append((path, LeftAlone.SPECIAL))
    elif not _readable(spot, status.st_mode):
        found.left_alone.append((path, LeftAlone.UNREADABLE))
    elif is_directory:
        found.directories.append(LocalDirectory(path, status.st_ino, status.st_dev))
    else:
        found.files.append((path, fingerprint_of(status)))


def _readable(spot: Spot, bits: int) -> bool:
    wanted, everybody = (os.R_OK | os.X_OK, 0o005) if mode.S_ISDIR(bits) else (os.R_OK, 0o004)
    if bits & everybody == everybody:
        return True  # spares the system call for nearly every file; hashing finds out about the rest
    return os.access(spot.name, wanted, dir_fd=spot.directory, effective_ids=True)


def stat(root: Root, path: str) -> Fingerprint | None:
    """The fingerprint of the regular file at `path`, or None if positively nothing is there.

    FileChanged if something else than a regular file is there, or if a link or the like is on the way to it;
    DiskFailed if it cannot be told. May be repeated.
    """
    *parents, name = components(path)
    with root.top() as top, failures(path):
        current = os.dup(top)
        try:
            for parent in parents:
                below = _step_down(Spot(current, parent), path)
                if below is None:
                    return None
                os.close(current)
                current = below
            status = Spot(current, name).lstat()
        finally:
            os.close(current)
    if status is None:
        return None
    if not mode.S_ISREG(status.st_mode):
        raise FileChanged(f"{path!r} is no regular file (any more)", path=path)
    return fingerprint_of(status)


def _step_down(spot: Spot, path: str) -> int | None:
    """A descriptor of this directory; None if nothing can be below it, because it is absent or a regular file."""
    status = spot.lstat()
    if status is None or mode.S_ISREG(status.st_mode):
        return None
    if mode.S_ISDIR(status.st_mode) and status.st_dev != os.fstat(spot.directory).st_dev:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    if not mode.S_ISDIR(status.st_mode):
        raise FileChanged(f"what leads to {path!r} is no directory (any more)", path=path)
    return spot.open(os.O_RDONLY | os.O_DIRECTORY)


@contextmanager
def opened(root: Root, path: str, expected: Fingerprint) -> Iterator[int]:
    """A descriptor, for reading, of the regular file at `path`; FileChanged unless it has the expected fingerprint
    both at the beginning and, unless an error goes by, at the end."""
    with root.spot(path) as spot, failures(path):
        descriptor = spot.open(os.O_RDONLY)
        try:
            _still(descriptor, path, expected)
            yield descriptor
            _still(descriptor, path, expected)
        finally:
            os.close(descriptor)


def _still(descriptor: int, path: str, expected: Fingerprint) -> None:
    status = os.fstat(descriptor)
    if not mode.S_ISREG(status.st_mode) or fingerprint_of(status) != expected:
        raise FileChanged(f"{path!r} changed since it was looked at", path=path)


def chunks_of(descriptor: int) -> Iterator[bytes]:
    """The bytes of an open file from where it stands, in pieces of at most a MiB."""
    while chunk := os.read(descriptor, CHUNK):
        yield chunk


def digest_of(descriptor: int) -> str:
    """The SHA-256 (hex) of the bytes of an open file from where it stands. Raises OSError."""
    digest = hashlib.sha256()
    for chunk in chunks_of(descriptor):
        digest.update(chunk)
    return digest.hexdigest()


def hash_file(root: Root, path: str, expected: Fingerprint) -> str:
    """The SHA-256 (hex) of the bytes that have this fingerprint. FileChanged if the file moved on before or during
    the reading, DiskFailed if it cannot be read. May be repeated."""
    with opened(root, path, expected) as descriptor:
        return digest_of(descriptor)


def is_racy(fingerprint: Fingerprint, now_ns: int) -> bool:
    """Whether a file looked at `now_ns` (Unix, ns) could still be written without its fingerprint showing it.

    Ask with the time of the look that is stored, as git does: a racy fingerprint proves nothing at the next look.
    """
    return max(fingerprint.mtime_ns, fingerprint.ctime_ns) > now_ns - RACY_NS


def is_quiet(fingerprint: Fingerprint, now_ns: int, settle_ns: int) -> bool:
    """Whether nobody wrote to the file for `settle_ns`. A time more than a minute ahead of the clock says nothing."""
    return not any(
        now_ns - settle_ns < moment <= now_ns + CLOCK_STEP_NS for moment in (fingerprint.mtime_ns, fingerprint.ctime_ns)
    )
