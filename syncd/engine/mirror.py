"""A mirror as the engine sees it: one remote, one folder, one database, and the rules for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from syncd.core.errors import Stopped
from syncd.core.events import Listener, Silence
from syncd.core.guard import Brake
from syncd.core.model import Direction, Keep
from syncd.engine.eyes import Eyes
from syncd.local.ignore import Rules
from syncd.local.root import Root
from syncd.remotes.faces import Remote
from syncd.store.store import Store


@dataclass(frozen=True, slots=True)
class Clock:
    """`now`: Unix seconds. `steady`: seconds that no one sets. `sleep`: waits so many seconds."""

    now: Callable[[], float]
    steady: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a mirror; see config.example.toml for each."""

    direction: Direction = Direction.TWO_WAY
    keep: Keep = Keep.BOTH
    settle_seconds: float = 2.0
    brake: Brake = field(default_factory=lambda: Brake(percent=20, count=10))
    reserve: int = 200 * 2**20
    trash_days: float = 30
    transfers: int = 8
    ignore: tuple[str, ...] = ()


@dataclass(slots=True)
class Mirror:
    """Everything that a cycle needs. `pool` has a thread for each transfer, `disk` (the pool, if None) some for the
    disk. Used by one thread; only `remote` and `root` also by transfers, and `eyes` by the watcher.

    `stop`: whether nothing more is to begin, because something else is wanted first. `ending`: whether the process is
    to end, so that a look is left in its middle.
    """

    name: str
    store: Store
    root: Root
    remote: Remote
    policy: Policy
    clock: Clock
    pool: Executor
    eyes: Eyes
    listener: Listener = field(default_factory=Silence)
    stop: Callable[[], bool] = lambda: False
    ending: Callable[[], bool] = lambda: False
    rules: Rules | None = None
    disk: Executor | None = None

    @property
    def marker(self) -> str:
        """The folder's marker, which its every look asks for."""
        return self.store.facts.get("marker") or ""


def go_on(mirror: Mirror) -> None:
    """Raises Stopped if the process is to end: for the middle of a look, which the next one begins anew."""
    if mirror.ending():
        raise Stopped("syncd is ending")
