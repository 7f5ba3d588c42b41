"""Reading the body of a request: fields into memory, files to the disk while they arrive.

Law: a form that ended before its own end is no form; the parser alone would take the first half of a file for a file.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from syncd.server.errors import CorruptFile
from syncd.server.wire import Call, server_error

_MOST_FILES = 100
_MOST_FIELDS = 1000
_TAIL = 256


class _CutOffError(MultiPartException):
    """The body ended early; told to the parser as its own kind of error, so that it closes its files."""


async def read_body(request: Request, call: Call) -> None:
    """Fill in a call's fields and files. Raises WireError for what is no form, CorruptFile for half of one."""
    call.asked = {key: request.query_params.getlist(key) for key in request.query_params}
    call.is_multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    form = FormData()
    if request.method == "POST":
        form = await (_multipart(request) if call.is_multipart else request.form(max_fields=_MOST_FIELDS))
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            call.files.append(value)
        else:
            call.posted.setdefault(name, []).append(value)


async def _multipart(request: Request) -> FormData:
    boundary = parse_options_header(request.headers.get("content-type"))[1].get(b"boundary")
    if not boundary:
        raise server_error()
    body = _whole(request, b"--" + boundary + b"--")
    try:
        return await MultiPartParser(request.headers, body, max_files=_MOST_FILES, max_fields=_MOST_FIELDS).parse()
    except _CutOffError:
        raise CorruptFile from None
    except MultiPartException:
        raise server_error() from None


async def _whole(request: Request, end: bytes) -> AsyncGenerator[bytes, None]:
    tail = b""
    try:
        async for chunk in request.stream():
            tail = (tail + chunk[-_TAIL:])[-_TAIL:]
            yield chunk
    except ClientDisconnect:
        tail = b""
    if not tail.rstrip().endswith(end):
        raise _CutOffError("the body ended early")
