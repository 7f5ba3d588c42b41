"""The copies of conflicts that came to another end than a conflict.

Law: a copy was made of bytes that are still where they were, so that it goes once nobody needs it (I19). It goes into
the trash, and only while the same bytes are in the folder besides.
"""

from __future__ import annotations

from syncd.core import names
from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.meeting import like_names
from syncd.core.model import Direction, LocalFile
from syncd.engine.failing import fails
from syncd.engine.mirror import Mirror
from syncd.engine.planning import world
from syncd.engine.traces import Traces, is_told
from syncd.engine.trashing import throw_file


def clear_copies(mirror: Mirror) -> None:
    """Clears away what was copied for a conflict whose item is gone by now, or whose file is no longer what was copied:
    it was renamed, say, and is somewhere else. While that may still come to rest, nothing is said."""
    store = mirror.store
    writes_here = mirror.policy.direction is not Direction.PUSH
    traces = Traces(mirror)
    for trace in traces.known:
        known, sha256 = trace.itemid, trace.sha256
        if known > 0 or traces.being_placed(known):
            continue
        copy = traces.file(trace)
        if writes_here and not _is_over(mirror, -known, sha256, copy):
            continue
        if copy and (mirror.eyes.in_motion(0, 0, copy.fingerprint.size) or store.local.is_hidden(copy.path)):
            continue
        is_item = copy is not None and store.agreed.at(copy.path) is not None
        if writes_here and copy and not is_item and any(path != copy.path for path in store.local.with_bytes(sha256)):
            try:
                mirror.root.check(mirror.marker)
                throw_file(mirror, copy, None, "a copy for a conflict that is over")
            except (FileChanged, DiskFailed) as error:  # it is looked at anew, and tried again
                fails(mirror, f"path:{copy.path}", "conflict", error, path=copy.path)
                mirror.eyes.mark({copy.path})
                continue
            store.local.drop_file(copy.path)
        store.placings.end(known)


def _is_over(mirror: Mirror, itemid: int, sha256: str, copy: LocalFile | None) -> bool:
    agreed, told = mirror.store.agreed.item(itemid), mirror.store.remote.item(itemid)
    if told is None or not is_told(mirror, itemid) or (agreed is not None and agreed.sha256 == sha256):
        return True
    directory = world(mirror).directory(told.folder)
    found = {agreed.path} if agreed else set() if directory is None else set(like_names(told, directory))
    keys = {names.path_key(path) for path in found}
    others = {path for path in mirror.store.local.with_bytes(sha256) if copy is None or path != copy.path}
    return all(names.path_key(path) not in keys for path in others)
