"""Whether the connection costs by volume, as NetworkManager guesses it (org.freedesktop.NetworkManager, `Metered`).

Law: it is asked only while a mirror minds, and never by a mirror's thread. Without a system bus, NetworkManager or the
library that speaks D-Bus, the connection counts as not metered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import structlog

ASK_SECONDS = 15.0
PATIENCE_SECONDS = 1.0
METERED = frozenset({1, 3})
"""NMMetered: 0 unknown, 1 yes, 2 no, 3 and 4 the same as a guess."""

Ask = Callable[[], int]


class Connection:
    """What is known of the machine's connection. `look` from one thread; `is_metered` from any, at once."""

    def __init__(self, ask: Ask | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        """`ask` answers NetworkManager's number, and raises OSError if there is none to answer."""
        self._ask = ask or _asked_over_the_bus
        self._steady = steady
        self._asked_at: float | None = None
        self._metered = False
        self._told = False

    def is_metered(self) -> bool:
        """Whether it was when it was last asked for."""
        return self._metered

    def look(self, *, wanted: bool) -> bool:
        """Asks, if it is time to and anyone minds; whether the answer is another than before."""
        before = self._metered
        if not wanted:
            self._metered, self._asked_at = False, None
        elif self._asked_at is None or self._steady() - self._asked_at >= ASK_SECONDS:
            self._asked_at = self._steady()
            self._metered = self._number() in METERED
        return self._metered is not before

    def _number(self) -> int:
        try:
            return self._ask()
        except OSError as error:
            if not self._told:
                self._told = True
                structlog.get_logger("syncd").warning(
                    "metered-unknown",
                    message=f"pause_on_metered is set, but NetworkManager cannot be asked: {error}",
                    remedy="Install syncd[desktop] and NetworkManager, or leave pause_on_metered out.",
                )
            return 0


def _asked_over_the_bus() -> int:
    """One question over a connection of its own; OSError if nobody answers it."""
    try:
        from jeepney import DBusAddress, Properties
        from jeepney.io.blocking import open_dbus_connection
    except ImportError as error:
        raise OSError(f"{error.name} is not installed") from None
    network = DBusAddress(
        "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "org.freedesktop.NetworkManager"
    )
    try:
        with open_dbus_connection(bus="SYSTEM") as bus:
            reply = bus.send_and_get_reply(Properties(network).get("Metered"), timeout=PATIENCE_SECONDS)
    except (KeyError, ValueError, TimeoutError) as error:
        raise OSError(f"there is no system bus ({type(error).__name__})") from None
    with suppress(TypeError, ValueError, IndexError):
        return int(reply.body[0][1])
    raise OSError("there is no NetworkManager")
