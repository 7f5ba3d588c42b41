"""Compares disk, store and remote, and names each difference; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.model import Agreed, LocalFile
from syncd.engine.difference import Difference, Kind
from syncd.engine.mirror import Mirror
from syncd.engine.verify_there import verify_there
from syncd.local import scan
from syncd.local.ignore import load_rules


def verify(mirror: Mirror, *, content: bool) -> Iterator[Difference]:
    """Every difference between disk, store and remote. `content`: files are hashed again, whatever their times say, and
    what we sent and nobody proved yet is compared with what is there (W25).

    Reads only: the disk, the database, and the remote's complete listing. Raises what looking at either side raises.
    """
    mirror.root.check(mirror.marker)
    yield from _verify_here(mirror, content=content)
    yield from verify_there(mirror, content=content)


def _verify_here(mirror: Mirror, *, content: bool) -> Iterator[Difference]:
    seen: set[str] = set()
    strangers: list[tuple[LocalFile, Kind]] = []
    for file, is_known in _files(mirror):
        seen.add(file.path)
        agreed = mirror.store.agreed.at(file.path)
        if agreed is None:
            strangers.append((file, Kind.NEW_HERE if is_known else Kind.UNSEEN_HERE))
        elif not agreed.released:
            yield from _verify_content(mirror, file, agreed, content=content)
    missing = [
        agreed
        for agreed in mirror.store.agreed.every()
        if not agreed.released and agreed.path not in seen and not mirror.store.local.is_hidden(agreed.path)
    ]
    yield from _verify_places(mirror, strangers, missing)


def _files(mirror: Mirror) -> Iterator[tuple[LocalFile, bool]]:
    """Every file on the disk, its hash empty where that is not known, and whether the store knows it as it is."""
    rules = load_rules(mirror.root, mirror.policy.ignore)
    directories = [""]
    while directories:
        listing = scan.list_directory(mirror.root, directories.pop(), rules)
        known = mirror.store.local.files_in(listing.directory.path)
        for path, fingerprint in listing.files:
            row = known.get(path)
            if row and row[0].fingerprint == fingerprint:
                yield row[0], True
            else:
                yield LocalFile(path, fingerprint, ""), row is not None
        directories += [directory.path for directory in listing.directories]


def _verify_content(mirror: Mirror, file: LocalFile, agreed: Agreed, *, content: bool) -> Iterator[Difference]:
    try:
        sha256 = file.sha256
        if content or not sha256:
            sha256 = scan.hash_file(mirror.root, file.path, file.fingerprint)
    except (FileChanged, DiskFailed) as error:
        yield Difference(Kind.UNREADABLE, file.path, agreed.id, error.message)
        return
    if sha256 != agreed.sha256:
        words = "its bytes are not those that both sides agreed on"
        yield Difference(Kind.CHANGED_HERE, file.path, agreed.id, words)


def _verify_places(
    mirror: Mirror, strangers: list[tuple[LocalFile, Kind]], missing: list[Agreed]
) -> Iterator[Difference]:
    """Files of nobody, and items without a file: two of the same bytes are one that has another name or place."""
    left = {agreed.id: agreed for agreed in missing}
    sizes = {agreed.size for agreed in missing}
    for file, kind in strangers:
        moved = _same_bytes(mirror, file, left.values()) if file.fingerprint.size in sizes else None
        if moved is not None:
            del left[moved.id]
            yield Difference(Kind.MOVED_HERE, moved.path, moved.id, f"its file is {file.path!r} now")
            continue
        words = "this file is not on the remote"
        known = "" if kind is Kind.NEW_HERE else ", and the store has not seen it yet"
        yield Difference(kind, file.path, None, words + known)
    for agreed in left.values():
        words = "its item is synced, but the file is not there"
        yield Difference(Kind.MISSING_HERE, agreed.path, agreed.id, words)


def _same_bytes(mirror: Mirror, file: LocalFile, missing: Iterable[Agreed]) -> Agreed | None:
    try:
        sha256 = file.sha256 or scan.hash_file(mirror.root, file.path, file.fingerprint)
    except (FileChanged, DiskFailed):
        return None
    return next((agreed for agreed in missing if agreed.sha256 == sha256), None)
