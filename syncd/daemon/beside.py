"""What stands beside the work on one mirror, and outlives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.config import DaemonSettings, MirrorSettings
from syncd.daemon.resting import Resting
from syncd.daemon.scheduler import Scheduler
from syncd.daemon.standing import Live
from syncd.daemon.voice import Voice
from syncd.daemon.wakes import Wakes


@dataclass(frozen=True, slots=True)
class Beside:
    """Its wake-ups, the timetable, its voice, who takes what it says of itself, whether it rests, and the settings that
    hold now."""

    wakes: Wakes
    scheduler: Scheduler
    voice: Voice
    say: Callable[[Live], None]
    resting: Resting
    settings: Callable[[], tuple[MirrorSettings, DaemonSettings]]
