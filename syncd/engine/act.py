"""Act: carries a plan out, group by group, and keeps what became of each action.

Law: an action that fails is one item's failure; the rest goes on. What is no item's (the remote cannot be reached, a
login is needed, the folder is gone) ends the cycle, after what is under way has come to its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, assert_never

from syncd.core import names
from syncd.core.actions import (
    Action,
    Adopt,
    AgreeFolder,
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Follow,
    Forget,
    ForgetFolder,
    MoveDirectory,
    MoveFile,
    MoveItem,
    RenameFolder,
    Replace,
    Retitle,
    UnmakeFolder,
    Upload,
)
from syncd.core.errors import (
    DiskFailed,
    FileChanged,
    ItemFailed,
    NotThere,
    OutcomeUnknown,
    Refused,
    SyncdError,
    Unsupported,
)
from syncd.core.events import ActionEnded, Outcome
from syncd.core.model import Into
from syncd.core.state import Answer
from syncd.engine.describe import deletion_subject, itemid_of, path_of, subject_of, word_of
from syncd.engine.failing import QUICK_TRIES, fails
from syncd.engine.folding import fold
from syncd.engine.mirror import Mirror
from syncd.engine.planning import plan_arrival
from syncd.engine.receiving import conflict, download
from syncd.engine.removing import adopt, delete_file, delete_item, follow, forget, move_file
from syncd.engine.sending import move_item, replace_bytes, retitle, upload
from syncd.engine.steps import Crew, Handler, OnDisk, run_all
from syncd.store.history import Done

_GROUPS: tuple[tuple[type[Action], ...], ...] = (
    (AgreeFolder, RenameFolder, MoveDirectory, UnmakeFolder, ForgetFolder),
    (Forget, Follow, Adopt, Retitle, MoveItem),
    (DeleteItem, DeleteFile),
    (MoveFile,),
    (Conflict, Download),
    (Replace, Upload),
)
_ONE_BY_ONE = frozenset({0, 1, 3})
"""Groups in which an action may rely on the one before it."""


@dataclass(slots=True)
class Outcomes:
    """What became of the actions: what a person would notice, how many may have changed the world, whether it was seen
    to be another than the plan knew, and what ended it early, if anything did. `confirmed`: deletions that a person
    asked for, so that they do not count for the brake."""

    ended: list[ActionEnded] = field(default_factory=list)
    moved: int = 0
    stale: bool = False
    confirmed: frozenset[str] = frozenset()
    error: SyncdError | None = None


def carry_out(mirror: Mirror, actions: Sequence[Action]) -> Outcomes:
    """Carries the actions out."""
    answers = mirror.store.decisions.answers()
    outcomes = Outcomes(confirmed=frozenset(s for s, answer in answers.items() if answer is Answer.CONFIRM))
    for number, kinds in enumerate(_GROUPS):
        group = [action for action in actions if isinstance(action, kinds)]
        if outcomes.error is not None or mirror.stop():
            break
        if group:  # else it would be an empty transaction
            _carry_out_group(mirror, group, 1 if number in _ONE_BY_ONE else _in_flight(mirror), outcomes)
    return outcomes


def _in_flight(mirror: Mirror) -> int:
    """How many actions are under way at once: enough that no thread for transfers waits for the disk or the engine."""
    return 2 * mirror.policy.transfers


def _submit(mirror: Mirror, work: Callable[[], Any]) -> Future[Any]:
    pool = mirror.disk if isinstance(work, OnDisk) and mirror.disk is not None else mirror.pool
    return pool.submit(work)


def _carry_out_group(mirror: Mirror, group: Sequence[Action], most: int, outcomes: Outcomes) -> None:
    crew = Crew(lambda work: _submit(mirror, work), most, mirror.store.transaction)
    claims = _Claims(group)
    with closing(run_all(((action, _handle(mirror, action, claims)) for action in group), crew)) as running:
        for ended in running:
            for action, did, error in ended:
                _conclude(mirror, action, did=bool(did), error=error, outcomes=outcomes)
            if outcomes.error is not None or mirror.stop():
                break


def _handle(mirror: Mirror, action: Action, claims: _Claims) -> Handler[bool]:
    """The handler of an action."""
    match action:
        case Download():
            return (yield from _download(mirror, action, claims))
        case Upload():
            return (yield from upload(mirror, action, claims.unsure))
        case Replace():
            return (yield from replace_bytes(mirror, action))
        case Retitle():
            return (yield from retitle(mirror, action))
        case MoveItem():
            return (yield from move_item(mirror, action))
        case MoveFile():
            return (yield from move_file(mirror, action))
        case DeleteItem():
            return (yield from delete_item(mirror, action))
        case DeleteFile():
            return (yield from delete_file(mirror, action))
        case Adopt():
            return (yield from adopt(mirror, action))
        case Follow():
            return follow(mirror, action)
        case Forget():
            return forget(mirror, action)
        case Conflict():
            return (yield from conflict(mirror, action))
        case AgreeFolder() | RenameFolder() | MoveDirectory() | ForgetFolder() | UnmakeFolder():
            return (yield from fold(mirror, action))
        case _:
            assert_never(action)


class _Claims:
    """The names that the downloads of a group may want, so that each is given to one. Titles that are equal, or only
    differ in case or Unicode form, are left to a plan, which sees them together. `unsure`: as in `upload`."""

    def __init__(self, group: Sequence[Action]) -> None:
        self.unsure: set[str] = set()
        downloads = [action for action in group if isinstance(action, Download)]
        self._titles = Counter(self._title(action) for action in downloads)
        self._paths = {names.path_key(action.path) for action in downloads if action.path is not None}

    @staticmethod
    def _title(action: Download) -> tuple[int | None, str]:
        return action.folder, names.key(names.component(action.item.title))

    def grant(self, action: Download, onwards: Download) -> bool:
        """Whether the download may go on to the path; nobody else gets it then."""
        key = names.path_key(onwards.path or "")
        granted = self._titles[self._title(action)] == 1 and key not in self._paths
        self._paths.add(key)
        return granted


def _download(mirror: Mirror, action: Download, claims: _Claims) -> Handler[bool]:
    """Fetches; and where only the item's type had to be known, goes straight on to where it belongs."""
    did = yield from download(mirror, action)
    onwards = plan_arrival(mirror, action.item.id) if action.path is None and action.agreed is None else None
    if onwards is None or not claims.grant(action, onwards):
        return did
    return (yield from download(mirror, onwards))


def _conclude(mirror: Mirror, action: Action, *, did: bool, error: BaseException | None, outcomes: Outcomes) -> None:
    """Keeps what became of an action, and tells it, unless nothing was done that a person would notice."""
    word, path, itemid = word_of(action), path_of(action), itemid_of(action)
    if error is None:
        outcomes.moved += 1
        mirror.store.failures.end(subject_of(action))
        if not did:
            return
        itemid = itemid if itemid is not None else _new_id(mirror, path)
        event = ActionEnded(word, path, itemid, Outcome.DONE, action.reason)
    elif isinstance(error, SyncdError):
        names_item = error.itemid is not None
        error.itemid = error.itemid if names_item else itemid
        event = ActionEnded(word, path, itemid, _outcome(error), action.reason, f"{error.code}: {error.message}")
        if isinstance(error, ItemFailed | OutcomeUnknown | Unsupported):
            outcomes.moved += isinstance(error, OutcomeUnknown)
            outcomes.stale |= isinstance(error, NotThere)
            fails(mirror, subject_of(action), word, error, path=path)
            _look_again(mirror, action, error, names_item=names_item)
        else:
            outcomes.error = error  # it is no item's: nothing is told of this one, which is tried again after it
            return
    else:
        raise error
    reason = event.reason if error is None else f"{event.reason}; {event.error}"
    counts = not isinstance(action, DeleteItem | DeleteFile) or deletion_subject(action) not in outcomes.confirmed
    mirror.store.history.add(Done(mirror.clock.now(), word, path, itemid, event.outcome.value, reason, counts))
    outcomes.ended.append(event)
    mirror.listener.told(event)


def _new_id(mirror: Mirror, path: str) -> int | None:
    agreed = mirror.store.agreed.at(path)
    return agreed.id if agreed else None


def _outcome(error: SyncdError) -> Outcome:
    return Outcome.REFUSED if isinstance(error, Refused) else Outcome.FAILED


def _look_again(mirror: Mirror, action: Action, error: SyncdError, *, names_item: bool) -> None:
    """What failed because the world moved on is looked at anew. `names_item`: the error itself says which item."""
    match error:
        case FileChanged() | DiskFailed():
            mirror.eyes.mark({path for path in (error.path, path_of(action)) if path})
        case NotThere() if isinstance(action, Upload | MoveItem) and isinstance(action.target, Into):
            mirror.store.remote.doubt_folder(action.target.folder)
            if names_item:
                _ask_again(mirror, action, certain=False)  # the drafts do not say which of both is not there
        case NotThere():
            _ask_again(mirror, action, certain=True)
        case _:
            return


def _ask_again(mirror: Mirror, action: Action, *, certain: bool) -> None:
    """The remote knows no such item: what it told of an agreed one no longer counts. One that is new is only forgotten
    after some tries: were the answer wrong, it would not be told again before the next true-up. So is one of which it
    is not `certain` that the item is meant."""
    itemid, failure = itemid_of(action), mirror.store.failures.get(subject_of(action))
    if itemid is None:
        return
    known = mirror.store.agreed.item(itemid) is not None
    if (known and certain) or (failure is not None and failure.attempts > QUICK_TRIES):
        mirror.store.remote.withdraw(itemid)
