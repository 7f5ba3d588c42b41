"""Clients, codes and tokens (OAuth 2 with PKCE S256), kept as hashes.

Law: a refresh token works once, and its successor is durable before anyone is told of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncd.server.vault import Vault

SCOPES = ("basic", "publish", "stash", "user")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application."""

    id: str
    secret: str
    name: str
    redirect_uris: tuple[str, ...]

    def allows(self, redirect_uri: str) -> bool:
        """Whether a code may be sent there: exactly as registered, or any port of this machine (RFC 8252, 7.3)."""
        parts = urlsplit(redirect_uri)
        return redirect_uri in self.redirect_uris or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token stands for; `user` is None for the client's own."""

    user: str | None
    client: str
    scope: frozenset[str]
    expired: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens just made. `refresh_token` is None for the client's own; `expires_at` is in Unix seconds."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user agreed to on the consent page."""

    client: str
    user: str
    scope: str
    redirect_uri: str
    challenge: str | None


class Accounts:
    """The clients and tokens in a vault's database."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._database = vault.database
        self._clock = vault.settings.clock

    def client(self, clientid: str) -> Client | None:
        """The client of this id."""
        with self._vault.lock:
            row = self._database.connection.execute("SELECT * FROM client WHERE id = ?", (clientid,)).fetchone()
        return None if row is None else Client(row[0], row[1], row[2], tuple(json.loads(row[3])))

    def own_client(self) -> Client:
        """The client that the token file names; registered at the first time."""
        clientid = str(1000 + int.from_bytes(hashlib.sha256(self._vault.signing_key).digest()[:2], "big"))
        with self._vault.lock, self._database.transaction() as connection:
            row = (clientid, secrets.token_hex(16), "syncd", "[]")
            connection.execute("INSERT INTO client VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        client = self.client(clientid)
        assert client is not None
        return client

    def code(self, consent: Consent) -> str:
        """A new authorization code, good once and for ten minutes."""
        code = secrets.token_hex(20)
        row = (_hash(code), consent.client, consent.user, consent.scope, consent.redirect_uri, consent.challenge)
        with self._vault.lock, self._database.transaction() as connection:
            connection.execute("INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, self._clock() + _CODE_SECONDS))
        return code

    def redeem(self, client: Client, code: str, redirect_uri: str, verifier: str | None) -> Grant | None:
        """Tokens for a code; None if code, client, address or verifier is wrong. The code is spent either way."""
        query = "DELETE FROM code WHERE hash = ? RETURNING client, user, scope, redirect_uri, challenge, expires"
        with self._vault.lock, self._database.transaction() as connection:
            row = connection.execute(query, (_hash(code),)).fetchone()
        if row is None or row[0] != client.id or row[3] != redirect_uri or row[5] < self._clock():
            return None
        if row[4] is not None and (verifier is None or not secrets.compare_digest(challenge_of(verifier), row[4])):
            return None
        return self.grant(client.id, row[1], row[2])

    def refresh(self, client: Client, refresh_token: str) -> Grant | None:
        """New tokens for a refresh token, which is spent; None if it is unknown, spent, expired or another client's."""
        query = "DELETE FROM token WHERE hash = ? AND kind = 'refresh' AND client = ? RETURNING user, scope, expires"
        with self._vault.lock, self._database.transaction() as connection:
            row = connection.execute(query, (_hash(refresh_token), client.id)).fetchone()
            if row is None or row[2] < self._clock():
                return None
            return self._insert(client.id, row[0], row[1])

    def grant(self, clientid: str, user: str | None, scope: str) -> Grant:
        """New tokens; for a user also a refresh token."""
        with self._vault.lock, self._database.transaction():
            return self._insert(clientid, user, scope)

    def access(self, token: str) -> Access | None:
        """What this access token stands for; None if it is unknown."""
        query = "SELECT user, client, scope, expires FROM token WHERE hash = ? AND kind = 'access'"
        with self._vault.lock:
            row = self._database.connection.execute(query, (_hash(token),)).fetchone()
        return None if row is None else Access(row[0], row[1], frozenset(row[2].split()), row[3] <= self._clock())

    def revoke(self, token: str, *, refresh_only: bool) -> bool:
        """Revoke everything that this token's user granted its client, or the refresh tokens only. False: unknown."""
        with self._vault.lock, self._database.transaction() as connection:
            row = connection.execute("SELECT client, user FROM token WHERE hash = ?", (_hash(token),)).fetchone()
            if row is None:
                return False
            kind = "refresh" if refresh_only else "%"
            connection.execute("DELETE FROM token WHERE client = ? AND user IS ? AND kind LIKE ?", (*row, kind))
        return True

    def _insert(self, clientid: str, user: str | None, scope: str) -> Grant:
        settings, now = self._vault.settings, self._clock()
        access, refresh = secrets.token_hex(25), secrets.token_hex(20) if user is not None else None
        rows = [(_hash(access), "access", clientid, user, scope, now + settings.access_seconds)]
        if refresh is not None:
            rows.append((_hash(refresh), "refresh", clientid, user, scope, now + settings.refresh_seconds))
        self._database.connection.execute("DELETE FROM token WHERE expires < ?", (now - settings.refresh_seconds,))
        self._database.connection.executemany("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?)", rows)
        return Grant(access, refresh, scope, now + settings.access_seconds)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a code verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
