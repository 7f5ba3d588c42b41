"""The control API, version 1: HTTP over the Unix socket, for our own commands and for whoever may use the socket.

    GET  /v1/status                          the `status` document
    POST /v1/mirrors/{name}/{operation}      arguments as a JSON object -> {"document", "exit_code"}
    POST /v1/mirrors/{operation}             `pause` or `resume` of all mirrors

Law: it translates and decides nothing. 400: wrong arguments; 404: no such mirror or operation; 503: the daemon is
ending. An operation that fails answers 200, as its document tells the failure.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncd.core.errors import SyncdError
from syncd.daemon.arguments import Arguments
from syncd.daemon.documents import Answer, Document
from syncd.daemon.exits import error_document
from syncd.daemon.operations import OPERATIONS, prepare
from syncd.daemon.worker import Worker

LONGEST_BODY = 2**20
NAMES = frozenset({*OPERATIONS, "status", "pause", "resume"})
END_SECONDS = 3


class Control:
    """The API of the mirrors that a daemon serves."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = {worker.name: worker for worker in workers}

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/v1/status", self._get_status, methods=["GET"]),
                Route("/v1/mirrors/{mirror}/{operation}", self._post, methods=["POST"]),
                Route("/v1/mirrors/{operation}", self._post_to_all, methods=["POST"]),
            ]
        )

    async def _get_status(self, _request: Request) -> Response:
        return JSONResponse(await run_sync(self.status))

    def status(self) -> Document:
        """The `status` document."""
        return {"daemon": "running", "mirrors": [worker.standing() for worker in self._workers.values()]}

    async def _post(self, request: Request) -> Response:
        worker = self._workers.get(request.path_params["mirror"])
        return await self._respond(request, [] if worker is None else [worker])

    async def _post_to_all(self, request: Request) -> Response:
        is_for_all = request.path_params["operation"] in {"pause", "resume"}
        return await self._respond(request, list(self._workers.values()) if is_for_all else [])

    async def _respond(self, request: Request, workers: Sequence[Worker]) -> Response:
        operation = request.path_params["operation"]
        if not workers or operation not in NAMES:
            return JSONResponse({"message": f"there is no {request.url.path}"}, 404)
        try:
            ask = asked(operation, _object(await request.body()))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        try:
            answers = [await run_sync(ask, worker) for worker in workers]
        except SyncdError as error:
            return JSONResponse({"message": error.message, "errors": [error_document(error)]}, 503)
        return JSONResponse({"document": answers[-1].document, "exit_code": answers[-1].exit_code})


def asked(operation: str, given: Mapping[str, object]) -> Callable[[Worker], Answer]:
    """What is to be asked of a worker. ValueError for wrong arguments."""
    if operation in OPERATIONS:
        prepared = prepare(operation, given)
        return lambda worker: worker.perform(prepared)
    arguments = Arguments(given)
    seconds = arguments.maybe_number("for") if operation == "pause" else None
    arguments.end()
    match operation:
        case "pause":
            return lambda worker: Answer({"paused": True, "until": worker.pause(seconds)})
        case "resume":
            return _resume
        case _:
            return lambda worker: Answer(worker.standing())


def _resume(worker: Worker) -> Answer:
    worker.resume()
    return Answer({"paused": False})


def _object(body: bytes) -> Mapping[str, object]:
    """The arguments of a request; ValueError if they are no JSON object."""
    if len(body) > LONGEST_BODY:
        raise ValueError("the arguments are too long")
    given = json.loads(body) if body.strip() else {}
    if not isinstance(given, dict):
        raise ValueError("the arguments must be a JSON object")
    return given


class _Server(uvicorn.Server):
    """Leaves signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none."""
        yield


@contextmanager
def answering(control: Control, listener: socket.socket) -> Iterator[None]:
    """Answers on the socket, in a thread, while the body runs."""
    # No log_config: logging belongs to the daemon.
    config = uvicorn.Config(
        control.app(),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=END_SECONDS,
    )
    server = _Server(config)
    thread = threading.Thread(target=_serve, args=(server, listener), name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(2 * END_SECONDS)


def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        server.run([listener])
    except Exception:  # noqa: BLE001 - mirrors go on without their control socket, but nobody shall wonder why
        structlog.get_logger("syncd").exception("control-crashed")
