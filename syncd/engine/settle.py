"""Cycles until settled: what `syncd sync` runs, and what the daemon runs when somebody asks it to sync.

Law: it ends when all is settled, or when what is left has failed, is held, or can only be tried later than a minute
from now.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from syncd.core.errors import RetryLater, SyncdError, Throttled, Unreachable
from syncd.core.events import ActionEnded
from syncd.engine.cycle import cycle
from syncd.engine.look_here import look_here
from syncd.engine.mirror import Mirror
from syncd.engine.report import Report

PATIENCE = 60.0
TRIES = 3


@dataclass(slots=True)
class Run:
    """A run of cycles: all actions in order, and the last cycle's report. `error` ended it early; `retry_at` in Unix
    seconds."""

    report: Report = field(default_factory=Report)
    actions: list[ActionEnded] = field(default_factory=list)
    cycles: int = 0
    error: SyncdError | None = None
    retry_at: float | None = None


def settle(
    mirror: Mirror,
    *,
    true_up: bool = False,
    dry_run: bool = False,
    after_cycle: Callable[[Report], None] = lambda _report: None,
) -> Run:
    """Runs cycles until settled or nothing more can be done now. Waits by the mirror's clock. Raises nothing of
    ours."""
    run = Run()
    unreachable = 0
    waited = 0.0
    _await_quiet(mirror)
    while not mirror.stop():
        report = cycle(mirror, true_up=true_up, dry_run=dry_run)
        run.report, run.cycles = report, run.cycles + 1
        run.actions = [*run.actions, *report.actions] if not dry_run else list(report.actions)
        run.error = report.error
        after_cycle(report)
        unreachable = unreachable + 1 if isinstance(report.error, Unreachable) else 0
        wait = _wait(mirror, report, unreachable, dry_run=dry_run)
        if report.error is None:
            true_up = report.true_up_wanted and not true_up
        if report.progress and not dry_run:
            waited = 0.0
        if wait is None or waited + wait > PATIENCE:
            run.retry_at = _retry_at(mirror, report)
            break
        waited += wait
        mirror.clock.sleep(wait)
    return run


def _await_quiet(mirror: Mirror) -> None:
    """Looks at the disk until its files are quiet, or a minute has passed. What goes wrong here, the first cycle
    tells."""
    waited = 0.0
    with suppress(SyncdError):
        while not mirror.stop():
            look_here(mirror, full=False)
            due = mirror.eyes.due()
            wait = 0.0 if due is None else max(0.02, due - mirror.clock.steady())
            if due is None or waited + wait > PATIENCE:
                break
            waited += wait
            mirror.clock.sleep(wait)


def _wait(mirror: Mirror, report: Report, unreachable: int, *, dry_run: bool) -> float | None:
    """How long to wait before the next cycle, in seconds; None if there is to be none."""
    match report.error:
        case None:
            if report.true_up_wanted:  # also when there is nothing else to do (W21)
                return 0.0
            if report.settled:
                return None
            if report.progress and not dry_run:
                return 0.0
            times = [] if report.due is None else [report.due - mirror.clock.steady()]
            if report.retry_at is not None and not dry_run:
                times.append(report.retry_at - mirror.clock.now())
            return max(0.02, min(times)) if times else None
        case Unreachable():
            return 2.0 ** (unreachable - 1) if unreachable < TRIES else None
        case Throttled(retry_at=float() as retry_at):
            return max(0.02, retry_at - mirror.clock.now())
        case _:
            return None


def _retry_at(mirror: Mirror, report: Report) -> float | None:
    if isinstance(report.error, RetryLater):
        return report.error.retry_at
    if report.due is not None and not report.settled:
        return mirror.clock.now() + report.due - mirror.clock.steady()
    return report.retry_at
