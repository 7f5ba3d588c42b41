"""The copies of conflicts that came to another end than a conflict.

Law: a copy was made of bytes that are still where they were, so that it goes once nobody needs it (I19). It goes into
the trash, and only while the same bytes are in the folder besides.
"""

from __future__ import annotations

from syncd.core.model import Direction
from syncd.engine.mirror import Mirror
from syncd.engine.traces import Traces, is_told
from syncd.engine.trashing import throw_file


def clear_copies(mirror: Mirror) -> None:
    """Clears away what was copied for a conflict whose item is gone by now, or whose file is no longer what was copied:
    it was renamed, say, and is somewhere else."""
    store = mirror.store
    if mirror.policy.direction is Direction.PUSH:
        return
    traces = Traces(mirror)
    for trace in traces.known:
        known, sha256 = trace.itemid, trace.sha256
        if known > 0 or traces.being_placed(known) or not _is_over(mirror, -known, sha256):
            continue
        copy = traces.file(trace)
        is_item = copy is not None and store.agreed.at(copy.path) is not None
        if copy and not is_item and any(path != copy.path for path in store.local.with_bytes(sha256)):
            mirror.root.check(mirror.marker)
            throw_file(mirror, copy, None, "a copy for a conflict that is over")
            store.local.drop_file(copy.path)
        store.placings.end(known)


def _is_over(mirror: Mirror, itemid: int, sha256: str) -> bool:
    if not is_told(mirror, itemid):
        return True
    agreed = mirror.store.agreed.item(itemid)
    file = mirror.store.local.file(agreed.path) if agreed else None
    return agreed is not None and (agreed.sha256 == sha256 or file is None or file.sha256 != sha256)
