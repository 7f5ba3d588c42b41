"""Where a worker works: all that it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.config import DaemonSettings, MirrorSettings
from syncd.daemon.happenings import Hearer
from syncd.daemon.opening import Wiring
from syncd.daemon.scheduler import Scheduler

if TYPE_CHECKING:
    from syncd.daemon.worker import Worker


@dataclass(frozen=True, slots=True)
class Post:
    """Its mirror's settings, the daemon's, what the command line handed in, the timetable, who hears what happens, and
    whether the connection is metered. The worker begins once `after` has ended."""

    settings: MirrorSettings
    daemon: DaemonSettings
    wiring: Wiring
    scheduler: Scheduler
    hearers: Sequence[Hearer] = ()
    is_metered: Callable[[], bool] = lambda: False
    after: Worker | None = None
