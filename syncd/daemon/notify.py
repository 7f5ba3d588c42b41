"""Tells systemd how the daemon stands (sd_notify(3)): one datagram a message, nothing where nobody listens."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY = "READY=1"
STOPPING = "STOPPING=1"


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Sends a message to the socket that NOTIFY_SOCKET names; whether it was sent. Never fails."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return False
    return True
