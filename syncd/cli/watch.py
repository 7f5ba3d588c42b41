"""`status --watch`: the status drawn anew whenever something happens, until Ctrl-C or the daemon's end.

Law: with a daemon nothing is asked while nothing happens; without one the status is looked at once a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress

from syncd.cli.output import say
from syncd.daemon import Daemon

REDRAW_SECONDS = 0.5
LOOK_SECONDS = 1.0
HOME_AND_CLEAR = "\x1b[H\x1b[2J"


def watch(draw: Callable[[], str], daemon: Daemon) -> None:
    """Watches; Ctrl-C and the end of the daemon are its good ends."""
    screen = _Screen(draw)
    with suppress(KeyboardInterrupt):
        was_running = False
        while True:
            screen.draw()
            if daemon.is_running():
                was_running = True
                _follow(screen, daemon)
            elif was_running:
                return
            time.sleep(LOOK_SECONDS)  # nobody tells us anything


def _follow(screen: _Screen, daemon: Daemon) -> None:
    """Draws after each change, but not more often than anybody can read, as long as the daemon tells of them."""
    with daemon.changes() as changes:
        while True:
            screen.draw()
            time.sleep(REDRAW_SECONDS)
            if not changes.wait():
                return


class _Screen:
    """Draws in place on a terminal, elsewhere only what is new."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text
        self._before: str | None = None

    def draw(self) -> None:
        """Draws what there is to tell now."""
        text = self._text()
        if text == self._before:
            return
        say(f"{HOME_AND_CLEAR}{text}" if sys.stdout.isatty() else text)
        self._before = text
