"""Builds what the planner is told from the store, and keeps what it answers.

Law: nothing is decided here. The world that the planner asks is one snapshot: nothing writes while a plan is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.core.actions import Action, AgreeFolder, Download, FolderAction, Upload
from syncd.core.folders import Ground, differing, plan_folders
from syncd.core.model import LocalFile
from syncd.core.places import plain_path
from syncd.core.plan import Deletions, Plan, plan
from syncd.core.state import Seen, State, World
from syncd.core.steps import itemid_of
from syncd.core.verdicts import Here, There
from syncd.engine.awaiting import await_quiet
from syncd.engine.describe import path_of, subject_of, word_of
from syncd.engine.failing import works
from syncd.engine.look_files import scans_failing
from syncd.engine.mirror import Mirror
from syncd.engine.traces import Traces
from syncd.engine.trashing import begun_deletion
from syncd.engine.twins import part
from syncd.store.decisions import HeldRow

HOUR = 3600.0
ARRIVALS = 2000
SAMPLE = 20


def deletions(mirror: Mirror, states: Sequence[State] = ()) -> Deletions:
    """What the brake needs to know. Those of these items that are gone on both sides we may have deleted ourselves."""
    since = mirror.clock.now() - HOUR
    history, now = mirror.store.history, mirror.store.agreed.count()
    gone = [s.agreed for s in states if s.agreed and s.here is Here.GONE and s.there is There.DELETED]
    begun = [begun_deletion(mirror, agreed, since) for agreed in gone]
    here, there = (history.count(word, since) + begun.count(word) for word in ("delete-local", "delete-remote"))
    before = now - history.net_growth(since) if here or there else now
    return Deletions(mirror.policy.brake, here, there, max(now, before), now)


def plan_items(mirror: Mirror, *, after: int = 0) -> tuple[Plan, int | None]:
    """A plan for the items that may differ, of those that are new there a bounded number, from the id `after` on; and
    where to go on for more, None if there are no more.

    While there are more, no new file is submitted: it may be one of them.
    """
    states, following = mirror.store.states.changed(mirror.eyes, after=after, most=ARRIVALS)
    parted = part(mirror, await_quiet(mirror, states))
    counted = deletions(mirror, states) if any(map(_may_go, states)) else Deletions(mirror.policy.brake)
    made = parted.complete(plan(parted.states, world(mirror), counted))
    if following is not None:
        now = tuple(action for action in made.actions if not isinstance(action, Upload))
        made = replace(made, actions=now)
    return made, following


def plan_arrival(mirror: Mirror, itemid: int) -> Download | None:
    """Where one new item goes, now that its bytes and its type are known; None where that is not for this item alone to
    say: its name is taken, a new file here may be its equal, or it may be the outcome of a submission."""
    store = mirror.store
    if store.states.any_fresh() or store.intents.every() or store.twins.lost():
        return None
    state = mirror.store.states.one(itemid, mirror.eyes)
    if state is None or state.agreed is not None or state.remote is None:
        return None
    around = world(mirror)
    match plan([state], around, Deletions(mirror.policy.brake)).actions:
        case (Download(path=str(path)) as action,):
            plain = plain_path(state.remote, around.directory(state.remote.folder) or "")
            return action if path == plain else None
        case _:
            return None


def _may_go(state: State) -> bool:
    """Whether a deletion may follow from this, so that the brake needs its numbers: counting reads every agreed row."""
    agreed, local, remote = state.agreed, state.local, state.remote
    if agreed is None:
        return False
    elsewhere = local is None or (local.fingerprint.device, local.fingerprint.inode) != (agreed.device, agreed.inode)
    return elsewhere or agreed.superseded or (remote is not None and remote.seen is not Seen.LIVE)


def world(mirror: Mirror) -> World:
    """What surrounds the items."""
    store, policy = mirror.store, mirror.policy
    open_intents = store.intents.every()
    paths = {intent.path for intent in open_intents}
    hashes = {intent.sha256 for intent in open_intents}
    files = {intent.identity for intent in open_intents if intent.born_ns is not None}
    traces = Traces(mirror)

    def blocked(file: LocalFile) -> bool:
        sent = file.path in paths or file.sha256 in hashes or file.identity in files
        return sent or traces.is_untold(file)

    return World(
        direction=policy.direction,
        keep=policy.keep,
        abilities=mirror.remote.abilities,
        folder=store.agreed.folder,
        folder_at=store.agreed.folder_at,
        owner=store.states.owner,
        bytes_at=lambda path: file.sha256 if (file := store.local.file(path)) else None,
        ignored=lambda path: _is_ignored(mirror, path),
        left_alone=store.local.is_hidden,
        restless=lambda path: path in mirror.eyes.restless,
        blocked=blocked,
        placed=traces.placed,
        copied=traces.copied,
        being_placed=traces.being_placed,
        placing=traces.placing,
        unanswered=store.unanswered.sha256,
        answers=store.decisions.answers(),
        automatic=store.first_unused_automatic,
        first_meeting=store.facts.get("met") is None,
        incomplete=bool(scans_failing(mirror)),
    )


def _is_ignored(mirror: Mirror, path: str) -> bool:
    return mirror.rules is not None and mirror.rules.matches(path, False)  # noqa: FBT003 - like isdir


def plan_for_folders(mirror: Mirror) -> Sequence[FolderAction]:
    """The plan for the folders that may differ."""
    return plan_folders(mirror.store.folder_states.changed(mirror.eyes), _ground(mirror))


def settle_folders(mirror: Mirror, planned: Sequence[FolderAction]) -> None:
    """Takes the marks away from the folders that are done with after this plan, of which nothing can be done now."""
    states = mirror.store.folder_states
    left = states.busy()
    for action in planned:
        left.add(action.folder.id if isinstance(action, AgreeFolder) else action.agreed.id)
    if planned:
        left |= differing(states.changed(mirror.eyes), _ground(mirror))
    states.settle(left)


def _ground(mirror: Mirror) -> Ground:
    store = mirror.store

    def exists(path: str) -> bool:
        return store.local.directory(path) is not None and not store.local.is_hidden(path)

    def occupied(path: str) -> bool:
        found = store.local.occupied(path)
        return found is not None and (found != path or not exists(path))

    return Ground(
        direction=mirror.policy.direction,
        abilities=mirror.remote.abilities,
        folder=store.agreed.folder,
        folder_at=store.agreed.folder_at,
        occupied=occupied,
        exists=exists,
        filed=lambda path: store.local.file(path) is not None,
        ignored=lambda path: mirror.rules is not None and mirror.rules.matches(path, True),  # noqa: FBT003 - like isdir
        left_alone=store.local.is_hidden,
        refused=lambda id_: (failure := store.failures.get(f"folder:{id_}")) is not None and failure.error == "refused",
    )


def due_now(mirror: Mirror, actions: Sequence[Action]) -> tuple[list[Action], float | None]:
    """The actions without those that failed and are to wait; and when the first of these may be tried (Unix time)."""
    failures, now = mirror.store.failures.every(), mirror.clock.now()
    due: list[Action] = []
    retry_at: float | None = None
    for action in actions:
        failure = failures.get(subject_of(action))
        if failure and failure.action == word_of(action) and failure.is_put_off(now):
            retry_at = min(at for at in (retry_at, failure.retry_at) if at is not None)
        else:
            due.append(action)
    return due, retry_at


def keep_plan(mirror: Mirror, made: Plan) -> None:
    """Keeps what waits for a person, what is left alone, and which marks are done with; ends failures without a
    cause."""
    store, now = mirror.store, mirror.clock.now()
    store.decisions.hold(
        now,
        [
            HeldRow(held.id, held.kind, held.reason, now, held.subjects, tuple(path_of(s) for s in held.steps[:SAMPLE]))
            for held in made.held
        ],
    )
    left = {f"path:{one.path}": one.reason for one in made.left}
    store.left.update(left)
    wanted = {subject_of(step): word_of(step) for step in made.actions}
    asked = [step for held in made.held for step in held.steps]  # what is held, is no failure, nor is its file's
    waits = {subject_of(step) for step in asked} | {f"path:{path_of(step)}" for step in asked}
    gone = [
        about
        for about, failure in store.failures.every().items()
        if about in waits or (wanted[about] != failure.action if about in wanted else _is_over(mirror, about, made))
    ]
    if gone:
        with store.transaction():
            for about in gone:
                store.failures.end(about)
    store.states.settle(made.settled, made.unsettled)


def end_folder_failures(mirror: Mirror, planned: Sequence[FolderAction]) -> None:
    """Ends the failures of folders about which no plan has anything to say any more."""
    wanted = {subject_of(action) for action in planned}
    for subject in mirror.store.failures.every():
        if subject.startswith("folder:") and subject not in wanted:
            works(mirror, subject)


def _is_over(mirror: Mirror, subject: str, made: Plan) -> bool:
    """Whether a failure has lost its cause: there is nothing to say about its item or file any more, or it is gone."""
    kind, _, name = subject.partition(":")
    match kind:
        case "path":
            file = mirror.store.local.file(name)
            gone = file is None or mirror.store.agreed.at(name) is not None  # (once agreed, it is its item that fails)
            alone = any(left.path == name for left in made.left)  # perhaps as an item's file that came there
            return gone or alone or any(s.local is not None and s.local.path == name for s in made.settled)
        case "item":
            told = mirror.store.remote.item(int(name)) or mirror.store.agreed.item(int(name))
            alone = int(name) in made.unsettled and all(waiting.itemid != int(name) for waiting in made.waiting)
            return told is None or alone or any(itemid_of(s) == int(name) for s in made.settled)
        case "asked":
            told = mirror.store.remote.item(int(name))
            return told.seen is Seen.LIVE if told else mirror.store.agreed.item(int(name)) is None
        case "scan":
            return bool(name) and (mirror.store.local.directory(name) is None or mirror.store.local.is_hidden(name))
        case "told":
            return name.isdecimal() and mirror.store.remote.item(int(name)) is not None
        case _:
            return False
