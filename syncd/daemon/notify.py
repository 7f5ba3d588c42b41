"""Tells systemd how the daemon stands (sd_notify(3)): one datagram a message, nothing where nobody listens.

Law: telling never fails and never waits; a daemon that nobody supervises works the same.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"
RELOADING = "RELOADING=1"
LONGEST_STATUS = 400


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Sends a message (lines of NAME=VALUE) to the socket in NOTIFY_SOCKET; whether it was sent. Never fails."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    with socket.socket(socket.AF_UNIX, kind) as sender:
        try:
            sender.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return False
    return True


def status(words: str) -> str:
    """The message that shows `words` in `systemctl status`; control characters and what is too long are left out."""
    line = "".join(c if c.isprintable() else " " for c in words)
    return "STATUS=" + (line if len(line) <= LONGEST_STATUS else line[: LONGEST_STATUS - 1] + "…")


@contextmanager
def reloading(
    environ: Mapping[str, str] = os.environ, monotonic_ns: Callable[[], int] = time.monotonic_ns
) -> Iterator[None]:
    """Has systemd show the unit as reloading while the body runs, and as ready after it, also when the body fails.

    The time goes with the word, as `Type=notify-reload` asks (systemd 253); older ones do not look at it. May be
    repeated. `monotonic_ns` is CLOCK_MONOTONIC in nanoseconds.
    """
    notify(f"{RELOADING}\nMONOTONIC_USEC={monotonic_ns() // 1000}", environ)
    try:
        yield
    finally:
        notify(READY, environ)
