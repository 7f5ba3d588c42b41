"""The border of the API: requests become typed values, errors become JSON.

Law: whatever a request holds, the answer is one JSON object. A mistake of the client is 4xx and names itself; 503 says
that the daemon is ending or too much waits already; an operation that fails answers 200, as its document tells it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from syncd.core.errors import SyncdError
from syncd.daemon.documents import Document
from syncd.daemon.exits import error_document

LONGEST_BODY = 2**20
TICKET = re.compile(r"[\w.-]{0,64}", re.ASCII)


class BadRequest(Exception):
    """The request makes no sense; `status` is 400, 413 or 415."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def arguments_of(request: Request) -> Mapping[str, object]:
    """The JSON object in the body; an empty one for no body."""
    told = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise BadRequest(f"the arguments are longer than {LONGEST_BODY} bytes", 413)
    # (curl calls everything that it is given with --data a form.)
    if body and told not in {"application/json", "application/x-www-form-urlencoded", "text/plain"}:
        raise BadRequest(f"the arguments must be application/json, not {told}", 415)
    return _object(bytes(body))


def ticket_of(request: Request) -> str:
    """The word by which a client knows its operation again in the event stream."""
    ticket = request.headers.get("x-syncd-ticket", "")
    if not TICKET.fullmatch(ticket):
        raise BadRequest("X-Syncd-Ticket must be at most 64 letters, digits, dots or hyphens")
    return ticket


def _object(body: bytes) -> Mapping[str, object]:
    if not body.strip():
        return {}
    try:
        given = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the arguments are no JSON: {str(error) or type(error).__name__}") from None
    if not isinstance(given, dict):
        raise BadRequest("the arguments must be a JSON object")
    return given


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def refused(message: str, status: int, error: SyncdError | None = None) -> Response:
    """The answer to a request that cannot be carried out."""
    errors = [_own(message, status) if error is None else error_document(error)]
    return JSONResponse({"message": message, "errors": errors}, status)


def _own(message: str, status: int) -> Document:
    remedy = "See docs/control-api.md, or ask for /v1/openapi.json."
    code = {404: "not-there", 405: "not-allowed", 500: "bug", 503: "busy"}.get(status, "bad-request")
    return {"path": None, "itemid": None, "error": code, "message": message, "remedy": remedy, "retry_at": None}


async def on_bad_request(_request: Request, error: Exception) -> Response:
    """A request that makes no sense."""
    assert isinstance(error, BadRequest)
    return refused(str(error), error.status)


async def on_http_error(request: Request, error: Exception) -> Response:
    """No such route, or not by this method."""
    assert isinstance(error, HTTPException)
    told = f"there is no {request.url.path}" if error.status_code == 404 else f"{request.url.path}: {error.detail}"
    answer = refused(told, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def on_bug(_request: Request, error: Exception) -> Response:
    """A bug of ours; its traceback is logged by the server."""
    return refused(f"this is a bug: {type(error).__name__}", 500)


async def on_too_many(_request: Request, _error: Exception) -> Response:
    """More clients than we serve follow the events."""
    return refused("too many clients follow the events", 503)
