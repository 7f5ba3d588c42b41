"""A system bus with a NetworkManager on it, as far as one question needs them: a Unix socket that speaks D-Bus."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from jeepney import HeaderFields, Message, MessageType, new_error, new_method_return
from jeepney.low_level import Parser


@dataclass
class Bus:
    """The bus at `address`; NetworkManager says that the connection is `metered` (None: there is no NetworkManager)."""

    address: str
    metered: int | None = 2
    asked: list[str] = field(default_factory=list)

    def answer(self, message: Message) -> Message:
        member = str(message.header.fields.get(HeaderFields.member))
        if member == "Hello":
            return new_method_return(message, "s", (":1.1",))
        self.asked.append(".".join(message.body))
        if self.metered is None:
            return new_error(message, "org.freedesktop.DBus.Error.ServiceUnknown", "s", ("no such name",))
        return new_method_return(message, "v", (("u", self.metered),))

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            lines = connection.makefile("rb")
            while (line := lines.readline().strip(b"\0\r\n")) != b"BEGIN":
                connection.sendall(b"AGREE_UNIX_FD\r\n" if line.startswith(b"NEGOTIATE") else b"OK 1234deadbeef\r\n")
            parser, serial = Parser(), 0
            while piece := lines.read1(65_536):
                for message in parser.feed(piece):
                    if message.header.message_type is MessageType.method_call:
                        serial += 1
                        connection.sendall(self.answer(message).serialise(serial=serial))


@contextmanager
def system_bus(path: Path) -> Iterator[Bus]:
    """A bus below `path`."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path / "bus"))
        listener.listen()
        bus = Bus(f"unix:path={path / 'bus'}")

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=bus.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield bus
        listener.shutdown(socket.SHUT_RDWR)
