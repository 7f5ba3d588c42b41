"""What systemd is at the other end of NOTIFY_SOCKET: a datagram socket that keeps what it was told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Supervisor:
    """Listens at `path`."""

    path: Path
    listener: socket.socket

    @property
    def environ(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": str(self.path)}

    def told(self) -> list[str]:
        """Every message so far that was not asked for yet."""
        messages = []
        while True:
            try:
                messages.append(self.listener.recv(4096).decode())
            except BlockingIOError:
                return messages

    def next(self) -> str:
        """The next message; waits for it."""
        self.listener.settimeout(30)
        try:
            return self.listener.recv(4096).decode()
        finally:
            self.listener.setblocking(False)


@contextmanager
def supervisor(path: Path) -> Iterator[Supervisor]:
    """One that listens below `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path / "notify"))
        listener.setblocking(False)
        yield Supervisor(path / "notify", listener)
