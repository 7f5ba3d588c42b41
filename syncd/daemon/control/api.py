"""The routes of the API, and what each asks of the mirrors.

GET  /v1/status                          the `status` document
GET  /v1/mirrors/{mirror}                one mirror's part of it
GET  /v1/events                          what happens, as server-sent events
POST /v1/mirrors/{mirror}/{operation}    arguments as a JSON object -> {"document", "exit_code"}
POST /v1/mirrors/pause, .../resume       all mirrors
GET  /v1/openapi.json                    the description of all of it
GET  /metrics, /v1/metrics               for Prometheus
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncd.core.errors import SyncdError
from syncd.daemon.arguments import Arguments
from syncd.daemon.control.border import (
    BadRequest,
    arguments_of,
    on_bad_request,
    on_bug,
    on_http_error,
    on_too_many,
    refused,
    ticket_of,
)
from syncd.daemon.control.described import description
from syncd.daemon.control.stream import EventStream
from syncd.daemon.documents import Answer, Document
from syncd.daemon.feed import Feed, TooManyFollow
from syncd.daemon.metrics import Metrics
from syncd.daemon.mirrors import Mirrors
from syncd.daemon.operations import OPERATIONS, Access, prepare
from syncd.daemon.worker import Worker

FOR_ALL = ("pause", "resume")
NAMES = (*OPERATIONS, "status", *FOR_ALL)
LOOKS, WAITS = 8, 64
"""Threads for what is answered at once, and for those who wait for a mirror's thread; the second never starve the
first."""

Asked = Callable[[Worker], Answer]


class Control:
    """The API of the mirrors that a daemon serves."""

    def __init__(self, mirrors: Mirrors, feed: Feed, metrics: Metrics) -> None:
        self._mirrors = mirrors
        self._feed = feed
        self._metrics = metrics
        self._looks: CapacityLimiter | None = None
        self._waits: CapacityLimiter | None = None

    def app(self) -> Starlette:
        """The application."""
        made = Starlette(
            routes=self.routes(),
            exception_handlers={
                BadRequest: on_bad_request,
                HTTPException: on_http_error,
                Exception: on_bug,
                TooManyFollow: on_too_many,
            },
        )
        made.router.redirect_slashes = False  # a redirect would name a host, and there is none
        return made

    def routes(self) -> list[Route]:
        """Every route, each by its full path and one method."""
        gets = {
            "/v1/status": self._get_status,
            "/v1/mirrors/{mirror}": self._get_mirror,
            "/v1/events": self._get_events,
            "/v1/openapi.json": self._get_description,
            "/v1/metrics": self._get_metrics,
            "/metrics": self._get_metrics,
        }
        posts = {f"/v1/mirrors/{name}": self._poster(name, for_all=True) for name in FOR_ALL}
        posts |= {f"/v1/mirrors/{{mirror}}/{name}": self._poster(name, for_all=False) for name in NAMES}
        return [
            *(_route(path, act, "GET") for path, act in gets.items()),
            *(_route(path, act, "POST") for path, act in posts.items()),
        ]

    def status(self) -> Document:
        """The `status` document."""
        return self._mirrors.status()

    @property
    def _workers(self) -> dict[str, Worker]:
        return {worker.name: worker for worker in self._mirrors}

    # --- what is asked

    async def _get_status(self, _request: Request) -> Response:
        return JSONResponse(await run_sync(self.status, limiter=self._limiter(looks=True)))

    async def _get_mirror(self, request: Request) -> Response:
        worker = self._worker(request)
        return JSONResponse(await run_sync(worker.standing, limiter=self._limiter(looks=True)))

    async def _get_events(self, request: Request) -> EventStream:
        mirror = request.query_params.get("mirror")
        if mirror is not None and mirror not in self._workers:
            raise BadRequest(f"there is no mirror {mirror!r}")
        return EventStream(self._feed, request.headers.get("last-event-id", ""), mirror)

    async def _get_description(self, _request: Request) -> Response:
        return JSONResponse(description())

    async def _get_metrics(self, _request: Request) -> Response:
        text = await run_sync(self._metrics.text, limiter=self._limiter(looks=True))
        return Response(text, media_type=self._metrics.media_type)

    # --- what is to be done

    def _poster(self, operation: str, *, for_all: bool) -> Callable[[Request], object]:
        async def post(request: Request) -> Response:
            workers = list(self._workers.values()) if for_all else [self._worker(request)]
            ask, looks = asked(operation, await arguments_of(request), ticket_of(request))
            try:
                answers = [await run_sync(ask, worker, limiter=self._limiter(looks=looks)) for worker in workers]
            except SyncdError as error:
                return refused(error.message, 503, error)
            return JSONResponse({"document": answers[-1].document, "exit_code": answers[-1].exit_code})

        return post

    def _worker(self, request: Request) -> Worker:
        worker = self._workers.get(request.path_params["mirror"])
        if worker is None:
            raise HTTPException(404)
        return worker

    def _limiter(self, *, looks: bool) -> CapacityLimiter:
        if self._looks is None or self._waits is None:  # they belong to the loop that first asks for them
            self._looks, self._waits = CapacityLimiter(LOOKS), CapacityLimiter(WAITS)
        return self._looks if looks else self._waits


def _route(path: str, act: Callable[[Request], object], method: str) -> Route:
    route = Route(path, act, methods=[method])
    route.methods = {method}  # no HEAD, which would follow events without being told any
    return route


def asked(operation: str, given: Mapping[str, object], ticket: str) -> tuple[Asked, bool]:
    """What is to be asked of a worker, and whether it only looks. BadRequest for wrong arguments."""
    try:
        if operation in OPERATIONS:
            prepared = prepare(operation, given)
            if prepared.access is Access.LOOK:
                return lambda worker: worker.perform(prepared), True
            return lambda worker: worker.perform(replace(prepared, act=worker.voice.announced(prepared, ticket))), False
        arguments = Arguments(given)
        seconds = arguments.maybe_number("for") if operation == "pause" else None
        arguments.end()
    except ValueError as error:
        raise BadRequest(str(error)) from None
    match operation:
        case "pause":
            return lambda worker: Answer({"paused": True, "until": worker.pause(seconds)}), True
        case "resume":
            return _resume, True
        case _:
            return lambda worker: Answer(worker.standing()), True


def _resume(worker: Worker) -> Answer:
    worker.resume()
    return Answer({"paused": False})
