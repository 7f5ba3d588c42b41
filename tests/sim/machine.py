"""One machine: a folder, a database and the engine on them; it can be stopped, killed, and started again.

A crash is no Exception, so that nothing of the engine's catches it; after it, whatever the dying code still tries on
the disk, the database or the wire is stopped at its next seam, as it would be by SIGKILL.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.core.errors import SyncdError
from syncd.engine import Eyes, Mirror, Policy, Report, cycle, open_mirror
from syncd.local.root import Root
from syncd.store.database import Connection
from syncd.store.store import Store
from tests.sim.account import SERVER, Account
from tests.sim.clock import VirtualClock
from tests.sim.inline import Inline
from tests.sim.memory import Watch, memory_remote


class Crash(BaseException):
    """The process was killed."""


class _Root(Root):
    """The mirrored folder, as long as the process lives."""

    def __init__(self, path: Path, machine: Machine) -> None:
        super().__init__(path, machine.seam)
        self._machine = machine

    @contextmanager
    def _open(self) -> Iterator[int]:
        self._machine.alive()
        with super()._open() as descriptor:
            yield descriptor


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


@dataclass(slots=True)
class Machine:
    """A machine of the simulation. `mirror` is None while its process does not run; `dead` while it is dying."""

    name: str
    making: Making
    mirror: Mirror | None = None
    dead: bool = False
    last: Report | None = None
    ears: Any = None
    reads: dict[int, int] = field(default_factory=dict)
    """When (in the simulation's count of events) each item was last read by itself."""
    drained: int = 0

    def __post_init__(self) -> None:
        self.ears = self.making.listen(self)

    @property
    def folder(self) -> Path:
        """The mirrored folder."""
        return self.making.home / "Stash"

    @property
    def database(self) -> Path:
        """The mirror's database."""
        return self.making.home / "state" / "state.db"

    def seam(self, name: str) -> str | None:
        """A point at which the adversary may act."""
        self.alive()
        return self.making.watch.seam(name)

    def alive(self) -> None:
        """Stops whatever a dying process still tries."""
        if self.dead:
            raise Crash

    def start(self) -> None:
        """Starts the process: opens everything from the disk. Raises what `open_mirror` raises; then it is stopped."""
        making = self.making
        if not self.database.exists():
            self.database.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(making.template, self.database)
        store = Store(self.database)
        connection = store._connection
        connection.run("PRAGMA synchronous = OFF")
        connection.transaction = _watched(connection, self.seam, self.alive)  # type: ignore[method-assign]
        self.dead = False
        self.mirror = Mirror(
            name=self.name,
            store=store,
            root=_Root(self.folder, self),
            remote=memory_remote(making.account, making.dialect, making.clock, self),
            policy=making.policy,
            clock=making.clock.engines,
            pool=Inline(backwards=making.backwards),
            eyes=Eyes(),
            listener=self.ears,
        )
        self._guarded(lambda mirror: open_mirror(mirror, SERVER))

    def cycle(self, *, true_up: bool = False) -> Report | None:
        """Runs one cycle, after starting the process if need be; None if it crashed or could not start."""
        if self.mirror is None:
            try:
                self.start()
            except SyncdError:
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
            if not self.dead:
                raise
            self.stop()
            return None

    def stop(self) -> None:
        """Ends the process; what was not committed is gone."""
        if self.mirror is not None:
            self.mirror.store.close()
        self.mirror, self.dead = None, False

    # --- what the wire tells (Watch)

    def sends(self, call: Any, posted: Any, file: Any) -> None:
        """A request of this machine is about to arrive."""
        self.alive()
        self.ears.sends(call, posted, file)

    def late(self, apply: Callable[[], object]) -> None:
        """A request of this machine will arrive later."""
        self.making.watch.late(apply)


def _watched(connection: Connection, at: Callable[[str], str | None], alive: Callable[[], None]) -> Any:
    """The connection's `transaction`, with seams right before and right after each commit."""
    plain = connection.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        alive()
        outer = connection._depth == 0
        with plain():
            yield
            if outer:
                at("db.commit")
        if outer:
            at("db.committed")

    return transaction
