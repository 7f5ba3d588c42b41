"""Look at the disk: what is there now, recorded file by file.

Law: a file is recorded once it is quiet, with the hash of just these bytes. A path counts as absent only if a complete
listing does not have it and it stayed gone for the quiet time (W31), or if the very file is found under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core import names
from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.events import Looking
from syncd.core.model import Fingerprint, LocalDirectory, LocalFile
from syncd.engine.failing import fails, works
from syncd.engine.look_files import SCAN, Fresh, files_of, is_gone, look_at_files, scans_failing
from syncd.engine.mirror import Mirror, go_on
from syncd.engine.quiet import count_restless, is_restless
from syncd.local import scan
from syncd.local.ignore import load_rules


def look_here(mirror: Mirror, *, full: bool) -> None:
    """Brings the local observation up to date: the marked paths, or everything if `full` or if marks were lost.

    FolderMissing if the folder is not ours. Repeatable; what could not be looked at stays marked.
    """
    mirror.root.check(mirror.marker)
    everything = _renew_rules(mirror) or full
    marked = mirror.eyes.take(mirror.clock.steady())
    again = {directory for directory, at in scans_failing(mirror).items() if at <= mirror.clock.now()}
    if marked is not None:
        marked |= again
    paths = None if everything or marked is None else _outermost(marked)
    mirror.eyes.begin_look(mirror.clock.steady())
    try:
        if paths is None:
            _scan(mirror, [""], deep=True)
        for path in sorted(paths or ()):
            _look_at(mirror, path)
        if paths is not None or mirror.eyes.missed:  # it may have been moved to where this look has been already
            doubtful = mirror.eyes.take_marks()
            paths = None if paths is None else paths | doubtful
            for path in sorted(_outermost(doubtful)):
                _look_at(mirror, path)
    except BaseException:
        mirror.eyes.put_back(paths)
        raise
    _forget_vanished(mirror)
    _note_unlisted(mirror)
    count_restless(mirror)
    mirror.root.check(mirror.marker)


def _forget_vanished(mirror: Mirror) -> None:
    """Lets go of what no listing will tell of any more: a file that went before it was ever quiet, and a missing path
    that is no longer known, because its directory went or moved."""
    now, local = mirror.clock.steady(), mirror.store.local
    for path in [path for path, restless in mirror.eyes.restless.items() if restless.due <= now]:
        if _is_absent(mirror, path) or local.is_hidden(path):
            mirror.eyes.restless.pop(path)
    for path in [path for path, due in mirror.eyes.missing.items() if due <= now]:
        if local.is_hidden(path) or (local.file(path) is None and local.directory(path) is None):
            mirror.eyes.missing.pop(path)


def _note_unlisted(mirror: Mirror) -> None:
    """What vanished may be in a directory that could not be listed, which may have been found out only after it was
    missed elsewhere (I3). One that was changing is looked at again at once."""
    eyes, local = mirror.eyes, mirror.store.local
    eyes.unlisted = {path for path in eyes.unlisted if local.directory(path) and not local.is_hidden(path)}
    eyes.mark(eyes.unlisted)
    eyes.note_blind(blind=bool(eyes.unlisted or scans_failing(mirror)))


def _renew_rules(mirror: Mirror) -> bool:
    """Reads the ignore rules; whether they are others than those of the last look, so that everything must be seen
    anew."""
    mirror.rules = load_rules(mirror.root, mirror.policy.ignore)
    digest = f"{mirror.rules.digest} {mirror.policy.direction} {mirror.policy.keep}"
    if mirror.store.facts.get("rules") == digest:
        return False
    with mirror.store.transaction():
        mirror.store.facts.put("rules", digest)
        mirror.store.states.mark_all()
    return True


def _outermost(paths: Iterable[str]) -> set[str]:
    """The paths without those below others."""
    found: set[str] = set()
    for path in sorted(paths):
        above = path
        while above and above not in found:
            above = names.parent_of(above)
        if above not in found:
            found.add(path)
    return found


def _look_at(mirror: Mirror, path: str) -> None:
    """Looks at one marked path: a directory with all below it, or the directory that the path is in."""
    local = mirror.store.local
    if local.directory(path) is not None:
        try:
            _scan(mirror, [path], deep=True)
            if local.file(path) is None:
                return
        except FileChanged:
            pass  # it is no directory any more: the one above tells
    above = names.parent_of(path)
    while above and mirror.store.local.directory(above) is None:
        above = names.parent_of(above)
    try:
        _scan(mirror, [above], deep=False)
    except FileChanged:
        mirror.eyes.mark({names.parent_of(above)})


def _scan(mirror: Mirror, directories: list[str], *, deep: bool) -> None:
    """Scans these directories; all that are below them too if `deep`, else those that are new."""
    waiting = [(path, mirror.store.local.directory(path)) for path in directories]
    seen, first = 0, True
    while waiting:
        go_on(mirror)
        directory, recorded = waiting.pop()
        try:
            waiting += _scan_one(mirror, directory, recorded, deep=deep)
        except FileChanged:
            mirror.eyes.unlisted.add(directory)
            if first:
                raise
            mirror.eyes.mark({directory})
        except DiskFailed as error:
            fails(mirror, f"{SCAN}{directory}", "scan", error)
        else:
            mirror.eyes.unlisted.discard(directory)
            works(mirror, f"{SCAN}{directory}")
        first = False
        seen += 1
        if seen % 100 == 0:
            mirror.listener.told(Looking("here", seen))


def _scan_one(
    mirror: Mirror, directory: str, recorded: LocalDirectory | None, *, deep: bool
) -> list[tuple[str, LocalDirectory]]:
    """Looks at one directory and records it, unless it is as recorded; answers the directories to scan next, by path
    and as they are recorded now."""
    assert mirror.rules
    local = mirror.store.local
    known_files = local.prints_in(directory)
    now_ns = int(mirror.clock.now() * 1e9)
    listing = scan.list_directory(mirror.root, directory, mirror.rules, known_files)
    if directory in mirror.eyes.missing and local.file(directory) is None:
        mirror.eyes.missing.pop(directory)  # it is back, whoever made it
    found = {below.path: below for below in listing.directories}
    left = dict(listing.left_alone)
    fresh = look_at_files(mirror, listing, known_files, left)
    for path in found.keys() & mirror.eyes.missing.keys():
        if local.file(path) is None:  # else it is the file of this name that is missing
            mirror.eyes.missing.pop(path)
    new, absent = _others(mirror, listing, found)
    absent -= left.keys()
    files = files_of(listing) if absent else frozenset()  # a file in its place: the directory is positively gone
    vanished = [path for path in absent if path in files or is_gone(mirror, path)]
    if fresh or new or vanished or listing.directory != recorded or local.left_in(directory) != left:
        with mirror.store.transaction():
            local.put_directory(listing.directory)
            for below in new.values():
                _follow_directory(mirror, below)
                local.put_directory(below)
            for path in vanished:
                local.drop_directory(path)
                mirror.eyes.rest(path)
            local.put_left(directory, left)
            _record(mirror, fresh, now_ns)
    return list((found if deep else new).items())


def _others(
    mirror: Mirror, listing: scan.Listing, found: Mapping[str, LocalDirectory]
) -> tuple[dict[str, LocalDirectory], set[str]]:
    """Of the directories in a listed one, which are others than recorded, in the order of names; and the paths of those
    recorded that are not there."""
    others, absent = dict(found), set()
    for known in mirror.store.local.directories_in(listing.directory.path):
        if known.path not in others:
            absent.add(known.path)
        elif others[known.path] == known:
            del others[known.path]
    return others, absent


def _follow_directory(mirror: Mirror, found: LocalDirectory) -> None:
    """A directory that is new here and positively gone where it was known: it was renamed, and need not be waited for.
    What was known in it is known here from now on, also should this one not be listed now (I3)."""
    local = mirror.store.local
    for path in local.find_directory(found.inode, found.device):
        if path != found.path and _is_absent(mirror, path):
            if local.directory(found.path) is None:
                local.move_directory(path, found.path, found)
            else:
                local.drop_directory(path)
            mirror.eyes.rest(path)


def _is_absent(mirror: Mirror, path: str) -> bool:
    try:
        return scan.stat(mirror.root, path) is None
    except (FileChanged, DiskFailed):
        return False


def _record(mirror: Mirror, fresh: Iterable[Fresh], now_ns: int) -> None:
    """Records what was looked at no earlier than at `now_ns` (Unix)."""
    local = mirror.store.local
    for file, path in fresh:
        if file is None:
            local.drop_file(path)
            continue
        for known in local.with_inode(file.fingerprint.inode, file.fingerprint.device):
            before = local.file(known)
            if known == path or not before or not _is_same(before, file):
                continue
            if _is_absent(mirror, known):
                local.drop_file(known)
                mirror.eyes.rest(known)
            elif not _is_linked(mirror, known, file):
                mirror.eyes.mark({known})  # another file has its name, as in a swap of which half was told
        local.put_file(file, racy=scan.is_racy(file.fingerprint, now_ns))


def _is_linked(mirror: Mirror, path: str, file: LocalFile) -> bool:
    """Whether the file is at this path too. Should the look at another one there fail, nothing is concluded of it."""
    try:
        found = scan.stat(mirror.root, path)
    except FileChanged:
        return False
    except DiskFailed:
        found = Fingerprint(0, 0, 0, 0, 0)
    linked = found is not None and (found.inode, found.device) == (file.fingerprint.inode, file.fingerprint.device)
    if found is not None and not linked:
        is_restless(mirror, path, found)
    return linked


def _is_same(before: LocalFile, now: LocalFile) -> bool:
    """Whether two sightings of one inode are of one file; an inode may be used anew."""
    return before.sha256 == now.sha256 or (now.born_ns is not None and before.born_ns == now.born_ns)
