"""What is shown while a sync runs: a line for each action as it ends, and on a terminal a bar for big work.

Law: a listener changes nothing and raises nothing; rich is imported only when a bar is drawn.
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from syncd.cli.output import PipeClosed, plain, say
from syncd.cli.render import action_line
from syncd.core.events import ActionEnded, Event, Looking, Transferred, WorkPlanned

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

BIG_WORK_ACTIONS = 20
BIG_WORK_BYTES = 8 * 2**20
BIG_LOOK = 500


class Progress:
    """A listener that draws. `lines`: how many actions it told so far. Used from several threads."""

    def __init__(self, *, silent: bool) -> None:
        self.lines = 0
        self._silent = silent
        self._drawing = not silent and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._bars: Bars | None = None
        self._bytes: TaskID | None = None
        self._look: TaskID | None = None

    def __enter__(self) -> Self:
        """Nothing is drawn until there is something to draw."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bars away. Repeatable."""
        if self._bars is not None:
            self._bars.stop()

    def told(self, event: Event) -> None:
        """Draws one event."""
        if self._silent:
            return
        with self._lock:
            match event:
                case ActionEnded():
                    self._action(event)
                case WorkPlanned(actions, size) if actions >= BIG_WORK_ACTIONS or size >= BIG_WORK_BYTES:
                    self._plan(size)
                case Transferred(path, size):
                    self._transfer(path, size)
                case Looking(where, seen) if seen >= BIG_LOOK:
                    self._seen(where, seen)
                case _:
                    pass

    def _action(self, ended: ActionEnded) -> None:
        self.lines += 1
        line = action_line(ended.action, ended.path, ended.outcome.value, ended.reason, ended.error)
        if self._bars is not None and sys.stdout.isatty():
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        try:
            say(line)
        except PipeClosed:
            self._silent = True  # nobody reads any more; the work goes on, and the end of the command meets it again

    def _plan(self, size: int) -> None:
        if self._drawing:
            bars = self._drawn()
            if self._bytes is None:
                self._bytes = bars.add_task("transferring", total=size)
            else:
                bars.reset(self._bytes, total=size)

    def _transfer(self, path: str, size: int) -> None:
        if self._bars is not None and self._bytes is not None:
            self._bars.update(self._bytes, advance=size, description=plain(path)[-40:])

    def _seen(self, where: str, seen: int) -> None:
        if self._drawing:
            bars = self._drawn()
            if self._look is None:
                self._look = bars.add_task("looking", total=None)
            bars.update(self._look, description=f"looking {where}: {seen}")

    def _drawn(self) -> Bars:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
            )
            self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
            self._bars.start()
        return self._bars
