"""Tokens are values that never print themselves."""

from __future__ import annotations

from syncd.core.token import Token


def test_a_token_is_never_printed() -> None:
    token = Token("access-secret", "refresh-secret", 1.5)
    for words in (repr(token), str(token), f"{token}", repr([token]), repr(ValueError(token))):
        assert "secret" not in words
    assert token == Token("access-secret", "refresh-secret", 1.5)
