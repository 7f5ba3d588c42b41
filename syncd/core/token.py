"""What a remote has kept for it: the OAuth tokens, as a value that never prints itself, and the back-off."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """Access and refresh token; `expires_at` in Unix seconds."""

    access: str
    refresh: str
    expires_at: float

    def __repr__(self) -> str:
        return "Token(...)"


class Backoff(Protocol):
    """Where an account's back-off is kept, so that it survives a restart (the store implements it)."""

    def load(self) -> tuple[float, int]:
        """(Unix time before which nothing may be sent, how many throttled answers in a row); (0.0, 0) for none."""

    def save(self, until: float, failures: int) -> None:
        """Durable before it returns."""


class Tokens(Protocol):
    """Where the tokens are kept (the store implements it: token.json, 0600, fsynced, under a file lock)."""

    def load(self) -> Token | None:
        """The newest token on disk, or None."""

    def save(self, token: Token) -> None:
        """Durable (fsync, rename, fsync of the folder) before it returns."""

    def lock(self) -> AbstractContextManager[None]:
        """Held while one process refreshes; others wait, then `load` again (W28)."""
