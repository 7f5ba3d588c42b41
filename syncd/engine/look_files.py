"""Look at the files directly in one directory: which are new, others than before, or gone.

Law: as in `look_here`. What is just as it was recorded costs nothing more here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple

from syncd.core import names
from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.model import Fingerprint, LeftAlone, LocalFile
from syncd.engine.mirror import Mirror
from syncd.engine.quiet import is_quiet, is_restless
from syncd.local import scan
from syncd.local.birth import birth

SCAN = "scan:"
"""Begins the subject of a failure to list a directory."""
Fresh = tuple[LocalFile | None, str]
"""A file as it is now, or None for one that is gone, and its path."""


def is_gone(mirror: Mirror, path: str) -> bool:
    """Whether a known path that is not listed has been missing for the quiet time; it is missing from now on if not.
    While another directory cannot be listed, nothing is gone: it may have been moved there (I3). Nor is what was seen
    elsewhere and is not quiet there: by its record alone it would be missed again after a crash."""
    now = mirror.clock.steady()
    due = mirror.eyes.missing.setdefault(path, now + mirror.policy.settle_seconds)
    if due <= now and (_is_moving(mirror, path) or not all(names.within(d, path) for d in scans_failing(mirror))):
        due = mirror.eyes.missing[path] = now + mirror.policy.settle_seconds
    return due <= now


def _is_moving(mirror: Mirror, path: str) -> bool:
    """Whether an item's file last seen at this path, or below it, may be one that is not quiet under another name."""
    store, moving = mirror.store, mirror.eyes.moving
    known = moving.intersection(store.local.files_within(path)) if moving else ()
    return any(store.agreed.with_inode(inode, device) for device, inode in known)


def scans_failing(mirror: Mirror) -> dict[str, float]:
    """The directories that could not be listed, and when each may be tried again (Unix seconds)."""
    failures = mirror.store.failures.every().items()
    return {about.removeprefix(SCAN): f.retry_at or 0.0 for about, f in failures if about.startswith(SCAN)}


def files_of(listing: scan.Listing) -> frozenset[str]:
    """The paths of all files of a listing."""
    here = listing.directory.path
    return frozenset(path for path, _ in listing.files).union(names.join(here, name) for name in listing.same)


def look_at_files(
    mirror: Mirror, listing: scan.Listing, known: Mapping[str, scan.Print], left: dict[str, LeftAlone]
) -> list[Fresh]:
    """What is new about the files directly in a directory; `known` are those recorded, by name."""
    directory, changed = listing.directory.path, []
    if mirror.eyes.restless or mirror.eyes.missing:
        for name in listing.same:
            mirror.eyes.rest(names.join(directory, name))
    for path, fingerprint in listing.files:
        mirror.eyes.missing.pop(path, None)
        if known.get(names.name_of(path)) == (names.name_of(path), *astuple(fingerprint), 0):
            mirror.eyes.rest(path)  # (one that not everybody may read)
        elif is_quiet(mirror, path, fingerprint):
            changed.append((path, fingerprint))
    fresh: list[Fresh] = []
    for (path, fingerprint), sha256 in zip(changed, mirror.pool.map(_hasher(mirror), changed), strict=True):
        if isinstance(sha256, DiskFailed) and not _is_from_elsewhere(mirror, path, fingerprint):
            left[path] = LeftAlone.UNREADABLE
        elif isinstance(sha256, DiskFailed):
            mirror.eyes.rest(path)  # it waits for another quiet time
            is_restless(mirror, path, fingerprint)
        elif sha256 is None:
            is_restless(mirror, path, fingerprint)
        else:
            born_ns = birth(mirror.root, path, fingerprint.inode)
            fresh.append((LocalFile(path, fingerprint, sha256, born_ns), path))
            mirror.eyes.rest(path)
    listed = {path for path, _ in listing.files}
    for path in mirror.eyes.restless_in(directory):
        if path not in listed:
            mirror.eyes.restless.pop(path)  # it went, or something else than a file is there now
    for path in _unlisted(listing, known):
        if path in left or is_gone(mirror, path):
            fresh.append((None, path))
            mirror.eyes.rest(path)
    return fresh


def _is_from_elsewhere(mirror: Mirror, path: str, fingerprint: Fingerprint) -> bool:
    """Whether this may be an item's file that was at another path, and so is not gone (I3), or one that we have placed
    and not recorded (I19)."""
    itself = fingerprint.inode, fingerprint.device
    placed = any((trace.inode, trace.device) == itself for trace in mirror.store.placings.every())
    return placed or any(before != path for before in mirror.store.agreed.with_inode(*itself))


def _unlisted(listing: scan.Listing, known: Mapping[str, scan.Print]) -> list[str]:
    """The paths of recorded files that are not files here now."""
    directory = listing.directory.path
    names_listed = {names.name_of(path) for path, _ in listing.files}
    gone = known.keys() - names_listed - set(listing.same) if len(known) > len(listing.same) else ()
    return [names.join(directory, name) for name in known if name in gone]


def _hasher(mirror: Mirror) -> Callable[[tuple[str, Fingerprint]], str | DiskFailed | None]:
    """Hashes a file on a thread of the pool: None if it moved on meanwhile."""

    def sha256(file: tuple[str, Fingerprint]) -> str | DiskFailed | None:
        try:
            return None if mirror.ending() else scan.hash_file(mirror.root, *file)
        except FileChanged:
            return None
        except DiskFailed as error:
            return error

    return sha256
