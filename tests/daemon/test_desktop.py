"""Desktop notifications: one for each mirror and cause, in place, gone with it; nothing where there is no bus."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from jeepney import HeaderFields, MessageType, message_bus, new_method_return
from jeepney.io.blocking import open_dbus_connection

from syncd.daemon.desktop import Cause, Desktop, notice
from syncd.daemon.happenings import (
    ConflictEnded,
    ConflictFound,
    HoldEnded,
    HoldOpened,
    LoginWanted,
    OutageEnded,
    Paused,
)
from syncd.daemon.session_bus import Notice, SessionBus
from tests.daemon.home import until


@dataclass
class Screen:
    """A desktop that keeps what it shows."""

    shown: list[Notice] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    is_there: bool = True

    def show(self, notice: Notice) -> int:
        if not self.is_there:
            raise OSError("there is no session bus")
        self.shown.append(notice)
        return notice.replaces or len(self.shown)

    def close(self, notification: int) -> None:
        self.closed.append(notification)


def held(name: str) -> dict[str, object]:
    return {"id": name, "reason": f"reason {name}"}


def conflict(itemid: int) -> dict[str, object]:
    return {"itemid": itemid, "path": f"{itemid}.png"}


def test_a_thousand_conflicts_are_one_notification() -> None:
    screen = Screen()
    desktop = Desktop(screen)
    for number in range(1000):
        desktop.heard("stash", ConflictFound(conflict(number)))
    assert desktop.show()
    assert desktop.show()
    (shown,) = screen.shown
    assert shown.title == "syncd: stash: 1000 files changed on both sides"
    assert shown.body.startswith("0.png; 1.png; 2.png; and 997 more\n")


def test_more_of_the_same_takes_the_place_of_what_is_shown_and_its_end_takes_it_away() -> None:
    screen = Screen()
    desktop = Desktop(screen)
    desktop.heard("stash", HoldOpened(held("a")))
    desktop.show()
    desktop.heard("stash", HoldOpened(held("b")))
    desktop.heard("other", HoldOpened(held("c")))
    desktop.show()
    assert [each.replaces for each in screen.shown] == [0, 1, 0]
    desktop.heard("stash", HoldEnded(held("a")))
    desktop.show()
    assert screen.closed == []
    desktop.heard("stash", HoldEnded(held("b")))
    desktop.show()
    assert (screen.closed, len(screen.shown)) == ([1], 3)


def test_a_login_is_asked_for_until_somebody_logged_in() -> None:
    screen = Screen()
    desktop = Desktop(screen)
    desktop.heard("stash", LoginWanted("there is no token", "Run it."))
    desktop.show()
    desktop.heard("stash", OutageEnded("unreachable", 1))
    desktop.show()
    assert not screen.closed
    desktop.heard("stash", OutageEnded("login-needed", 3))
    desktop.show()
    assert screen.closed == [1]


def test_what_is_over_before_it_was_shown_is_not_shown() -> None:
    screen = Screen()
    desktop = Desktop(screen)
    desktop.heard("stash", ConflictFound(conflict(1)))
    desktop.heard("stash", ConflictEnded(conflict(1)))
    desktop.heard("stash", Paused(None))
    desktop.heard(None, HoldOpened(held("a")))
    assert desktop.show()
    assert (screen.shown, screen.closed) == ([], [])


def test_nothing_is_shown_if_nobody_wants_it() -> None:
    screen = Screen()
    desktop = Desktop(screen)
    desktop.wanted = False
    desktop.heard("stash", HoldOpened(held("a")))
    desktop.show()
    assert screen.shown == []


def test_a_desktop_that_comes_later_shows_it_then_and_its_absence_is_told_once() -> None:
    screen = Screen(is_there=False)
    desktop = Desktop(screen, pause=0.01, again=0.05)
    with structlog.testing.capture_logs() as logs, desktop.working():
        desktop.heard("stash", HoldOpened(held("a")))
        until(lambda: logs, "told")
        screen.is_there = True
        until(lambda: screen.shown, "shown")
    assert [line["reason"] for line in logs][:1] == ["there is no session bus"]
    assert len(logs) <= 2 and desktop.shown == 1


def test_without_a_session_bus_there_is_nothing_to_show_it(tmp_path: Path) -> None:
    for environ in ({}, {"XDG_RUNTIME_DIR": str(tmp_path)}, {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"}):
        with pytest.raises(OSError, match=r"no session bus|No such file"):
            SessionBus(environ).show(Notice(0, "title", "body"))
    for address in ("nonsense", "tcp:host=localhost,port=1", "unix:abstract=syncd-nobody-is-there"):
        with pytest.raises(OSError, match=r"session bus|refused"):
            SessionBus({"DBUS_SESSION_BUS_ADDRESS": address}).close(1)


# --- a real bus


@dataclass
class RealDesktop:
    """A notification service on a bus of its own."""

    address: str
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    abilities: tuple[str, ...] = ("body", "body-markup")

    def serve(self, ready: threading.Event) -> None:
        with open_dbus_connection(bus=self.address) as bus:
            bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications"))
            ready.set()
            while True:
                message = bus.receive()
                if message.header.message_type is not MessageType.method_call:
                    continue
                member = str(message.header.fields[HeaderFields.member])
                self.calls.append((member, tuple(message.body)))
                answers: dict[str, tuple[str | None, tuple[Any, ...]]] = {
                    "GetCapabilities": ("as", (list(self.abilities),)),
                    "Notify": ("u", (41 + len(self.calls),)),
                    "CloseNotification": (None, ()),
                }
                bus.send(new_method_return(message, *answers[member]))


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealDesktop]:
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("there is no dbus-daemon")
    command = [program, "--session", "--nofork", "--print-address=1", f"--address=unix:path={tmp_path}/bus"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        found = RealDesktop(bus.stdout.readline().strip())
        ready = threading.Event()
        thread = threading.Thread(target=serve_until_closed, args=(found, ready), daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield found
        finally:
            bus.terminate()
            thread.join(20)


def serve_until_closed(desktop: RealDesktop, ready: threading.Event) -> None:
    try:
        desktop.serve(ready)
    except (OSError, EOFError):
        return  # the bus has ended


def test_a_real_desktop_is_asked_and_titles_are_no_markup(real: RealDesktop) -> None:
    desktop = SessionBus({"DBUS_SESSION_BUS_ADDRESS": real.address})
    shown = notice("stash", Cause.CONFLICT, ["<b>Fox & Owl</b>.png"])
    number = desktop.show(shown)
    assert number == 43
    assert [name for name, _ in real.calls] == ["GetCapabilities", "Notify"]
    name, replaces, _icon, title, body, actions, hints, _expires = real.calls[-1][1]
    assert (name, replaces, actions, hints["urgency"]) == ("syncd", 0, [], ("y", 1))
    assert title == "syncd: stash: a file changed on both sides"
    assert body.startswith("&lt;b&gt;Fox &amp; Owl&lt;/b&gt;.png\n")
    desktop.close(number)
    assert real.calls[-1] == ("CloseNotification", (43,))


def test_a_desktop_without_markup_is_given_plain_words(real: RealDesktop) -> None:
    real.abilities = ("body",)
    desktop = Desktop(SessionBus({"DBUS_SESSION_BUS_ADDRESS": real.address}), pause=0.01)
    with desktop.working():
        desktop.heard("stash", ConflictFound({"itemid": 1, "path": "<b>Fox & Owl</b>.png"}))
        until(lambda: desktop.shown, "shown")
    assert real.calls[-1][1][4].startswith("<b>Fox & Owl</b>.png\n")
