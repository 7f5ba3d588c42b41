"""The timetable of all mirrors: polls, true-ups and the trash's expiry (APScheduler).

Law: its jobs put wake-ups on a mirror's queue and do nothing else. A time that was missed (a suspended machine) is
caught up once.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.core.hours import Hours
from syncd.daemon.wakes import Wake, Wakes

DAY_SECONDS = 86400.0
JOBS = ("poll", "true-up", "expiry", "turn")


class Scheduler:
    """Wakes mirrors at their times. `now` answers Unix seconds; all times are such."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def __enter__(self) -> Self:
        self._scheduler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # APScheduler 3.11: a one-shot job that is just being done is not found once the state is "stopped", and its
        # thread dies of it. Removing the jobs first waits for what is being done.
        self._scheduler.pause()
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=True)

    def poll(self, mirror: str, wakes: Wakes, at: float) -> None:
        """The mirror's next poll; it takes the place of the one that was planned before."""
        self._add(f"{mirror} poll", wakes, Wake.POLL, DateTrigger(_date(at), timezone=UTC))

    def true_ups(self, mirror: str, wakes: Wakes, first: float, every: float) -> None:
        """The mirror's true-ups, from `first` on, `every` so many seconds."""
        self._add(f"{mirror} true-up", wakes, Wake.TRUE_UP, _every(every, first))

    def expiries(self, mirror: str, wakes: Wakes, first: float) -> None:
        """The daily emptying of the mirror's trash of what has expired, from `first` on."""
        self._add(f"{mirror} expiry", wakes, Wake.EXPIRY, _every(DAY_SECONDS, first))

    def turns(self, mirror: str, wakes: Wakes, hours: Hours) -> None:
        """A wake-up at each local time of the day at which the mirror's hours begin or end; none if there are none."""
        edges = [CronTrigger(hour=edge.hour, minute=edge.minute) for edge in hours.edges()]
        if edges:
            self._add(f"{mirror} turn", wakes, Wake.TURN, OrTrigger(edges))
        else:
            self._remove(f"{mirror} turn")

    def forget(self, mirror: str) -> None:
        """Wakes the mirror no more."""
        for what in JOBS:
            self._remove(f"{mirror} {what}")

    def _remove(self, name: str) -> None:
        with suppress(JobLookupError):
            self._scheduler.remove_job(name)

    def _add(self, name: str, wakes: Wakes, wake: Wake, trigger: BaseTrigger) -> None:
        self._scheduler.add_job(wakes.wake, trigger, args=(wake,), id=name, replace_existing=True)


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _every(seconds: float, first: float) -> IntervalTrigger:
    whole = timedelta(seconds=max(1.0, seconds))
    return IntervalTrigger(seconds=whole.total_seconds(), start_date=_date(first), timezone=UTC)
