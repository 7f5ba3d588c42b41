"""What a request of the shipped client carries: its fields, its file, the span that it asks for."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from syncd.remotes.http import Call, Multipart
from syncd.remotes.http.bodies import Sending
from tests.sim.account import File


def spanned(span: str, size: int) -> tuple[int, int, int]:
    """Start, end and status of an answer to a Range."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", span)
    if asked is None:
        return 0, size, 200
    start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    return (start, size, 206) if start < size else (0, 0, 416)


def opened(call: Call) -> tuple[dict[str, list[str]], File | None, Sending | None]:
    """What a request carries: its fields, its file, and the body as sent to the last byte."""
    if call.body is None:
        return {}, None, None
    sending = Sending(call.body, call.progress or (lambda _count: None))
    raw = b"".join(sending)
    if not isinstance(call.body, Multipart):
        return parse_qs(raw.decode(), keep_blank_values=True), None, sending
    boundary = call.body.content_type.partition("boundary=")[2].encode()
    posted: dict[str, list[str]] = {}
    file = None
    for part in raw.split(b"--" + boundary)[1:-1]:
        about, _, content = part.partition(b"\r\n\r\n")
        named = dict(re.findall(r'(\w+)="([^"]*)"', about.decode()))
        if "filename" in named:
            file = File(named["filename"].replace("%22", '"'), content[:-2])
        else:
            posted.setdefault(named["name"], []).append(content[:-2].decode())
    return posted, file, sending
