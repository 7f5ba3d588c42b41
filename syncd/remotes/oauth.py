"""OAuth 2: the way to a first token, refreshing it, and giving it back.

Law: a new token is durable before it is used, since refresh tokens are single-use; one thread of one process refreshes,
the others wait and then look at what it saved (guarantees.md, W28). No token, code or secret enters an error.
The pages: RFC 6749, RFC 7636 (PKCE, S256 only), RFC 7009, and stash-api.md, section 3.
"""

from __future__ import annotations

import hmac
import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from syncd.core.errors import LoginNeeded, OutcomeUnknown, Refused, SyncdError, Unreachable
from syncd.remotes.faces import Token, Tokens
from syncd.remotes.http import Call, Client, Clock, Effect, Fault, Form, Json, Sign, Verdict, clean

DEFAULT_LIFETIME = 3600.0
NEEDED = frozenset({"stash"})
"""Scopes without which no mirror works; what others are for is not worth refusing a login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as it is registered with a server; `secret` is "" for a public one. Addresses are whole ones."""

    client_id: str
    secret: str
    authorize: str
    token: str
    revoke: str
    scope: str

    def __repr__(self) -> str:
        return f"Application({self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Journey:
    """One attempt to log in: the address to open in a browser, and what must be remembered until the user is back."""

    address: str
    redirect: str
    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Journey(...)"


def depart(application: Application, redirect: str, entropy: Callable[[int], bytes] = os.urandom) -> Journey:
    """Begins to log in; `redirect` is where the server sends the browser back to, exactly as registered."""
    from oauthlib.common import add_params_to_uri
    from oauthlib.oauth2 import WebApplicationClient

    state, verifier = (urlsafe_b64encode(entropy(48)).rstrip(b"=").decode() for _ in range(2))
    asked = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": redirect,
        "scope": application.scope,
        "state": state,
        "code_challenge": WebApplicationClient(application.client_id).create_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    return Journey(add_params_to_uri(application.authorize, list(asked.items())), redirect, state, verifier)


def arrive(journey: Journey, returned: str) -> str:
    """The code in the address that the browser came back with; raises LoginNeeded if there is none for this journey."""
    answers = parse_qs(urlsplit(returned.strip()).query)
    if "error" in answers:
        words = clean(" ".join(answers.get("error_description", answers["error"])))
        raise LoginNeeded(f"The server did not let syncd in: {words}.")
    if not hmac.compare_digest(answers.get("state", [""])[0].encode(), journey.state.encode()):
        raise LoginNeeded("The answer belongs to another attempt to log in.")
    code = answers.get("code", [""])[0]
    if not code:
        raise LoginNeeded("The answer has no code.")
    return code


class Keeper:
    """Holds the token of one account for all requests to it; an `Authority` of remotes.http."""

    def __init__(self, client: Client, application: Application, tokens: Tokens, clock: Clock) -> None:
        self._client = client
        self._application = application
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._unsaved: Token | None = None
        self._spent = ""

    def access(self) -> str:
        """The token to send. Raises LoginNeeded, without a request, if there is none or its renewal was refused."""
        with self._lock:
            if self._unsaved is not None:
                self._keep(self._unsaved)
            if self._token is None or self._is_spent(self._token):
                self._token = self._tokens.load()
            if self._token is None:
                raise LoginNeeded("There is no token yet.")
            if self._is_spent(self._token):
                raise LoginNeeded("The server no longer takes the token.")
            return self._token.access

    def renew(self, stale: str) -> str:
        """A token other than `stale`: what another thread or process has got meanwhile, or a refreshed one."""
        with self._lock:
            if self._token is not None and self._token.access != stale:
                return self._token.access
            with self._tokens.lock():
                newest = self._tokens.load()
                if newest is None:
                    raise LoginNeeded("There is no token any more.")
                if newest.access == stale:
                    newest = self._refresh(newest)
                self._token = newest
                return newest.access

    def exchange(self, journey: Journey, code: str) -> None:
        """The last step of logging in: the code for a token, which is saved. Raises LoginNeeded if it is refused."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": journey.redirect,
            "code_verifier": journey.verifier,
        }
        answer = self._ask(form)
        _check_scope(answer, self._application.scope)
        token = self._token_of(answer, refresh="")
        with self._lock, self._tokens.lock():
            self._keep(token)

    def revoke(self) -> None:
        """Gives the token back, so that it is worth nothing; forgetting it here is the caller's. Repeatable."""
        token = self._tokens.load()
        if token is not None:
            body = Form(("token", token.refresh or token.access), *self._credentials())
            self._client.json(self._call("revoke", self._application.revoke, body))

    def _refresh(self, old: Token) -> Token:
        if not old.refresh or self._is_spent(old):
            raise LoginNeeded("The token has expired and cannot be renewed.")
        try:
            answer = self._ask({"grant_type": "refresh_token", "refresh_token": old.refresh})
        except LoginNeeded:
            self._spent = old.refresh
            raise
        token = self._token_of(answer, refresh=old.refresh)
        self._keep(token)
        return token

    def _ask(self, form: dict[str, str]) -> Json:
        body = Form(*form.items(), *self._credentials())
        try:
            return self._client.json(self._call("token", self._application.token, body))
        except OutcomeUnknown as error:
            # Code or refresh token may be spent by now; if so, the next attempt is told.
            raise Unreachable("The answer to the request for a token was lost.") from error

    def _call(self, endpoint: str, url: str, body: Form) -> Call:
        return Call(endpoint=endpoint, url=url, effect=Effect.CREATE, body=body, explain=_explain, authorised=False)

    def _credentials(self) -> tuple[tuple[str, str], ...]:
        secret = (("client_secret", self._application.secret),) if self._application.secret else ()
        return (("client_id", self._application.client_id), *secret)

    def _keep(self, token: Token) -> None:
        """Durable first; if the disk fails, the token is kept in memory until it could be saved, and not used."""
        self._unsaved = token
        self._tokens.save(token)
        self._unsaved, self._token = None, token

    def _is_spent(self, token: Token) -> bool:
        return bool(self._spent) and token.refresh == self._spent

    def _token_of(self, answer: Json, refresh: str) -> Token:
        access, renewed, lifetime = (answer.get(key) for key in ("access_token", "refresh_token", "expires_in"))
        if not isinstance(access, str) or not access.isascii() or not access.isprintable() or not access:
            raise Unreachable("The server's answer has no token.")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime < 1e9:
            lifetime = DEFAULT_LIFETIME
        kept = renewed if isinstance(renewed, str) and renewed else refresh
        return Token(access, kept, self._clock.now() + lifetime)


def _check_scope(answer: Json, asked: str) -> None:
    """LoginNeeded if the server granted less than what the mirror needs. One that names no scope granted all."""
    granted = answer.get("scope")
    if not isinstance(granted, str) or not granted.strip():
        return
    missing = {word for word in asked.split() if word in NEEDED} - set(granted.split())
    if missing:
        raise LoginNeeded(
            f"The server let syncd in, but not to {' and '.join(sorted(missing))}.",
            remedy="Log in again and allow all that is asked for; look at what the application may be granted.",
        )


def _explain(fault: Fault) -> Verdict:
    """Whatever the token endpoint refuses needs a person: DeviantArt says invalid_request for a spent refresh token."""
    if fault.slug in ("server_error", "temporarily_unavailable"):
        return Sign.TRY_AGAIN
    if fault.slug.endswith("_api_threshold"):
        return Sign.SLOW_DOWN
    if fault.status == 404:
        return Unreachable("The server has no such address for tokens.")  # seen now and then (stash-api.md, section 4)
    error: SyncdError = LoginNeeded(f"The server does not renew the token: {fault.description or fault.slug}.")
    if fault.slug in ("invalid_client", "unauthorized_client"):
        error = LoginNeeded(f"The server does not know this application: {fault.description or fault.slug}.")
    return error if fault.slug else Refused("The server refused without a reason.")
