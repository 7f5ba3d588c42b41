"""Opens one mirror for whoever works with it: a command, or the daemon.

Law: whoever changes anything holds the mirror's lock; whoever only looks takes no lock, writes nothing and asks the
folder and the remote nothing by itself. Everything is closed in the reverse order, transfers first, the lock last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.config import MirrorSettings
from syncd.core.errors import Misconfigured, RetryLater, Throttled, Unreachable
from syncd.core.events import Listener, Silence
from syncd.core.guard import Brake
from syncd.daemon.credentials import tokens_of
from syncd.engine import Clock, Eyes, Mirror, Policy, open_mirror
from syncd.engine.opening import set_aside
from syncd.local.root import Root
from syncd.remotes.faces import Backoff, Remote, Tokens
from syncd.store.schema import NotReady
from syncd.store.store import Store, StoredBackoff, open_store

DATABASE = "state.db"
MEBIBYTE = 2**20
TRIES = 3
PATIENCE = 60.0
END_SECONDS = 27.0
"""So long a transfer may take to come to its end when the process is to end (W32); systemd waits a little longer."""
REAL_CLOCK = Clock(now=time.time, steady=time.monotonic, sleep=time.sleep)

BuildRemote = Callable[[MirrorSettings, Tokens, Backoff], Remote]


def _never() -> bool:
    return False


DISK_THREADS = 8
"""Threads that place and copy files while others transfer: a file system makes what waits at once durable at once."""


class Pool(Executor):
    """Threads whose number can be changed between two cycles. One thread at a time submits."""

    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name
        self._threads = ThreadPoolExecutor(number, thread_name_prefix=name)

    def resize(self, number: int) -> None:
        """So many threads from now on; waits for what is under way."""
        if number != self._number:
            self._threads.shutdown()
            self._number, self._threads = number, ThreadPoolExecutor(number, thread_name_prefix=self._name)

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Has the work done on one of the threads."""
        return self._threads.submit(work, *given, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Ends the threads."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the command line hands in: how to build a remote (without a request), the time, who is told what happens,
    and whether the process is to end."""

    build_remote: BuildRemote
    clock: Clock = REAL_CLOCK
    listener: Listener = field(default_factory=Silence)
    stop: Callable[[], bool] = _never


def policy_of(settings: MirrorSettings, transfers: int) -> Policy:
    """The engine's rules from a mirror's section of the configuration."""
    return Policy(
        direction=settings.direction,
        keep=settings.conflict,
        settle_seconds=settings.settle_seconds,
        brake=Brake(percent=settings.max_delete_percent, count=settings.max_delete_count),
        reserve=settings.min_free_mib * MEBIBYTE,
        trash_days=settings.trash_days,
        transfers=transfers,
        ignore=settings.ignore,
    )


@contextmanager
def opened(settings: MirrorSettings, transfers: int, wiring: Wiring, *, eyes: Eyes | None = None) -> Iterator[Mirror]:
    """The mirror, under its lock and not yet bound (see `bind`); a corrupt database is set aside and made anew.

    Raises Busy if another process holds the lock, and Misconfigured or NewerDatabase.
    """
    _make_private(settings.state)
    root = Root(settings.folder)
    with ExitStack() as stack:
        stack.enter_context(root.lock(settings.state))
        store = open_store(settings.state / DATABASE, set_aside=lambda path: _set_aside(path, wiring.clock))
        stack.callback(store.close)
        tokens = tokens_of(settings)
        tokens.adopt()
        remote = wiring.build_remote(settings, tokens, StoredBackoff(settings.state))
        stack.callback(remote.close)
        pool = stack.enter_context(Pool(transfers, f"{settings.name}-transfer"))
        disk = stack.enter_context(ThreadPoolExecutor(DISK_THREADS, thread_name_prefix=f"{settings.name}-disk"))
        yield Mirror(
            name=settings.name,
            store=store,
            root=root,
            remote=remote,
            policy=policy_of(settings, transfers),
            clock=wiring.clock,
            pool=pool,
            eyes=eyes or Eyes(),
            listener=wiring.listener,
            stop=wiring.stop,
            ending=wiring.stop,
            disk=disk,
        )


def bind(mirror: Mirror, server: str, *, tries: int = TRIES) -> None:
    """Proves that folder, database and account belong together; makes a new mirror's folder.

    Asks again `tries` times in all while the remote cannot be reached, and waits a short back-off out.
    """
    for attempt in range(1, tries + 1):
        try:
            open_mirror(mirror, server)
            return
        except RetryLater as error:
            wait = _wait(error, attempt, mirror.clock.now())
            if attempt == tries or wait is None or mirror.stop():
                raise
        mirror.clock.sleep(wait)


def _wait(error: RetryLater, attempt: int, now: float) -> float | None:
    match error:
        case Unreachable():
            return 2.0 ** (attempt - 1)
        case Throttled(retry_at=float() as retry_at) if retry_at - now <= PATIENCE:
            return max(0.02, retry_at - now)
        case _:
            return None


@contextmanager
def looking(
    settings: MirrorSettings, wiring: Wiring, *, eyes: Eyes | None = None, remote: Remote | None = None
) -> Iterator[Mirror]:
    """The mirror as it was last seen, to look at: no lock, no write; empty if it has no database yet.

    `eyes` and `remote` are those of the process that serves the mirror, if it is this one. Raises NewerDatabase, or
    what an unreadable database raises.
    """
    with ExitStack() as stack:
        store = _store_to_look_at(settings.state / DATABASE)
        stack.callback(store.close)
        if remote is None:
            remote = wiring.build_remote(settings, tokens_of(settings), StoredBackoff(settings.state))
            stack.callback(remote.close)
        pool = stack.enter_context(ThreadPoolExecutor(1))
        stack.enter_context(store.moment())
        yield Mirror(
            name=settings.name,
            store=store,
            root=Root(settings.folder),
            remote=remote,
            policy=policy_of(settings, 1),
            clock=wiring.clock,
            pool=pool,
            eyes=eyes or Eyes(),
        )


def _store_to_look_at(path: Path) -> Store:
    """The database, read only; an empty one of its own if it is not made yet, or is being made."""
    try:
        if path.exists():
            return Store(path, read_only=True)
    except NotReady as error:
        if not error.empty:
            raise
    return Store(Path(":memory:"))


def rebuild(settings: MirrorSettings, clock: Clock) -> None:
    """Sets the mirror's database aside, so that it is made anew from both sides when it is next opened. Busy if another
    process holds the mirror."""
    with Root(settings.folder).lock(settings.state):
        if (path := settings.state / DATABASE).exists():
            _set_aside(path, clock)


def _set_aside(path: Path, clock: Clock) -> None:
    set_aside(path, clock.now())


def _make_private(folder: Path) -> None:
    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"the state folder {folder} cannot be made: {error.strerror}",
            remedy="Mend its permissions, or name another one with SYNCD_STATE_DIR.",
        ) from error
