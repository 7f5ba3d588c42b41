"""One cycle of one mirror: look, plan, act, record.

Law: these four steps and nothing else. A cycle can end at any point; the next one looks again. Plans are made and
carried out until one has nothing left that can be done now, because an action may be what another waits for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from syncd.core.actions import Action
from syncd.core.errors import ItemFailed, SyncdError
from syncd.core.events import ActionEnded, Outcome, WorkPlanned
from syncd.core.plan import Plan
from syncd.core.steps import Waiting
from syncd.engine.act import carry_out
from syncd.engine.copies import clear_copies
from syncd.engine.decide import carry_out_decisions
from syncd.engine.describe import itemid_of, path_of, size_of, word_of
from syncd.engine.limbo import limbo_due, resolve_limbo
from syncd.engine.look_files import scans_failing
from syncd.engine.look_here import look_here
from syncd.engine.look_there import look_there
from syncd.engine.mirror import Mirror
from syncd.engine.planning import (
    due_now,
    end_folder_failures,
    keep_plan,
    plan_for_folders,
    plan_items,
    settle_folders,
)
from syncd.engine.prove import prove_provisional
from syncd.engine.record import folder_words_arrived, words_arrived
from syncd.engine.report import Report, ignored
from syncd.engine.traces import end_gone
from syncd.engine.trashing import tidy
from syncd.engine.vanished import look_up_vanished

PASSES = 1000


def cycle(mirror: Mirror, *, true_up: bool = False, dry_run: bool = False) -> Report:
    """Runs one cycle. `true_up`: a full look at both sides. `dry_run`: writes what it saw, and changes nothing else.

    Never raises a SyncdError: what ended the cycle early is in the report.
    """
    done = _Done()
    try:
        _look(mirror, done, true_up=true_up)
        if dry_run:
            _rehearse(mirror, done)
        else:
            if true_up:
                with suppress(ItemFailed):  # what cannot be cleared away now waits for the next one
                    tidy(mirror)
            _act(mirror, done)
    except SyncdError as error:
        done.error = error
    return _report(mirror, done)


class _Done:
    """What the cycle did so far."""

    def __init__(self) -> None:
        self.ended: list[ActionEnded] = []
        self.waiting: list[Waiting] = []
        self.left_over: list[Action] = []
        self.tried: list[Action] = []
        self.progress = False
        self.retry_at: float | None = None
        self.true_up_wanted = False
        self.error: SyncdError | None = None


def _look(mirror: Mirror, done: _Done, *, true_up: bool) -> None:
    store = mirror.store
    mirror.root.check(mirror.marker)
    if true_up:
        store.states.mark_all()
        store.left.clear()
    done.true_up_wanted = look_there(mirror, epoch=true_up)
    folder_words_arrived(mirror)
    words_arrived(mirror)
    look_up_vanished(mirror)
    look_here(mirror, full=true_up)
    done.true_up_wanted |= end_gone(mirror) and not true_up
    if true_up:
        prove_provisional(mirror)
    before = len(store.intents.every())
    resolve_limbo(mirror)
    done.progress = len(store.intents.every()) < before


def _act(mirror: Mirror, done: _Done) -> None:
    done.progress |= carry_out_decisions(mirror)
    clear_copies(mirror)
    for _ in range(PASSES):
        if not _act_once(mirror, done):
            break
    done_with = not done.waiting or (not done.progress and bool(mirror.store.failures.every()))
    # (What fails, and goes on failing, does not keep the rest apart for ever.)
    met = done.error is None and not mirror.stop() and mirror.eyes.due() is None and done_with
    if met and mirror.store.facts.get("met") is None:
        mirror.store.facts.put("met", "yes")


def _act_once(mirror: Mirror, done: _Done) -> bool:
    """Makes one plan and carries it out, the folders' first; whether anything came of it."""
    if not mirror.store.states.any_changed():
        done.waiting, done.left_over = [], []
        keep_plan(mirror, Plan())
        return False
    done.waiting, done.left_over = [], []
    planned = plan_for_folders(mirror)
    end_folder_failures(mirror, planned)
    folders, done.retry_at = due_now(mirror, planned)
    if not folders:
        settle_folders(mirror, planned)
    elif _carry_out(mirror, folders, done):
        return True
    if done.error is not None:
        return False
    return _act_on_items(mirror, done)


def _act_on_items(mirror: Mirror, done: _Done) -> bool:
    """Plans window by window of what is new there, until one has something that can be done now."""
    after: int | None = 0
    while after is not None and done.error is None:
        made, after = plan_items(mirror, after=after)
        keep_plan(mirror, made)
        actions, retry_at = due_now(mirror, made.actions)
        again = actions == done.tried  # it had no effect: a new look is needed before it is tried once more
        done.tried = actions
        if actions and not again:
            if _carry_out(mirror, actions, done):
                return done.error is None
            _, retry_at = due_now(mirror, made.actions)
        done.waiting += made.waiting
        done.left_over += made.actions
        done.retry_at = min((t for t in (done.retry_at, retry_at) if t is not None), default=None)
    return False


def _carry_out(mirror: Mirror, actions: Sequence[Action], done: _Done) -> bool:
    mirror.listener.told(WorkPlanned(len(actions), sum(size_of(action) for action in actions)))
    outcomes = carry_out(mirror, actions)
    done.ended += outcomes.ended
    done.error = outcomes.error
    done.progress |= outcomes.moved > 0 or outcomes.stale
    return outcomes.moved > 0


def _rehearse(mirror: Mirror, done: _Done) -> None:
    """Lists what would be done. Folders are agreed on as they would be, and that is rolled back."""
    with mirror.store.rehearsal():
        folders = plan_for_folders(mirror)
        for action in folders:
            done.ended.append(_planned(action))
            mirror.store.agreed.rehearse(action)
        made = Plan()
        after: int | None = 0
        while after is not None:
            made, after = plan_items(mirror, after=after)
            done.ended += [_planned(action) for action in made.actions]
            done.ended += [_maybe(waiting) for waiting in made.waiting if _is_new_here(mirror, waiting)]
            done.waiting += made.waiting
            done.left_over += made.actions
        for held in made.held:
            done.ended += [
                ActionEnded(word_of(step), path_of(step), itemid_of(step), Outcome.HELD, held.reason)
                for step in held.steps
            ]


def _is_new_here(mirror: Mirror, waiting: Waiting) -> bool:
    return waiting.itemid is None and mirror.store.local.file(waiting.path) is not None


def _maybe(waiting: Waiting) -> ActionEnded:
    """A new file that has to wait for something will be sent in the end, unless it meets its equal."""
    return ActionEnded("upload", waiting.path, None, Outcome.PLANNED, f"new here; {waiting.reason}")


def _planned(action: Action) -> ActionEnded:
    return ActionEnded(word_of(action), path_of(action), itemid_of(action), Outcome.PLANNED, action.reason)


def _report(mirror: Mirror, done: _Done) -> Report:
    store = mirror.store
    held, failures = tuple(store.decisions.held()), tuple(store.failures.every().values())
    pending = Counter(word_of(action) for action in done.left_over)
    quiet = not pending and not done.waiting and not store.intents.every() and not mirror.eyes.pending
    marked = mirror.clock.steady() if mirror.eyes.pending else None
    retries = [at for at in (done.retry_at, *scans_failing(mirror).values()) if at]
    times = [time for time in (marked, mirror.eyes.due(), limbo_due(mirror)) if time is not None]
    return Report(
        actions=tuple(done.ended),
        pending=dict(pending),
        held=held,
        conflicts=tuple(store.decisions.conflicts()),
        failures=failures,
        ignored=ignored(mirror),
        waiting=tuple(done.waiting),
        settled=quiet and not times and not failures and not done.progress and done.error is None,
        progress=done.progress,
        due=min(times, default=None),
        retry_at=min(retries, default=None),
        error=done.error,
        true_up_wanted=done.true_up_wanted,
    )
