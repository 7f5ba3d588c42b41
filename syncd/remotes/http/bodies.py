"""Request bodies that are streamed, know their length, and know when their last byte was handed to the socket.

Law: a body can be opened again from its start, so a request can be sent again with a new token; a file is never whole
in memory, and never read past or short of the size it was announced with.
"""

from __future__ import annotations

import mimetypes
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from syncd.core.errors import DiskFailed, FileChanged

CHUNK = 64 * 1024
_TYPES = threading.Lock()
"""The first thread that asks reads the system's table of types; others that come meanwhile would read it too."""

Fields = tuple[tuple[str, str], ...]


class Body(Protocol):
    """What a request carries."""

    @property
    def content_type(self) -> str:
        """The header's value."""
        ...

    @property
    def length(self) -> int:
        """Bytes in all."""
        ...

    def open(self, passed: Callable[[int], None]) -> Iterator[bytes]:
        """The bytes from the start; `passed` is told before each piece of a file how many bytes it has."""
        ...


class Form:
    """Urlencoded fields."""

    content_type = "application/x-www-form-urlencoded"

    def __init__(self, *fields: tuple[str, str]) -> None:
        self._encoded = urlencode([(name, value.encode("utf-8", "replace")) for name, value in fields]).encode()
        self.length = len(self._encoded)

    def open(self, passed: Callable[[int], None]) -> Iterator[bytes]:  # noqa: ARG002 (no file in here)
        """The whole form in one piece."""
        yield self._encoded


class Multipart:
    """Fields and one file, as multipart/form-data (RFC 7578; names quoted as browsers do).

    `name` is told to the server as the file's name; `mark` is a word that the file does not contain, such as its hash.
    """

    def __init__(self, fields: Fields, path: Path, *, name: str, size: int, mark: str) -> None:
        self._path = path
        self._size = size
        boundary = f"syncd-{mark[:48]}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        parts = [_part(boundary, f'name="{_quoted(field)}"') + b"\r\n" + _encoded(value) for field, value in fields]
        about = f'name="file"; filename="{_quoted(name)}"'
        parts.append(_part(boundary, about) + f"Content-Type: {media_type(name)}\r\n\r\n".encode())
        self._head = b"\r\n".join(parts)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.length = len(self._head) + size + len(self._tail)

    def open(self, passed: Callable[[int], None]) -> Iterator[bytes]:
        """Head, file, tail. Raises DiskFailed, or FileChanged if the file is not as long as it was said to be."""
        yield self._head
        left = self._size
        try:
            with self._path.open("rb") as file:
                while left:
                    piece = file.read(min(CHUNK, left))
                    if not piece:
                        raise FileChanged("The copy that was to be sent is shorter than it was.")
                    left -= len(piece)
                    passed(len(piece))
                    yield piece
        except OSError as error:
            raise DiskFailed(f"The copy that was to be sent cannot be read: {error.strerror}.") from error
        yield self._tail


class Sending:
    """One opening of a body. `finished`: its last piece was handed over, so the remote may have all of it."""

    def __init__(self, body: Body, passed: Callable[[int], None]) -> None:
        self._body = body
        self._passed = passed
        self.finished = False

    def __iter__(self) -> Iterator[bytes]:
        pieces = self._body.open(self._passed)
        piece = next(pieces, b"")
        for following in pieces:
            yield piece
            piece = following
        self.finished = True
        yield piece


def media_type(name: str) -> str:
    """The type a server should be told for a file of this name."""
    with _TYPES:
        return mimetypes.guess_type(Path(name).name)[0] or "application/octet-stream"


def _part(boundary: str, about: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; ".encode() + _encoded(about) + b"\r\n"


def _quoted(name: str) -> str:
    """A name inside quotes, as the HTML standard has it; other control characters have no business there."""
    quoted = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    return re.sub(r"[\x00-\x1f\x7f]", "_", quoted)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
