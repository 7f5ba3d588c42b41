"""One machine: a folder, a database and the engine on them; it can be stopped, killed, and started again.

A crash is no Exception, so that nothing of the engine's catches it; after it, whatever the dying code still tries on
the disk, the database or the wire is stopped at its next seam, as it would be by SIGKILL.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.core.errors import SyncdError
from syncd.engine import Eyes, Mirror, Policy, Report, cycle, open_mirror
from syncd.engine.opening import set_aside
from syncd.local.root import Root
from syncd.store.store import StoredBackoff, open_store
from tests.sim.account import SERVER, Account
from tests.sim.checks import BrakeCheck, Flight
from tests.sim.clock import VirtualClock
from tests.sim.inline import Inline
from tests.sim.known import Known
from tests.sim.life import Crash, Life, Line, watched
from tests.sim.memory import Watch, memory_remote
from tests.sim.power import Power
from tests.sim.shelf import SHELF


class _Root(Root):
    """The mirrored folder, as long as the process lives."""

    def __init__(self, path: Path, life: Life) -> None:
        super().__init__(path, life.passed)
        self._life = life

    def _opened(self) -> int:
        self._life.check()
        return super()._opened()


@dataclass(slots=True)
class Making:
    """What a machine is made with."""

    home: Path
    dialect: str
    account: Account
    clock: VirtualClock
    policy: Policy
    watch: Watch
    template: Path
    listen: Any
    backwards: bool = False
    rare: frozenset[str] | None = None
    power: Power | None = None


@dataclass(slots=True)
class Machine:
    """A machine of the simulation. `mirror` is None while its process does not run."""

    name: str
    making: Making
    folder: Path = field(init=False)
    """The mirrored folder."""
    database: Path = field(init=False)
    """The mirror's database."""
    known: Known = field(init=False)
    mirror: Mirror | None = None
    life: Life | None = None
    last: Report | None = None
    ears: Any = None
    brake: BrakeCheck = field(init=False)
    reads: dict[int, int] = field(default_factory=dict)
    """When (in the simulation's count of events) each item was last read by itself."""
    retitled: dict[int, int] = field(default_factory=dict)
    """When the title of each item was last given by a request of this machine."""
    thrown: dict[str, int] = field(default_factory=dict)
    """When bytes of each item (its id, as the trash has it) were last put there."""
    stale: set[int] = field(default_factory=set)
    """The items of which the next reading will be an old one."""
    cursor: str | None = None
    """The stored cursor as it was checked last."""
    rejects: bool = False
    """A person has rejected something that was held, so that a push brings it back."""
    asked: int = 0
    """When the listing under way was begun."""
    drained: int = 0
    """When that listing was begun that moved the stored cursor last: what left before is known to have left."""
    paused_until: float = 0.0
    """The server asked for no request before (Unix seconds)."""
    pause_ends: float = 0.0
    """The same, by the clock that nobody sets."""

    def __post_init__(self) -> None:
        self.folder, self.database = self.making.home / "Stash", self.making.home / "state" / "state.db"
        self.ears = self.making.listen(self)
        self.known = Known(self.database, self.folder)
        self.brake = BrakeCheck(self.making.policy.brake, self.making.clock, self.ears.broken)

    @property
    def pause(self) -> float:
        """How long the server still wants no request (seconds). What is left is over once one of the clocks says so: a
        process keeps the one, and all that outlives it is the other (I13)."""
        clock = self.making.clock
        return max(0.0, min(self.paused_until - clock.now(), self.pause_ends - clock.steady()))

    def pauses(self, until: float) -> None:
        """The server asked for a pause until then (Unix seconds)."""
        clock = self.making.clock
        self.paused_until, self.pause_ends = until, clock.steady() + until - clock.now()

    def _begin_with_what_is_left(self) -> None:
        """A process knows of an earlier one's pause what the wall clock left when it began, and keeps that."""
        clock = self.making.clock
        self.pause_ends = min(self.pause_ends, clock.steady() + self.paused_until - clock.now())

    def terminate(self) -> None:
        """Tells the process to end in good order."""
        if self.life is not None:
            self.life.ending = True

    def kill(self) -> None:
        """Kills the process; it ends where it is."""
        if self.life is not None:
            self.life.dead = True

    def start(self) -> None:
        """Starts the process: opens everything from the disk. Raises what `open_mirror` raises; then it is stopped."""
        making = self.making
        self._begin_with_what_is_left()
        if not self.database.exists():
            self.database.parent.mkdir(parents=True, exist_ok=True)
            SHELF.provide(making.template, self.database)
        life = self.life = Life(making.watch, committed=self.ears.committed, thrown=self.ears.thrown)
        flight = Flight(2 * making.policy.transfers, self.ears.broken)
        store = open_store(self.database, set_aside=self._set_aside)
        connection = store._connection
        connection.transaction = watched(connection, life, begins=making.rare is None or "db.begin" in making.rare)  # type: ignore[method-assign]
        backoff = StoredBackoff(self.database.parent)
        self.mirror = Mirror(
            name=self.name,
            store=store,
            root=_Root(self.folder, life),
            remote=memory_remote(making.account, making.dialect, making.clock, Line(life, self), backoff),
            policy=making.policy,
            clock=making.clock.engines,
            pool=Inline(backwards=making.backwards, flight=flight),
            eyes=Eyes(),
            listener=self.ears,
            stop=lambda: life.ending,
        )
        self._guarded(lambda mirror: open_mirror(mirror, SERVER))

    def _set_aside(self, path: Path) -> None:
        set_aside(path, self.making.clock.now())
        shutil.copyfile(self.making.template, path)

    def cycle(self, *, true_up: bool = False) -> Report | None:
        """Runs one cycle, after starting the process if need be; None if it crashed or could not start."""
        if self.mirror is None:
            try:
                self.start()
            except SyncdError:
                self.stop()
                return None
            if self.life is not None and self.life.failed:
                self.stop()
                return None
        self.last = self._guarded(lambda mirror: cycle(mirror, true_up=true_up))
        return self.last

    def _guarded(self, work: Callable[[Mirror], Any]) -> Any:
        """Runs the engine; a crash ends the process, and is no error."""
        if self.mirror is None:
            return None
        try:
            return work(self.mirror)
        except BaseException:
            if self.life is None or not (self.life.dead or self.life.failed):
                raise
            self.stop()
            return None
        finally:
            if self.life is not None and self.life.ending:
                self.stop()

    def stop(self) -> None:
        """Ends the process; what was not committed is gone."""
        if self.mirror is not None:
            self.mirror.store.close()
        self.kill()
        self.mirror = self.life = None

    def shut(self) -> None:
        """The same; nothing has the database open afterwards, so its file may be copied, changed or removed."""
        self.stop()
        SHELF.let_go(self.database)


def unmount(folder: Path, *, empty: bool) -> None:
    """The folder's disk is not there; `empty`: its mount point is."""
    away = folder.with_name("away")
    if (folder / ".syncd" / "marker.json").exists() and not away.exists():
        folder.rename(away)
        if empty:
            folder.mkdir()


def mount(folder: Path) -> None:
    """The folder is back; what somebody wrote in its place meanwhile is kept beside it."""
    away = folder.with_name("away")
    if away.exists():
        if folder.exists():
            folder.rename(folder.with_name("instead"))
        away.rename(folder)


__all__ = ["Crash", "Life", "Machine", "Making", "mount", "unmount"]
