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

from syncd.config import Settings
from syncd.daemon.address import claimed
from syncd.daemon.happenings import DaemonStarted, DaemonStopping
from syncd.daemon.opening import Wiring
from syncd.daemon.watchdog import Engine, Watchdog, words
from syncd.daemon.worker import Post, Worker

END_SECONDS = 27.0
TICK_SECONDS = 0.5
LOADING_SECONDS = 0.02
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def supervised(settings: Settings, wiring: Wiring, *, end_seconds: float = END_SECONDS) -> Iterator[Sequence[Worker]]:
    """Serves all mirrors, and the control socket, while the body runs.

    Raises Busy if another daemon has the socket, and Misconfigured if there is no mirror. TimeoutError if a mirror did
    not end in time.
    """
    from syncd.daemon.control import Control, answering
    from syncd.daemon.scheduler import Scheduler
    from syncd.daemon.watching import watching

    sections = settings.require_mirrors()
    with ExitStack() as stack:
        listener = stack.enter_context(claimed(settings.paths.socket))
        scheduler = stack.enter_context(Scheduler())
        watchers = stack.enter_context(watching(wiring.clock))
        workers = [Worker(Post(part, settings.daemon, wiring, scheduler, watchers.hearers)) for part in sections]
        watchers.ask(workers)
        control = Control(workers, watchers.feed, watchers.metrics)
        stack.enter_context(answering(control.app(), watchers.feed, listener))
        watchers.say(DaemonStarted(tuple(worker.name for worker in workers)))
        for worker in workers:
            worker.start()
        try:
            yield workers
        finally:
            watchers.say(DaemonStopping())
            _end(workers, end_seconds)


def _end(workers: Sequence[Worker], seconds: float) -> None:
    end = time.monotonic() + seconds
    for worker in workers:
        worker.stop()
    late = [worker.name for worker in workers if not worker.join(max(0.0, end - time.monotonic()))]
    if late:
        raise TimeoutError(f"not ended in time: {', '.join(late)}")


def run(settings: Settings, wiring: Wiring, *, end_seconds: float = END_SECONDS) -> int:
    """Runs the daemon until SIGTERM or SIGINT, or until `wiring.stop` says so; answers the exit code.

    A transfer that does not come to its end in `end_seconds` is left alone: then the process ends here. Raises as
    `supervised`.
    """
    log = structlog.get_logger("syncd")
    end = threading.Event()
    try:
        with _on_signals(end), supervised(settings, wiring, end_seconds=end_seconds) as workers:
            log.info("daemon-started", mirrors=[worker.name for worker in workers], socket=str(settings.paths.socket))
            _stay(workers, lambda seconds: end.wait(seconds) or wiring.stop())
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
def _on_signals(end: threading.Event) -> Iterator[None]:
    """Has SIGTERM and SIGINT set the event while the body runs; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ended(_number: int, _frame: FrameType | None) -> None:
        end.set()

    before = {number: signal.signal(number, ended) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
