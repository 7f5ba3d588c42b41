"""Keeps one opened mirror in step: waits for wake-ups, runs cycles, performs what people ask, and sits outages out.

Law: no rule of syncing is here. A cycle is run when something woke us and no outage is being waited out; what it
reports says when the next one is due.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace

from syncd.config import DaemonSettings, MirrorSettings
from syncd.core.errors import FolderMissing, LoginNeeded, Stopped, SyncdError
from syncd.daemon.adjusting import adjust
from syncd.daemon.beside import Beside
from syncd.daemon.documents import Answer
from syncd.daemon.healing import wait_after
from syncd.daemon.keeping import SENDING, Watched, keep_space
from syncd.daemon.opening import TRIES, bind
from syncd.daemon.operations import Access, failed
from syncd.daemon.rhythm import Rhythm
from syncd.daemon.standing import Live
from syncd.daemon.standstill import Standstill
from syncd.daemon.timetable import Timetable
from syncd.daemon.token_watch import TokenWatch
from syncd.daemon.wakes import Task, Wake
from syncd.engine import Mirror, Report, cycle, expire
from syncd.local.watch import Watcher
from syncd.local.watching import Watching
from syncd.store.failures import Corrupt

CHECK_SECONDS = 3.0
TOKEN_SECONDS = 1.0


class Service:
    """The work on one opened mirror, on the thread that owns it."""

    def __init__(self, mirror: Mirror, settings: MirrorSettings, daemon: DaemonSettings, beside: Beside) -> None:
        self._mirror = mirror
        self._settings = settings
        self._daemon = daemon
        self._beside = beside
        self._watcher = Watcher(mirror.root, self._marked, self._lost)
        self._rhythm = Rhythm(least=daemon.poll_seconds, most=daemon.poll_max_seconds, settle=settings.settle_seconds)
        self._live = Live()
        self._bound = False
        self._true_up = False
        self._expiry = False
        self._sent = False
        self._failures = 0
        self._token = TokenWatch(settings.state)
        self._performing = False
        self._standstill = Standstill(beside.voice, beside.resting)
        mirror.stop = self._is_interrupted
        self._timetable = Timetable(mirror, beside)
        self._timetable.plan(settings, daemon)

    def serve(self) -> None:
        """Works until the process is to end. Raises what no cycle can go on after."""
        try:
            while not self._beside.wakes.stopping:
                kinds, task = self._beside.wakes.wait(self._patience())
                self._take(kinds)
                if task is not None:
                    self._perform(task)
                elif not self._beside.wakes.stopping:
                    self._mind()
        finally:
            self._watcher.stop()

    # --- wake-ups

    def _marked(self, paths: Collection[str]) -> None:
        self._mirror.eyes.mark(paths)
        self._beside.wakes.wake(Wake.DIRTY)

    def _lost(self) -> None:
        self._mirror.eyes.lost()
        self._beside.wakes.wake(Wake.DIRTY)

    def _take(self, kinds: set[Wake]) -> None:
        now = self._mirror.clock.steady()
        self._true_up |= Wake.TRUE_UP in kinds
        self._expiry |= Wake.EXPIRY in kinds
        if kinds & {Wake.POLL, Wake.TRUE_UP}:
            self._rhythm.now(now)
        if Wake.DIRTY in kinds:
            self._rhythm.marked(now)
        if Wake.TOLD in kinds:
            self._go_by(*self._beside.settings())
        if Wake.AWOKEN in kinds:
            self._start_afresh()

    def _go_by(self, settings: MirrorSettings, daemon: DaemonSettings) -> None:
        """Other settings hold from now on: looks at once, as anything may follow from them."""
        self._settings, self._daemon = settings, daemon
        adjust(self._mirror, settings, daemon)
        self._rhythm.told(least=daemon.poll_seconds, most=daemon.poll_max_seconds, settle=settings.settle_seconds)
        self._rhythm.now(self._mirror.clock.steady())
        self._timetable.plan(self._settings, self._daemon)

    def _start_afresh(self) -> None:
        """The machine slept, or its clock was set: connections may be dead. One cycle catches up."""
        self._mirror.remote.reconnect()
        self._failures = 0
        self._rhythm.at_once(self._mirror.clock.steady())
        self._timetable.plan(self._settings, self._daemon)

    def _patience(self) -> float:
        """How long nothing needs to be done, unless something wakes us."""
        times = [TOKEN_SECONDS if self._token.is_on else CHECK_SECONDS]
        rest, clock = self._beside.resting.rest(), self._mirror.clock
        times.append(self._rhythm.due - clock.steady() if rest is None else rest.until - clock.now())
        return max(0.0, min(times))

    def _is_interrupted(self) -> bool:
        """Asked by the engine: the process ends; or somebody asks for something, and the cycle can go on after it."""
        wakes = self._beside.wakes
        return wakes.stopping or (not self._performing and (wakes.asked or self._beside.resting.rest() is not None))

    def _mind(self) -> None:
        """What is to be done when nobody asks for anything."""
        if self._bound:
            self._watcher.check()
            self._live = replace(self._live, watching=self._watcher.state)
        if self._token.has_changed():
            self._rhythm.at_once(self._mirror.clock.steady())
        if self._expiry and self._bound:
            self._empty_trash()
        if self._beside.resting.rest() is None and self._rhythm.due <= self._mirror.clock.steady():
            self._cycle()
        self._beside.say(self._standstill.shown(self._live, self._mirror.clock.steady()))

    def _empty_trash(self) -> None:
        mirror, self._expiry = self._mirror, False
        try:
            mirror.root.check(mirror.marker)
            self._beside.voice.expired(expire(mirror, mirror.clock.now()))
        except SyncdError as error:
            self._outage(error)

    # --- cycles

    def _bind(self, tries: int) -> None:
        if self._bound:
            return
        bind(self._mirror, self._settings.server, tries=tries)
        self._mirror.eyes.lost()
        self._watcher.start()
        self._bound = True

    def _cycle(self) -> None:
        mirror = self._mirror
        true_up, self._true_up = self._true_up, False
        self._live = replace(self._live, quiet=self._live.quiet and not mirror.eyes.pending and not true_up)
        self._beside.say(self._live)
        began = mirror.clock.steady()
        try:
            self._bind(1)
            if self._watcher.state is not Watching.INOTIFY:
                mirror.eyes.lost()
            watched = Watched(mirror, true_up=true_up)
            report = cycle(mirror, true_up=true_up)
        except SyncdError as error:
            self._true_up = true_up
            self._outage(error)
            return
        if report.error is not None:
            self._true_up = true_up
            self._outage(report.error)
            return
        self._beside.voice.cycle_ended(report, mirror.clock.steady() - began)
        if mirror.stop():
            self._true_up = true_up
            self._rhythm.at_once(mirror.clock.steady())
            return
        watched.ended(report)
        self._conclude(report)

    def _conclude(self, report: Report) -> None:
        """A cycle came to its end without an error."""
        mirror, clock = self._mirror, self._mirror.clock
        self._failures = 0
        self._token.end()
        self._true_up |= report.true_up_wanted
        self._sent |= any(event.action in SENDING for event in report.actions)
        if self._sent and report.settled:
            keep_space(mirror)
            self._sent = False
        self._rhythm.ended(report, clock.steady(), clock.now())
        self._standstill.ended(report)
        next_poll, watching = self._timetable.poll(self._rhythm.interval), self._watcher.state
        self._live = Live(quiet=report.settled, last_poll=clock.now(), next_poll=next_poll, watching=watching)

    def _outage(self, error: SyncdError) -> None:
        """What ended a cycle early: sits it out. Raises what only opening the mirror anew can heal."""
        if isinstance(error, Stopped):
            return
        if isinstance(error, Corrupt):
            raise error
        clock = self._mirror.clock
        self._failures += 1
        jitter = random.random()  # noqa: S311 - no secret
        wait = wait_after(error, self._failures, clock.now(), most=self._daemon.poll_max_seconds, jitter=jitter)
        if isinstance(error, FolderMissing | LoginNeeded):
            self._bound = False
        if isinstance(error, FolderMissing):
            self._watcher.stop()
        self._token.met(error)
        self._rhythm.outage(clock.steady(), wait)
        self._beside.voice.outage(error, wait)
        at, watching = clock.now() + wait, self._watcher.state
        self._live = replace(self._live, error=error, quiet=False, next_poll=at, watching=watching)

    # --- operations

    def _perform(self, task: Task) -> None:
        """Performs what somebody waits for. What is no SyncdError is theirs to know, and then ours."""
        if not task.reply.set_running_or_notify_cancel():
            return
        self._performing = True
        try:
            answer = self._answer(task)
        except BaseException as error:
            task.reply.set_exception(error)
            raise
        finally:
            self._performing = False
        task.reply.set_result(answer)
        self._beside.say(self._live)

    def _answer(self, task: Task) -> Answer:
        prepared, mirror = task.prepared, self._mirror
        try:
            if prepared.access is Access.BIND:
                self._bind(TRIES)
                self._watcher.catch_up()
            answer = prepared.act(mirror)
        except SyncdError as error:
            return failed(prepared.name, mirror.name, error)
        if prepared.name == "sync" and answer.document["settled"] is True:
            self._conclude(Report(settled=True))
        elif prepared.name != "verify":
            self._live = replace(self._live, quiet=False)
            self._rhythm.now(mirror.clock.steady())
        return answer
