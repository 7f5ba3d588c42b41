"""The bytes of a file, being received: what a Range request gave, with chunks checked against what was announced.

Law: nothing is decoded that the server did not encode for the way (Content-Encoding), so that Range means bytes of the
original; a body that ends early is an error, never a short file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from syncd.core.errors import Unreachable

UNPACKED = 1024 * 1024
"""Bytes that are unpacked at a time: a few packed ones can be very many."""


class AddressGone(Exception):
    """The address of a file no longer works: it has expired, or the file is another one by now. Ask for a new one."""


@dataclass(frozen=True, slots=True)
class Reception:
    """An answer with the bytes of a file from `start` to its end; `total` is the size of the whole file, if known.

    `partial`: it is the part that was asked for. `unsatisfiable`: no byte of the file is in that part. `encoded`: the
    bytes come compressed and are unpacked here, so that parts mean nothing. `url` is where they came from in the end.
    """

    url: str
    headers: httpx.Headers
    start: int
    total: int | None
    partial: bool
    encoded: bool
    unsatisfiable: bool
    chunks: Iterator[bytes]


def receive(response: httpx.Response, read: Callable[[Iterator[bytes]], Iterator[bytes]]) -> Reception:
    """The reception that an answer 200, 206 or 416 is. `read` maps errors, counts and slows down."""
    headers = response.headers
    coding = headers.get("content-encoding", "identity").strip().lower()
    encoded = coding not in ("", "identity")
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise Unreachable("The server packed the file in a way that was not asked for.")
    start, total = 0, None if encoded else _number(headers.get("content-length"))
    if response.status_code in (206, 416):
        start, total = _content_range(headers.get("content-range", ""))
    if response.status_code == 200 and total is None and not encoded and not _is_chunked(headers):
        raise Unreachable("The server does not say where the file ends.")
    chunks = read(response.iter_raw())
    if encoded:
        chunks = _unpacked(chunks)
    if total is not None and not encoded and response.status_code != 416:
        chunks = _whole(chunks, total - start)
    return Reception(
        url=str(response.url),
        headers=headers,
        start=start,
        total=total,
        partial=response.status_code == 206,
        encoded=encoded,
        unsatisfiable=response.status_code == 416,
        chunks=chunks,
    )


def _is_chunked(headers: httpx.Headers) -> bool:
    """Whether the last chunk says that it is the last; else only the length tells a cut body from a whole one."""
    return "chunked" in headers.get("transfer-encoding", "").lower()


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


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks without gzip; raises Unreachable for a stream that ends early, which httpx would not notice."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for chunk in chunks:
            packed = chunk
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, UNPACKED)
                packed = unpacking.unconsumed_tail
    except zlib.error:
        raise Unreachable("The server's packed file cannot be unpacked.") from None
    if not unpacking.eof:
        raise Unreachable("The server's packed file ends early.")


def _content_range(value: str) -> tuple[int, int | None]:
    """Start and total of `bytes 5-9/10` or `bytes */10`; (0, None) for what does not say both."""
    match = re.fullmatch(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18})", value.strip())
    return (0, None) if match is None else (int(match[1] or 0), int(match[2]))


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"\d{1,18}", value) else None
