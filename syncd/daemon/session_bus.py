"""The user's desktop, as far as it can show a notification: D-Bus, by jeepney (the extra `desktop`).

Law: whatever is not there, the library, the bus, a desktop on it, is an OSError.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PATIENCE_SECONDS = 2.0

Asked = Callable[..., tuple[object, ...]]
"""Calls a method: its name, and where it takes any the arguments' signature and the arguments."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be shown in place of notification `replaces` (0: of none)."""

    replaces: int
    title: str
    body: str


class Bus(Protocol):
    """The notifications of a desktop. Both raise OSError where there is none."""

    def show(self, notice: Notice) -> int:
        """Shows it; answers its id."""
        ...

    def close(self, notification: int) -> None:
        """Takes it away."""
        ...


class SessionBus:
    """The user's own desktop, over a connection for each message (jeepney)."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def show(self, notice: Notice) -> int:
        """Shows it; answers its id. OSError where there is nobody to show it."""

        def asked(ask: Asked) -> int:
            (abilities,) = ask("GetCapabilities")
            marked = isinstance(abilities, list) and "body-markup" in abilities
            body = html.escape(notice.body, quote=False) if marked else notice.body
            hints = {"urgency": ("y", 1), "desktop-entry": ("s", "syncd")}
            given: tuple[object, ...] = ("syncd", notice.replaces, "", notice.title, body, [], hints, -1)
            (number,) = ask("Notify", "susssasa{sv}i", given)
            return number if isinstance(number, int) else 0

        return self._connected(asked)

    def close(self, notification: int) -> None:
        """Takes it away; nothing if it is gone already."""
        self._connected(lambda ask: len(ask("CloseNotification", "u", (notification,))))

    def _connected(self, talk: Callable[[Asked], int]) -> int:
        try:
            from jeepney import DBusAddress, MessageType, new_method_call
            from jeepney.io.blocking import open_dbus_connection
        except ImportError as error:
            raise OSError(f"{error.name} is not installed") from None
        name = "org.freedesktop.Notifications"
        address = DBusAddress("/org/freedesktop/Notifications", name, name)
        try:
            with open_dbus_connection(bus=self._address()) as bus:

                def ask(method: str, signature: str | None = None, body: tuple[object, ...] = ()) -> tuple[object, ...]:
                    message = new_method_call(address, method, signature, body)
                    reply = bus.send_and_get_reply(message, timeout=PATIENCE_SECONDS)
                    if reply.header.message_type is MessageType.error:
                        raise OSError(f"{method}: {reply.body[0] if reply.body else 'refused'}")
                    return tuple(reply.body)

                return talk(ask)
        except (ValueError, RuntimeError, TimeoutError) as error:
            raise OSError(f"the session bus does not answer ({type(error).__name__})") from None

    def _address(self) -> str:
        """Where the session bus is; OSError if there is none."""
        named = self._environ.get("DBUS_SESSION_BUS_ADDRESS", "")
        path = Path(self._environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / "bus"
        if not named and not path.is_socket():
            raise OSError("there is no session bus")
        return named or f"unix:path={path}"
