"""The operations that change something: they run on the thread that holds the mirror's lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from syncd.core.errors import NotThere, SyncdError
from syncd.core.events import Event, Listener, Outcome, Transferred
from syncd.core.model import Changes, Keep
from syncd.core.state import Answer as Word
from syncd.daemon import documents
from syncd.daemon.asking import shown, synced_at
from syncd.daemon.documents import Answer, Document, listed
from syncd.daemon.exits import DONE, LATER, SOMETHING_LEFT, error_document, exit_code, failure_document, worst
from syncd.daemon.keeping import Watched
from syncd.engine import Mirror, Run, answer_hold, edit, resolve_conflict, restore, settle, verify
from syncd.local import trash

DAY = 86400.0
ENDED = frozenset({Outcome.DONE, Outcome.PLANNED})


class _Counting:
    """Counts the bytes of files, and hands every event on."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.up = 0
        self.down = 0

    def told(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, Transferred):
            self.up += event.size if event.up else 0
            self.down += 0 if event.up else event.size
        self._listener.told(event)


def sync(mirror: Mirror, *, dry_run: bool, full: bool) -> Answer:
    """Cycles until settled, and tells all about it. What failed before is tried again at once."""
    before, began = mirror.remote.requests(), mirror.clock.steady()
    watched = Watched(mirror, true_up=full and not dry_run)
    with _counted(mirror) as counting:
        if not dry_run:
            mirror.store.failures.retry_now()
        run = settle(mirror, true_up=full, dry_run=dry_run, after_cycle=watched.ended)
    document = _sync_document(mirror.name, run)
    document["seconds"] = round(mirror.clock.steady() - began, 3)
    document["requests"] = documents.requests(before, mirror.remote.requests())
    document["bytes"] = {"up": counting.up, "down": counting.down}
    return Answer(document, _sync_code(run, dry_run=dry_run))


@contextmanager
def _counted(mirror: Mirror) -> Iterator[_Counting]:
    listener = mirror.listener
    mirror.listener = counting = _Counting(listener)
    try:
        yield counting
    finally:
        mirror.listener = listener


def unsynced(mirror: str, error: SyncdError) -> Answer:
    """The same document of a run that could not begin."""
    return Answer(_sync_document(mirror, Run(error=error)), exit_code(error))


def _sync_document(mirror: str, run: Run) -> Document:
    report = run.report
    errors = [error_document(run.error)] if run.error else []
    counts = Counter(event.action for event in run.actions if event.outcome in ENDED)
    return {
        "mirror": mirror,
        "settled": report.settled,
        "cycles": run.cycles,
        "seconds": 0.0,
        "actions": [documents.action(event) for event in run.actions],
        "counts": dict(counts),
        "requests": {"total": 0},
        "bytes": {"up": 0, "down": 0},
        "held": [documents.held(row) for row in report.held],
        "conflicts": [documents.conflict(row) for row in report.conflicts],
        "errors": errors + [failure_document(failure) for failure in report.failures],
        "ignored": dict(report.ignored),
        "retry_at": run.retry_at,
    }


def _sync_code(run: Run, *, dry_run: bool) -> int:
    report = run.report
    codes = [DONE if run.error is None else exit_code(run.error)]
    if not dry_run:
        if report.held or report.conflicts or report.failures or not report.settled:
            codes.append(SOMETHING_LEFT)
        if report.error is None and report.due is not None and not report.settled:
            codes.append(LATER)  # what is not quiet, or in limbo, for longer than the run was patient
    return worst(codes)


def answer(mirror: Mirror, *, hold: str, word: Word) -> Answer:
    """Confirms or rejects what is held; the next cycle carries it out."""
    answer_hold(mirror, hold, word)
    return Answer({"id": hold, "answer": word.value})


def resolve(mirror: Mirror, *, path: str, keep: Keep) -> Answer:
    """Decides a conflict; the next cycle carries it out."""
    resolve_conflict(mirror, path, keep)
    return Answer({"path": path, "keep": keep.value})


def bring_back(mirror: Mirror, *, trash_id: str) -> Answer:
    """Brings a file back from the trash."""
    return Answer({"id": trash_id, "path": restore(mirror, trash_id)})


def empty_trash(mirror: Mirror, *, older_than: float) -> Answer:
    """Deletes for good what was put into the trash that many days ago, or earlier."""
    mirror.root.check(mirror.marker)
    before = mirror.clock.now() - older_than * DAY
    rows = [row for row in mirror.store.trash.every() if row.deleted <= before]
    for row in rows:
        trash.purge(mirror.root, row.trashed)
        mirror.store.trash.remove(row.id)
    return Answer({"removed": len(rows), "bytes": sum(row.size for row in rows)})


def change(mirror: Mirror, *, path: str, changes: Changes) -> Answer:
    """Changes an item's metadata at once, and shows what the server made of it."""
    agreed = synced_at(mirror, path)
    if agreed.released:
        raise NotThere(f"{path!r} was published, and is no longer synced", path=path, itemid=agreed.id)
    return Answer(shown(mirror, agreed, edit(mirror, path, changes)))


def compare(mirror: Mirror, *, content: bool) -> Answer:
    """Compares disk, store and remote."""
    found = [documents.difference(each) for each in verify(mirror, content=content)]
    return Answer(listed("verify", found), SOMETHING_LEFT if found else DONE)
