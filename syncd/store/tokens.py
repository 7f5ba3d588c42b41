"""The OAuth tokens of a mirror, in `token.json`.

Law: a token is durable before it is used, readable by its owner only, and refreshed under a lock that all processes
respect, because a refresh token is good for one use (guarantees W28). Nothing here ever prints a token.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncd.core.errors import Misconfigured
from syncd.core.token import Token


class TokenFile:
    """Tokens in a file of the mirror's state folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "token.json"
        self._lock = folder / "token.lock"

    def load(self) -> Token | None:
        """The token on disk, or None. Misconfigured if the file is no token."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return parse_token(text, str(self._path))

    def save(self, token: Token) -> None:
        """Durable before it returns: written beside, fsynced, renamed, and the folder fsynced."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f"token.json.{os.getpid()}.new")
        text = json.dumps(
            {"access_token": token.access, "refresh_token": token.refresh, "expires_at": token.expires_at}
        )
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._sync_folder()

    def forget(self) -> None:
        """Removes the token; safe to repeat."""
        self._path.unlink(missing_ok=True)
        self._sync_folder()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while one process refreshes; others wait here, then load again."""
        self._lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _sync_folder(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def parse_token(text: str, source: str) -> Token:
    """A token from JSON `{"access_token", "refresh_token", "expires_at"}`; other keys do not matter.

    Misconfigured, naming `source` and the key, if it is anything else.
    """
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise Misconfigured(f"{source} is no JSON: {error}", remedy="Import a token again, or log in.") from error
    if not isinstance(fields, dict):
        raise Misconfigured(f"{source} holds no token", remedy="Import a token again, or log in.")
    for key, kinds in (
        ("access_token", (str,)),
        ("refresh_token", (str, type(None))),
        ("expires_at", (int, float, type(None))),
    ):
        if not isinstance(fields.get(key), kinds) or (key == "access_token" and not fields[key]):
            raise Misconfigured(f"{source}: {key} is missing or of the wrong type", remedy="Import a whole token file.")
    return Token(fields["access_token"], fields.get("refresh_token") or "", float(fields.get("expires_at") or 0))
