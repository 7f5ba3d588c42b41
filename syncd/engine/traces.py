"""What became of the files that we were placing when we were interrupted.

Law: a file is known by its trace wherever it is now. Until every place was looked at it may still turn up, and nothing
is fetched or copied again meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core import names
from syncd.core.model import Agreed, Item, LocalFile, Withdrawn
from syncd.core.state import Seen
from syncd.engine import record
from syncd.engine.asking import ask
from syncd.engine.look_there import record_reading
from syncd.engine.mirror import Mirror
from syncd.store.placings import Trace


class Traces:
    """The traces of one moment."""

    def __init__(self, mirror: Mirror) -> None:
        self._local, self._eyes = mirror.store.local, mirror.eyes
        every = mirror.store.placings.every()
        self.known = [trace for trace in every if trace.itemid < 0 or _is_there(mirror, trace.itemid)]
        """One whose item is not told says not what the file is, but that it may be that item's: `end_gone` ends it if
        the item is gone."""
        self._untold = [trace for trace in every if trace not in self.known] if mirror.remote.abilities.read else []
        self._awaited = {trace.itemid for trace in self.known if self.may_turn_up(trace)}
        self._ours = [*self.known, *(trace_of(row, sha256) for row, sha256 in _unanswered(mirror))]

    def placed(self, file: LocalFile) -> int | None:
        """The item that this file was placed for, or was sent to without an answer."""
        return next((trace.itemid for trace in self._ours if trace.is_of(file)), None)

    def is_untold(self, file: LocalFile) -> bool:
        """Whether this file was placed for an item that is there, though the last listing did not tell it."""
        return any(trace.is_of(file) for trace in self._untold)

    def being_placed(self, itemid: int) -> bool:
        """Whether a file that was placed for the item may still turn up."""
        return itemid in self._awaited

    def placing(self, itemid: int) -> str | None:
        """The bytes that were being placed for the item."""
        return next((trace.sha256 for trace in self.known if trace.itemid == itemid), None)

    def copied(self, itemid: int) -> str | None:
        """Where the copy for the item's conflict is."""
        return self.path(-itemid)

    def path(self, itemid: int) -> str | None:
        """Where the file is that was placed for the item; below zero: the copy for its conflict."""
        files = (self.file(trace) for trace in self.known if trace.itemid == itemid)
        return next((file.path for file in files if file), None)

    def file(self, trace: Trace) -> LocalFile | None:
        """The file of a trace, if it was seen."""
        return next(iter(self._files(trace)), None)

    def _files(self, trace: Trace) -> list[LocalFile]:
        files = (self._local.file(path) for path in self._local.with_inode(trace.inode, trace.device))
        return [file for file in files if file and trace.is_of(file)]

    def may_turn_up(self, trace: Trace) -> bool:
        """Whether the file is somewhere that is not quiet, or that was not looked at since it was first missed."""
        if self._eyes.in_motion(trace.device, trace.inode, -1):
            return True
        files = self._files(trace)
        if not files:
            return self._eyes.seeks(trace.device, trace.inode)
        if all(self._eyes.hides(file.path) for file in files):
            return True  # it has just left the place where it was seen, perhaps by a rename
        self._eyes.found(trace.device, trace.inode)
        return False


def _unanswered(mirror: Mirror) -> list[tuple[Agreed, str]]:
    """What was sent to agreed items; the file of one that was moved by submitting it anew is the new item's."""
    found = [(mirror.store.agreed.item(itemid), sha256) for itemid, sha256 in mirror.store.unanswered.every().items()]
    return [(agreed, sha256) for agreed, sha256 in found if agreed and not agreed.superseded]


def trace_of(agreed: Agreed, sha256: str) -> Trace:
    """What an agreed item's file is known by, wherever it is; without times of birth, by these bytes: the agreed ones,
    or those that were sent and nobody agreed on yet."""
    return Trace(agreed.id, agreed.inode, agreed.device, agreed.born_ns, sha256)


def end_gone(mirror: Mirror) -> bool:
    """Ends the traces of items that are gone before anything was agreed. A published one keeps its file, which is never
    submitted again (I7); of one that was deleted it is agreed now, so that its file goes like any other, unless it was
    edited since. Whether an item is there that was not told."""
    placings = mirror.store.placings
    gone = [trace for trace in placings.every() if trace.itemid > 0 and not _is_there(mirror, trace.itemid)]
    if not gone or not mirror.remote.abilities.read:
        return False
    traces, untold = Traces(mirror), False
    for trace in gone:
        itemid, file = trace.itemid, traces.file(trace)
        if file is None:
            continue  # it may still turn up
        found = ask(mirror, [itemid]).get(itemid)
        untold |= isinstance(found, Item)
        with mirror.store.transaction():
            if isinstance(found, Withdrawn):
                mirror.store.agreed.put(_placed(trace, file, released=found is Withdrawn.PUBLISHED))
                mirror.store.remote.withdraw(itemid)
                record_reading(mirror, itemid, found)
                placings.end(itemid)
    return untold


def _placed(trace: Trace, file: LocalFile, *, released: bool) -> Agreed:
    """What would have been agreed, had the placing come to its end; `released`: the item is no longer synced."""
    title, extension = names.split(names.name_of(file.path))
    item = Item(trace.itemid, title, None, None, extension)
    agreed = record.agreed_of(item, None, file, ours=False)
    return replace(agreed, sha256=trace.sha256, released=released)


def is_told(mirror: Mirror, itemid: int) -> bool:
    """Whether the remote told of the item, and nobody has said since that it is gone."""
    told = mirror.store.remote.item(itemid)
    return told is not None and told.seen in {Seen.LIVE, Seen.UNSURE}


def _is_there(mirror: Mirror, itemid: int) -> bool:
    return mirror.store.agreed.item(itemid) is not None or is_told(mirror, itemid)
