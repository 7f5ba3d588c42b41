"""One engine thread for one mirror, for as long as the daemon runs.

Law: the thread owns the mirror and its database; everyone else wakes it, waits for its answer, or reads what it last
said of itself. It never ends silently: whatever stops it is told, and the mirror is opened anew after a pause.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from syncd.config import DaemonSettings, MirrorSettings
from syncd.core.errors import SyncdError
from syncd.core.events import Event
from syncd.daemon.adjusting import tune
from syncd.daemon.beside import Beside
from syncd.daemon.documents import Answer, Document
from syncd.daemon.figures import Figures, figures
from syncd.daemon.foresight import Foresight
from syncd.daemon.healing import wait_after
from syncd.daemon.opening import looking, opened, rebuild
from syncd.daemon.operations import Access, Prepared, failed
from syncd.daemon.post import Post
from syncd.daemon.progress import Progress
from syncd.daemon.resting import Resting
from syncd.daemon.service import Service
from syncd.daemon.standing import Live, Serving, standing
from syncd.daemon.telling import Chorus
from syncd.daemon.voice import Voice
from syncd.daemon.wakes import Task, Wake, Wakes
from syncd.engine import Eyes
from syncd.remotes.faces import Remote
from syncd.store.failures import Corrupt


class _Mover:
    """Counts every event of the engine as a move."""

    def __init__(self, turn: Progress) -> None:
        self._turn = turn

    def told(self, _event: Event) -> None:
        """It moved."""
        self._turn.moved()


class Worker:
    """A mirror that is kept in step. Public methods may be called from any thread."""

    def __init__(self, post: Post) -> None:
        self.name = post.settings.name
        self._post = post
        self._wakes = Wakes()
        self._eyes = Eyes()
        self._foresight = Foresight()
        self.voice = Voice(self.name, post.hearers)
        self.loaded = threading.Event()  # the mirror was opened with all it needs, or why it cannot be is told
        self._live = Live()
        self._resting = Resting(post.settings, post.wiring.clock.now, post.is_metered)
        self._remote: Remote | None = None
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"engine-{self.name}", daemon=True)
        self._wiring = replace(
            post.wiring,
            clock=replace(post.wiring.clock, sleep=self._wakes.sleep),
            listener=Chorus(_Mover(self.turn), self.voice, post.wiring.listener),
            stop=lambda: self._wakes.stopping,
        )

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Has it start nothing new, and end when what is under way has come to its end."""
        self._wakes.stop()

    def join(self, timeout: float | None) -> bool:
        """Waits for the thread to end, so many seconds or (None) as long as it takes; whether it did."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def turn(self) -> Progress:
        """What the engine's thread does between two waits, and whether it moves."""
        return self._wakes.turn

    @property
    def lives(self) -> bool:
        """Whether the engine's thread runs."""
        return self._thread.is_alive()

    @property
    def live(self) -> Live:
        """How the mirror stands, without a look at disk or database."""
        quiet = self._live.quiet and not self._eyes.pending
        return replace(self._live, quiet=quiet, rest=self._resting.rest())

    # --- asked by the control socket

    def perform(self, prepared: Prepared) -> Answer:
        """Performs an operation, here if it only looks, else on the engine's thread. Busy if the daemon is ending."""
        if prepared.access is not Access.LOOK:
            return self._wakes.give(prepared).result()
        try:
            with looking(self._post.settings, self._wiring, eyes=self._eyes, remote=self._remote) as mirror:
                return prepared.act(mirror)
        except SyncdError as error:
            return failed(prepared.name, self.name, error)

    def standing(self) -> Document:
        """The mirror's status object."""
        return standing(self._post.settings, self._wiring, self._serving())

    def figures(self) -> Figures:
        """What its metrics are made of."""
        stands = self.turn.standing(self._post.wiring.clock.steady())
        return figures(self._post.settings, self._wiring, self._serving(), stands)

    def _serving(self) -> Serving:
        return Serving(self.live, self._eyes, self._remote, self._foresight)

    def pause(self, seconds: float | None) -> float | None:
        """Starts no cycle from now on, for so many seconds or until `resume`; answers when it ends (Unix seconds)."""
        now = self._post.wiring.clock.now()
        until = None if seconds is None else now + seconds
        self._resting.pause(until)
        self._wakes.wake(Wake.TURN)
        self.voice.paused(until)
        return until

    def resume(self) -> None:
        """Goes on."""
        was_paused = self._resting.resume()
        self._wakes.wake(Wake.TURN)
        if was_paused:
            self.voice.resumed()

    # --- told by the daemon

    def told(self, settings: MirrorSettings, daemon: DaemonSettings) -> None:
        """Goes by other settings from now on; those of traffic hold for what is under way too."""
        self._post = replace(self._post, settings=settings, daemon=daemon)
        self._resting.told(settings)
        self.tune()
        self._wakes.wake(Wake.TOLD)

    @property
    def minds_metered(self) -> bool:
        """Whether it matters if the connection is metered."""
        return self._post.settings.pause_on_metered

    def turned(self) -> None:
        """A rest may have begun or ended."""
        self._wakes.wake(Wake.TURN)

    def awoke(self) -> None:
        """The machine slept, or its clock was set."""
        self._wakes.wake(Wake.AWOKEN)

    def tune(self) -> None:
        """Has files travel as fast as the settings say at this hour. Costs next to nothing; to be told every few
        seconds."""
        if (remote := self._remote) is not None:
            tune(remote, self._post.settings, limited=self._resting.is_limited())

    # --- the engine thread

    def _run(self) -> None:
        if self._post.after is not None:
            self._post.after.join(None)
            self._post = replace(self._post, after=None)
        while not self._wakes.stopping:
            try:
                self._serve()
            except SyncdError as error:
                self._rest(error, self.voice.outage)
                self._heal(error)
            except Exception as error:  # noqa: BLE001 - a bug in one mirror stops neither the others nor, for good, this one
                bug = SyncdError("syncd met a bug in this mirror; it starts anew by itself")
                self._rest(bug, partial(self._crashed, error))
        self._post.scheduler.forget(self.name)
        self._wakes.refuse_all()

    def _heal(self, error: SyncdError) -> None:
        """A database that can be opened and still not be read, again and again, is set aside like one that cannot."""
        if isinstance(error, Corrupt) and self._failures > 1:
            try:
                rebuild(self._post.settings, self._wiring.clock)
            except SyncdError as worse:
                self._rest(worse, self.voice.outage)

    def _serve(self) -> None:
        post = self._post
        with opened(post.settings, post.daemon.transfers, self._wiring, eyes=self._eyes) as mirror:
            self._remote = mirror.remote
            self.tune()
            self.loaded.set()
            try:
                beside = Beside(self._wakes, post.scheduler, self.voice, self._say, self._resting, self._settings)
                Service(mirror, post.settings, post.daemon, beside).serve()
            finally:
                self._remote = None

    def _settings(self) -> tuple[MirrorSettings, DaemonSettings]:
        return self._post.settings, self._post.daemon

    def _crashed(self, bug: Exception, _error: SyncdError, wait: float) -> None:
        self.voice.crashed(bug, wait)

    def _say(self, live: Live) -> None:
        """Takes what the service says of the mirror; a cycle that went well ends a row of failures."""
        self._live = live
        if live.error is None and live.last_poll is not None:
            self._failures = 0

    def _rest(self, error: SyncdError, tell: Callable[[SyncdError, float], None]) -> None:
        """Waits before the mirror is opened anew; whoever asks for something meanwhile is told why not."""
        clock, most = self._post.wiring.clock, self._post.daemon.poll_max_seconds
        self._failures += 1
        wait = wait_after(error, self._failures, clock.now(), most=most, jitter=random.random())  # noqa: S311 - no secret
        tell(error, wait)
        self._live = Live(error=error, next_poll=clock.now() + wait, last_poll=None)
        self.loaded.set()
        end = clock.steady() + wait
        while not self._wakes.stopping and (left := end - clock.steady()) > 0:
            _, task = self._wakes.wait(left)
            if task is not None:
                _refuse(task, failed(task.prepared.name, self.name, error))


def _refuse(task: Task, answer: Answer) -> None:
    reply: Future[Answer] = task.reply
    if reply.set_running_or_notify_cancel():
        reply.set_result(answer)
