"""The bytes of a file, being received: what a Range request gave, with chunks checked against what was announced.

Law: nothing is decoded that the server did not encode for the way (Content-Encoding), so that Range means bytes of the
original; a body that ends early is an error, never a short file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from syncd.core.errors import Unreachable


class AddressGone(Exception):
    """The address of a file no longer works: it has expired, or the file is another one by now. Ask for a new one."""


@dataclass(frozen=True, slots=True)
class Reception:
    """An answer with the bytes of a file from `start` on; `total` is the size of the whole file, if known.

    `encoded`: the bytes come compressed and are unpacked here, so a part of the file cannot be asked for.
    `unsatisfiable`: no byte of the file is in the range that was asked for. `url` is where the bytes came from.
    """

    url: str
    headers: httpx.Headers
    start: int
    total: int | None
    encoded: bool
    unsatisfiable: bool
    chunks: Iterator[bytes]


def receive(response: httpx.Response, read: Callable[[Iterator[bytes]], Iterator[bytes]]) -> Reception:
    """The reception that an answer 200, 206 or 416 is. `read` maps errors, counts and slows down."""
    headers = response.headers
    encoded = headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    start, total = 0, _number(headers.get("content-length"))
    if response.status_code in (206, 416):
        start, total = _content_range(headers.get("content-range", ""))
    elif encoded:
        total = None
    chunks = read(response.iter_bytes() if encoded else response.iter_raw())
    if total is not None and not encoded and response.status_code != 416:
        chunks = _whole(chunks, _end(response, start, total) - start)
    return Reception(
        url=str(response.url),
        headers=headers,
        start=start,
        total=total,
        encoded=encoded,
        unsatisfiable=response.status_code == 416,
        chunks=chunks,
    )


def _whole(chunks: Iterator[bytes], expected: int) -> Iterator[bytes]:
    """The chunks; raises Unreachable when there are fewer bytes than were announced, or more."""
    left = expected
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise Unreachable("The server sent another number of bytes than it announced.")


def _content_range(value: str) -> tuple[int, int | None]:
    """Start and total of `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`; raises Unreachable for anything else."""
    match = re.fullmatch(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(?:(\d{1,18})|\*)", value.strip())
    if match is None:
        if not value.strip():
            return 0, None
        raise Unreachable("The server answered a part of a file without saying which.")
    first, total = match.groups()
    return int(first or 0), None if total is None else int(total)


def _end(response: httpx.Response, start: int, total: int) -> int:
    length = _number(response.headers.get("content-length"))
    return total if response.status_code == 200 or length is None else start + length


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"\d{1,18}", value) else None
