"""OAuth 2: the consent page, codes with PKCE S256, single-use refresh tokens, revocation.

Errors are DeviantArt's (section 3 of the reference), which are not RFC 6749's: a refused refresh token is
`invalid_request`. Any port of this machine is a good redirect address (RFC 8252); other addresses must be registered.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from syncd.server import pages
from syncd.server.accounts import SCOPES, Accounts, Client, Consent, Grant
from syncd.server.vault import Vault
from syncd.server.wire import WireError, answer, is_welcome, turned_away

_ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


class OAuth:
    """The three endpoints over a vault's accounts."""

    def __init__(self, vault: Vault, accounts: Accounts) -> None:
        self._vault = vault
        self._accounts = accounts

    async def authorize(self, request: Request) -> Response:
        """GET shows the consent page; its form comes back as POST and is sent on to the application."""
        form = await request.form() if request.method == "POST" else request.query_params
        asked = {name: str(form[name]) for name in _ASKED if name in form}
        client = self._accounts.client(asked.get("client_id", ""))
        if client is None or not client.allows(asked.get("redirect_uri", "")):
            return HTMLResponse(pages.message("Invalid client."), 400)
        problem = _problem(asked)
        if problem is not None:
            return _send_on(asked, problem)
        seal = hmac.digest(self._vault.signing_key, repr(sorted(asked.items())).encode(), "sha256").hex()
        if request.method == "GET":
            return HTMLResponse(pages.consent(client.name, asked, sorted(self._vault.userids), seal))
        if not hmac.compare_digest(str(form.get("seal", "")), seal) or form.get("user") not in self._vault.userids:
            return HTMLResponse(pages.message("This page is too old. Go back to the application."), 400)
        if form.get("answer") != "allow":
            return _send_on(asked, {"error": "access_denied", "error_description": "The user denied the request."})
        scope = asked.get("scope") or "basic"
        challenge = asked.get("code_challenge")
        consent = Consent(client.id, str(form["user"]), scope, asked["redirect_uri"], challenge)
        return _send_on(asked, {"code": self._accounts.code(consent)})

    async def token(self, request: Request) -> Response:
        """Tokens for a code, a refresh token, or the client itself."""
        if not is_welcome(request):
            return turned_away()
        form = await request.form() if request.method == "POST" else request.query_params
        fields = {name: str(form[name]) for name in form}
        try:
            return answer(self._tokens(fields, request.headers.get("authorization")))
        except WireError as error:
            return answer(error.body(), error.status)

    async def revoke(self, request: Request) -> Response:
        """Revoke what the token's user granted its client."""
        if not is_welcome(request):
            return turned_away()
        form = await request.form()
        only = str(form.get("revoke_refresh_only", "")).lower() in ("1", "true")
        if not self._accounts.revoke(str(form.get("token", "")), refresh_only=only):
            return answer(WireError(400, "invalid_request", "The token is invalid.").body(), 400)
        return answer({"status": "success"})

    def _tokens(self, fields: Mapping[str, str], header: str | None) -> dict[str, Any]:
        client = self._client(fields, header)
        match fields.get("grant_type"):
            case "authorization_code":
                verifier = fields.get("code_verifier")
                code, redirect_uri = fields.get("code", ""), fields.get("redirect_uri", "")
                grant = self._accounts.redeem(client, code, redirect_uri, verifier)
                if grant is None:
                    raise WireError(400, "invalid_request", "Incorrect authorization code.")
            case "refresh_token":
                grant = self._accounts.refresh(client, fields.get("refresh_token", ""))
                if grant is None:
                    raise WireError(400, "invalid_request", "The refresh_token is invalid.")
            case "client_credentials":
                grant = self._accounts.grant(client.id, None, "basic")
            case _:
                raise WireError(400, "unsupported_grant_type", "Unknown grant_type")
        return self._told(grant)

    def _told(self, grant: Grant) -> dict[str, Any]:
        seconds = round(grant.expires_at - self._vault.settings.clock())
        told = {"expires_in": seconds, "status": "success", "access_token": grant.access_token, "token_type": "Bearer"}
        if grant.refresh_token is None:
            return told
        return {**told, "refresh_token": grant.refresh_token, "scope": grant.scope}

    def _client(self, fields: Mapping[str, str], header: str | None) -> Client:
        clientid, secret = fields.get("client_id", ""), fields.get("client_secret", "")
        if header is not None and header.lower().startswith("basic "):
            try:
                decoded = base64.b64decode(header[6:], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                decoded = ""
            clientid, _, secret = (unquote(part) for part in decoded.partition(":"))
        client = self._accounts.client(clientid)
        if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise WireError(401, "invalid_client", "Client authentication failed.")
        return client


def _problem(asked: Mapping[str, str]) -> dict[str, str] | None:
    """What is wrong with a request for consent, as the application is told it."""
    if asked.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "Only response_type=code is supported."}
    if not set(asked.get("scope", "").split()).issubset(SCOPES):
        return {"error": "invalid_scope", "error_description": "An unsupported scope was requested."}
    challenge = asked.get("code_challenge")
    if challenge is None and "code_challenge_method" not in asked:
        return None
    if asked.get("code_challenge_method") != "S256" or not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge or ""):
        return {"error": "invalid_request", "error_description": "Only PKCE with S256 is supported."}
    return None


def _send_on(asked: Mapping[str, str], told: Mapping[str, str]) -> Response:
    state = {"state": asked["state"]} if "state" in asked else {}
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{separator}{urlencode({**told, **state})}", 302)
