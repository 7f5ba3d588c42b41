"""The embedded Sta.sh as a starlette application: finds the endpoint, checks the caller, shapes answer or error."""

from __future__ import annotations

import re
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.server import draft, refusals, v1
from syncd.server.accounts import Accounts
from syncd.server.addresses import Addresses
from syncd.server.choices import SubmitAnswer
from syncd.server.downloads import Downloads
from syncd.server.errors import StashError
from syncd.server.forms import read_body
from syncd.server.oauth import OAuth
from syncd.server.pace import Pace
from syncd.server.vault import Vault
from syncd.server.wire import (
    Call,
    Endpoint,
    WireError,
    answer,
    authorise,
    closing,
    is_welcome,
    not_found,
    server_error,
    turned_away,
)

_OLDEST = "20150416"
_REMOVED = "20240701"
_KEPT = ("stash/submit", "stash/publish", "stash/publish/userdata")
_PADDING = b" " * 20


def create_app(vault: Vault) -> Starlette:
    """The application over an open vault; the caller closes the vault when the application is done."""
    accounts = Accounts(vault)
    api = Api(vault, accounts)
    oauth = OAuth(vault, accounts)
    downloads = Downloads(vault)
    prefixes = ("/oauth2", "/oauth2/draft10", "/oauth2/draft15")
    return Starlette(
        routes=[
            Route("/api/{path:path}", api.serve, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
            *(Route(f"{prefix}/authorize", oauth.authorize, methods=["GET", "POST"]) for prefix in prefixes),
            *(Route(f"{prefix}/token", oauth.token, methods=["GET", "POST"]) for prefix in prefixes),
            *(Route(f"{prefix}/revoke", oauth.revoke, methods=["POST"]) for prefix in prefixes),
            Route("/_api/download/file", downloads.signed),
            Route("/f/{uuid}/{name}", downloads.lasting),
            Route("/f/{uuid}/{name}/v1/{kind}/{spec}/{file}", downloads.scaled),
            Route("/{link:str}", downloads.page),
        ],
        exception_handlers={Exception: _broken},
    )


async def _broken(_request: Request, _error: Exception) -> Response:
    return answer(server_error().body(), 500)


class Api:
    """Everything under /api: each request ends as JSON, whatever happens to it."""

    def __init__(self, vault: Vault, accounts: Accounts) -> None:
        self._vault = vault
        self._accounts = accounts
        self._pace = Pace(vault.settings)

    async def serve(self, request: Request) -> Response:
        """Answer one request."""
        if not is_welcome(request):
            return turned_away()
        path: str = request.path_params["path"].strip("/")
        is_v1 = path.startswith("v1/oauth2")
        call = Call(self._vault, Addresses(self._vault, str(request.base_url).rstrip("/")), request.method)
        with closing(call):
            try:
                endpoint = self._find(path, call, request.headers.get("da-minor-version"))
                await read_body(request, call)
                header = request.headers.get("authorization")
                body = await run_in_threadpool(self._run, endpoint, call, header)
            except ClientDisconnect:
                return Response(status_code=400)
            except StashError as refusal:
                error = self._translated(refusal, is_v1=is_v1)
                return self._refused(error, is_submit=is_v1 and path.endswith("stash/submit"))
            except WireError as error:
                return self._refused(error, is_submit=is_v1 and path.endswith("stash/submit"))
        blank = self._vault.settings.choices.submit_answer is SubmitAnswer.BLANK_SUCCESS
        if is_v1 and blank and path.endswith("stash/submit"):
            return answer(None, prefix=_PADDING)
        return answer(body)

    def _find(self, path: str, call: Call, minor: str | None) -> Endpoint:
        """The endpoint of a path below /api/; notes the numbers in it. Raises WireError 404 or 405."""
        table, rest = _table(path, minor)
        call.numbers = tuple(int(number) for number in re.findall(r"(?<=/)\d{1,18}(?=/|$)", rest))
        name = re.sub(r"(?<=/)\d{1,18}(?=/|$)", "*", rest)
        endpoint = table.get(name)
        removed = self._vault.settings.choices.removed_reads or (table is v1.ENDPOINTS and (minor or "") >= _REMOVED)
        if endpoint is None or (removed and name.startswith("stash/") and name not in _KEPT):
            raise not_found()
        if call.method not in endpoint.methods:
            raise WireError(405, "invalid_request", "Method not allowed.")
        return endpoint

    def _run(self, endpoint: Endpoint, call: Call, header: str | None) -> Any:
        authorise(call, self._accounts, endpoint, header)
        self._pace.check(call.user or str(call.access and call.access.client))
        return endpoint.action(call)

    def _translated(self, refusal: StashError, *, is_v1: bool) -> WireError:
        unknown_status = self._vault.settings.choices.unknown_id_status
        return refusals.to_v1(refusal, unknown_status) if is_v1 else refusals.to_draft(refusal)

    def _refused(self, error: WireError, *, is_submit: bool) -> Response:
        choices = self._vault.settings.choices
        if is_submit and choices.submit_answer is SubmitAnswer.PADDED_ERRORS and error.status in (400, 500):
            return answer(error.body(), prefix=_PADDING)
        slow_down = error.error.endswith("_api_threshold") and choices.retry_after is not None
        retry = {"Retry-After": str(choices.retry_after)} if slow_down else {}
        return answer(error.body(), error.status, headers=retry)


def _table(path: str, minor: str | None) -> tuple[dict[str, Endpoint], str]:
    """The endpoints of a generation, and the rest of the path. Raises WireError 404."""
    generation, _, rest = path.partition("/")
    if generation in ("draft10", "draft15", "oauth2"):
        return draft.ENDPOINTS, rest
    version = re.fullmatch(r"v(\d[^/]*)", generation)
    if version is None or not rest.startswith("oauth2/"):
        raise not_found()
    if version[1] != "1":
        raise WireError(404, "version_error", f"Api Version {version[1]} not supported")
    if minor is not None and (re.fullmatch(r"\d{8}", minor) is None or minor < _OLDEST):
        raise WireError(404, "version_error", f"Api Version 1.{minor} not supported")
    return v1.ENDPOINTS, rest.removeprefix("oauth2/")
