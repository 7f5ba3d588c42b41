"""The daemon in the foreground: one worker for each mirror, the control socket, and a clean end.

Law: a mirror that cannot work does not keep the others from it. On SIGTERM nothing new is started and what is under way
may come to its end; after `END_SECONDS` the process leaves, and what was being sent stays recorded as an intent (W32).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType

import structlog

from syncd.config import DaemonSettings, MirrorSettings, Settings
from syncd.daemon.address import claimed
from syncd.daemon.happenings import DaemonStarted, DaemonStopping
from syncd.daemon.metered import Connection
from syncd.daemon.mirrors import Mirrors
from syncd.daemon.opening import END_SECONDS, Wiring
from syncd.daemon.post import Post
from syncd.daemon.reloading import Configuration, Load
from syncd.daemon.rounds import Rounds, making
from syncd.daemon.watchdog import Engine, Watchdog, words
from syncd.daemon.worker import Worker

TICK_SECONDS = 0.5
LOADING_SECONDS = 0.02
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def supervised(
    settings: Settings, wiring: Wiring, *, end_seconds: float = END_SECONDS, configuration: Configuration | None = None
) -> Iterator[Mirrors]:
    """Serves all mirrors, and the control socket, while the body runs; `configuration` is read anew when it changes.

    Raises Busy if another daemon has the socket, and Misconfigured if there is no mirror. TimeoutError if a mirror did
    not end in time.
    """
    from syncd.daemon.control import Control, answering
    from syncd.daemon.scheduler import Scheduler
    from syncd.daemon.watching import watching

    settings.require_mirrors()
    with ExitStack() as stack:
        listener = stack.enter_context(claimed(settings.paths.socket))
        scheduler = stack.enter_context(Scheduler())
        watchers = stack.enter_context(watching(wiring.clock))
        connection = Connection()

        def hire(part: MirrorSettings, daemon: DaemonSettings, after: Worker | None) -> Worker:
            return Worker(Post(part, daemon, wiring, scheduler, watchers.hearers, connection.is_metered, after))

        mirrors = Mirrors(settings, hire)
        watchers.adjust(settings.daemon, mirrors)
        control = Control(mirrors, watchers.feed, watchers.metrics)
        stack.enter_context(answering(control.app(), watchers.feed, listener))
        watchers.say(DaemonStarted(tuple(worker.name for worker in mirrors)))
        mirrors.start()
        try:
            with making(
                Rounds(mirrors, configuration, connection, lambda fresh: watchers.adjust(fresh.daemon, mirrors))
            ):
                yield mirrors
        finally:
            watchers.say(DaemonStopping())
            mirrors.end(end_seconds)


def run(settings: Settings, wiring: Wiring, *, end_seconds: float = END_SECONDS, load: Load | None = None) -> int:
    """Runs the daemon until SIGTERM or SIGINT, or until `wiring.stop` says so; answers the exit code.

    `load` reads the configuration anew, on SIGHUP and when its file changes. A transfer that does not come to its end
    in `end_seconds` is left alone: then the process ends here. Raises as `supervised`.
    """
    log = structlog.get_logger("syncd")
    end = threading.Event()
    configuration = None if load is None else Configuration(settings.paths.config, load)
    service = supervised(settings, wiring, end_seconds=end_seconds, configuration=configuration)
    try:
        with _on_signals(end, configuration), service as mirrors:
            log.info("daemon-started", mirrors=[worker.name for worker in mirrors], socket=str(settings.paths.socket))
            _stay(mirrors, lambda seconds: end.wait(seconds) or wiring.stop())
            log.info("daemon-stopping")
    except TimeoutError as error:
        log.warning("daemon-left-early", reason=str(error))
        os._exit(0)  # not `return`: the interpreter would wait for the transfer
    log.info("daemon-ended")
    return 0


def _stay(workers: Sequence[Worker], is_over: Callable[[float], bool]) -> None:
    """Tells systemd how the daemon stands, for as long as it runs: ready once every mirror is opened, or says why it
    cannot be. `is_over` waits so many seconds, unless the end comes before."""
    watchdog, over = Watchdog(), False
    while not over and not all(worker.loaded.is_set() for worker in workers):
        over = is_over(LOADING_SECONDS)
    if not over:
        watchdog.ready(_engines(workers))
    moved = True
    while not over:
        moves = watchdog.look(_engines(workers), time.monotonic())
        if moved and not moves:
            structlog.get_logger("syncd").error("engine-stuck", mirrors=words(_engines(workers)))
        moved, over = moves, is_over(TICK_SECONDS)
    watchdog.stopping()


def _engines(workers: Sequence[Worker]) -> list[Engine]:
    now = time.monotonic()
    return [Engine(worker.name, worker.live, worker.turn.standing(now), worker.lives) for worker in workers]


@contextmanager
def _on_signals(end: threading.Event, configuration: Configuration | None) -> Iterator[None]:
    """Has SIGTERM and SIGINT set the event, and SIGHUP ask for the configuration, while the body runs; only the main
    thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ended(_number: int, _frame: FrameType | None) -> None:
        end.set()

    def told(_number: int, _frame: FrameType | None) -> None:
        if configuration is not None:
            configuration.want()

    before = {number: signal.signal(number, ended) for number in SIGNALS}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
