"""Look at the remote: what its delta tells.

Law: what was told is applied, but the stored cursor moves only to one that all pages of a drain named (W21). What
vanished is looked up before anything is concluded (W24): see `vanished`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from syncd.core.errors import ItemFailed, NotThere, SyncdError, Unsupported
from syncd.core.events import Looking
from syncd.core.model import Direction, Folder, Item, Withdrawn
from syncd.core.state import Seen
from syncd.engine.asking import ask
from syncd.engine.failing import fails, works
from syncd.engine.mirror import Mirror, go_on
from syncd.remotes.faces import Drained, Page, Problem, Reset

WANTED = "listing_wanted"
"""The fact that a cursor was taken over past which something may never be told, so that the next drain lists all."""
DRAINS = 5
"""So often a drain is repeated until all its pages name one cursor."""


def look_there(mirror: Mirror, *, epoch: bool) -> bool:
    """Brings the remote observation up to date; `epoch`: by a complete listing. Whether a complete listing is wanted
    next.

    Raises what the remote's `drain` raises. Repeatable.
    """
    if not mirror.remote.abilities.list:
        mirror.store.agreed.listing = False
        return False
    try:
        wanted = mirror.store.facts.get(WANTED) is not None
        return _drain_until_steady(mirror, epoch=epoch or wanted or _is_to_be_told_again(mirror))
    except Unsupported as error:
        if mirror.policy.direction is not Direction.PUSH:
            fails(mirror, "delta", "look", error)
        mirror.store.agreed.listing = False
        return False


def _is_to_be_told_again(mirror: Mirror) -> bool:
    """Whether it is time to ask for everything again, as something made no sense. A complete listing moved the cursor
    past it, so no other will tell it."""
    failures, now = mirror.store.failures.every(), mirror.clock.now()
    return any(about.startswith("told:") and not f.is_put_off(now) for about, f in failures.items())


def _drain_until_steady(mirror: Mirror, *, epoch: bool) -> bool:
    store = mirror.store
    drained = Drained("", epoch=False, steady=True)
    told = _Told()
    for _ in range(DRAINS):
        drained = _drain(mirror, None if epoch else store.remote.cursor, told)
        if told.problems and not drained.epoch:
            store.remote.apply(cursor=None, whole=False)  # the cursor is past what nobody could read (I10)
            return True
        if drained.steady:
            if drained.epoch:
                works(mirror, "delta")
                _end_problems(mirror, told.problems)
            else:
                items, folders = store.remote.passing()
                _forget_untold(mirror, items)
                _forget_folders(mirror, folders)
            _take_over(mirror, drained.cursor, told, whole=drained.epoch)
            return not drained.epoch and _look_for_ours(mirror)
        store.remote.apply(cursor=None, whole=False)
    if not epoch or store.remote.cursor is None:
        with store.transaction():
            _take_over(mirror, drained.cursor, told, whole=False, steady=False)
            store.facts.put(WANTED, "yes")
        return True
    # An epoch that is never steady moves no cursor: what its pages missed is told by going on from the stored one.
    with store.transaction():
        store.remote.apply(cursor=None, whole=False, steady=False)
        store.facts.drop(WANTED)
    _end_problems(mirror, told.problems)
    _doubt_untold(mirror, told.items)
    _forget_folders(mirror, [folder.id for folder in store.agreed.every_folder() if folder.id not in told.folders])
    return False


def _take_over(mirror: Mirror, cursor: str | None, told: _Told, *, whole: bool, steady: bool = True) -> None:
    """Takes the last drain over with its cursor. What an earlier one told from the same cursor, and it does not, has
    gone meanwhile, and as it never was there for this cursor no tombstone need tell of it. One that moved says nothing
    of that (W21)."""
    with mirror.store.transaction():
        mirror.store.remote.apply(cursor=cursor, whole=whole, steady=steady)
        if whole:
            mirror.store.facts.drop(WANTED)
        for itemid in told.items - told.last if steady else ():
            mirror.store.remote.withdraw(itemid)


def _look_for_ours(mirror: Mirror) -> bool:
    """Asks for what we have submitted and the drain, which began later, did not tell: what came and went since the
    cursor is not told at all. If something is gone, a complete listing says so, or that this was a slip. Whether
    another is wanted next."""
    untold = mirror.store.agreed.untold() if mirror.remote.abilities.read else []
    gone = [itemid for itemid, found in ask(mirror, untold).items() if not isinstance(found, Item)]
    wanted = bool(gone) and _drain_until_steady(mirror, epoch=True)
    for itemid in set(gone).intersection(mirror.store.agreed.untold() if gone else ()):
        mirror.store.remote.withdraw(itemid)  # the listing was never steady, so it said nothing
    return wanted


def _doubt_untold(mirror: Mirror, told: set[int]) -> None:
    """Items that no drain of an epoch told, which was never steady, are in doubt. That they were not told says nothing
    (W21), but no tombstone need ever come: they are looked up, or held over the brake, as any that vanished."""
    store = mirror.store
    with store.transaction():
        for itemid in [row.id for row in store.agreed.every() if row.id not in told and not row.released]:
            store.remote.withdraw(itemid)
    _forget_untold(mirror, [row.item.id for row in store.remote.every() if row.item.id not in told])


def _forget_untold(mirror: Mirror, untold: Sequence[int]) -> None:
    """Forgets what nothing was agreed on, was not told, and is not there when asked for by itself: else a submission in
    limbo, which may have made it, would wait for its bytes for ever."""
    nobodys = [itemid for itemid in untold if mirror.store.agreed.item(itemid) is None]
    asked = nobodys if mirror.remote.abilities.read else []
    for itemid, found in ask(mirror, asked).items():
        if not isinstance(found, Item):
            mirror.store.remote.withdraw(itemid)


def _forget_folders(mirror: Mirror, untold: Sequence[int]) -> None:
    """Forgets folders that were not told and are not there when asked for: else what is new in their directory would be
    submitted into them in vain (W26)."""
    for folder in untold if mirror.remote.abilities.read else ():
        if mirror.store.remote.folder(folder) is not None:
            try:
                mirror.remote.read_folder(folder)
            except NotThere:
                mirror.store.remote.forget_folder(folder)
            except ItemFailed:
                continue  # it says nothing now: a request into it will fail as its file's, and the next listing asks


@dataclass(slots=True)
class _Told:
    """What drains from one cursor told: the ids of items and folders in any of them, of items in the last one, and what
    of that made no sense."""

    items: set[int] = field(default_factory=set)
    folders: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    problems: set[str] = field(default_factory=set)


def _drain(mirror: Mirror, cursor: str | None, told: _Told) -> Drained:
    """Stages one drain whole; adds what it told."""
    remote, count = mirror.store.remote, 0
    told.problems.clear()
    told.last.clear()
    remote.begin()
    for step in mirror.remote.drain(cursor, remote.knows_folder):
        go_on(mirror)
        match step:
            case Page():
                remote.stage(step.entries)
                told.last.update(entry.id for entry in step.entries if isinstance(entry, Item))
                told.folders.update(entry.id for entry in step.entries if isinstance(entry, Folder))
                told.problems.update(f"told:{problem.itemid}" for problem in step.problems)
                count += len(step.entries)
                mirror.listener.told(Looking("there", count))
                _keep_problems(mirror, step.problems)
            case Reset():
                remote.begin()
                told.problems.clear()
                told.last.clear()
            case Drained():
                if cursor is None or not step.epoch:  # else it was told from another beginning than this cursor
                    told.items |= told.last
                return step
    raise AssertionError("a drain ends with Drained")


def _keep_problems(mirror: Mirror, problems: Sequence[Problem]) -> None:
    """Entries that made no sense are their items' failures; the rest goes on."""
    if problems:
        with mirror.store.transaction():
            for problem in problems:
                error = SyncdError(problem.message, itemid=problem.itemid, remedy="It is left out; the rest goes on.")
                fails(mirror, f"told:{problem.itemid}", "look", error)


def _end_problems(mirror: Mirror, still: Collection[str]) -> None:
    """What a complete listing told, it told with sense; an entry without even an id has no other end."""
    for about in mirror.store.failures.every():
        if about.startswith("told:") and about not in still:
            works(mirror, about)


def record_reading(mirror: Mirror, itemid: int, found: Item | Withdrawn) -> None:
    """Records what reading one item by itself said."""
    match found:
        case Withdrawn.DELETED:
            mirror.store.remote.mark(itemid, Seen.DELETED)
        case Withdrawn.PUBLISHED:
            mirror.store.remote.mark(itemid, Seen.PUBLISHED)
        case Item():
            known = mirror.store.remote.item(itemid)
            same = known is not None and found.version is not None and known.item.version == found.version
            mirror.store.remote.see(found, known.sha256 if known and same else None)
