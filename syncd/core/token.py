"""The OAuth tokens of an account, as a value that never prints itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """Access and refresh token; `expires_at` in Unix seconds."""

    access: str
    refresh: str
    expires_at: float

    def __repr__(self) -> str:
        return "Token(...)"
