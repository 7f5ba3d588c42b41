"""The OAuth tokens of a mirror: `token.json`, or where it says that they are kept.

Law: a token is durable before it is used, readable by its owner only, and refreshed under a lock that all processes
respect, because a refresh token is good for one use (guarantees W28). Nothing here ever prints a token.

A token that comes from outside (a systemd credential, the environment) is a *seed*: it may be read but not replaced,
and dies with its first refresh. So each seed counts once: from the moment it is taken in, `token.json` remembers its
fingerprint and wins over it, with whatever a refresh or a login makes of it. Another seed is a new word of whoever
gives it, and wins again, once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from syncd.core.errors import DiskFailed, Misconfigured
from syncd.core.token import Token
from syncd.store.beside import replace_text, sync_folder
from syncd.store.keyring import Keyring, KeyringUnavailable

REMEDY = "Import a token again, or log in."


@dataclass(frozen=True, slots=True)
class Seed:
    """A token from outside, as the JSON that `parse_token` takes, and where it came from, for people."""

    text: str = field(repr=False)
    origin: str

    @property
    def fingerprint(self) -> str:
        """Tells this seed from another without telling the token."""
        return hashlib.sha256(f"syncd seed {self.text.strip()}".encode()).hexdigest()[:16]


class Strongbox(Protocol):
    """A keyring: keeps one text under a name. Every method may raise KeyringUnavailable."""

    def load(self, entry: str) -> str | None:
        """The text, None if there is none under that name."""

    def save(self, entry: str, text: str) -> None:
        """Keeps it; read back before it returns."""

    def delete(self, entry: str) -> None:
        """Forgets it; safe to repeat."""


@dataclass(frozen=True, slots=True)
class _File:
    """What is in `token.json`: a token, or the entry of the keyring that holds it; and the seeds that were taken in."""

    token: Token | None = None
    entry: str = ""
    seeds: tuple[str, ...] = ()


class TokenFile:
    """The tokens of one mirror, in its state folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, seed: Seed | None = None, strongbox: Strongbox | None = None) -> None:
        self._path = folder / "token.json"
        self._lock = folder / "token.lock"
        self._seed = seed
        self._strongbox = strongbox

    def load(self) -> Token | None:
        """The newest token, or None. Misconfigured if what is there is no token, KeyringUnavailable if it is kept in a
        keyring that cannot be asked now."""
        found = self._read()
        if self._is_new(found):
            assert self._seed is not None
            return parse_token(self._seed.text, self._seed.origin)
        if not found.entry:
            return found.token
        text = self._keyring().load(found.entry)
        return None if text is None else parse_token(text, "the keyring")

    def is_there(self) -> bool:
        """Whether somebody logged in, as far as can be told without asking a keyring."""
        found = self._read()
        return found.token is not None or bool(found.entry) or self._is_new(found)

    def adopt(self) -> None:
        """Takes a new seed in. From then on it is refreshed, replaced by a login, or forgotten like any other token.

        Misconfigured if seed or file is no token, DiskFailed if it cannot be saved. Safe to repeat.
        """
        if not self._is_new(self._read()) or self._seed is None:
            return
        with self.lock():
            found = self._read()
            if self._is_new(found):
                self._write(replace(found, token=parse_token(self._seed.text, self._seed.origin), entry=""))

    def save(self, token: Token) -> None:
        """Durable before it returns, there where the last one was kept. DiskFailed or KeyringUnavailable if it cannot
        be."""
        found = self._read(strict=False)
        if found.entry:
            self._keyring().save(found.entry, _text(token))
            self._write(found)
        else:
            self._write(replace(found, token=token))

    def keep_in_keyring(self, token: Token) -> None:
        """From now on this token, and what becomes of it, is kept in the keyring."""
        entry = str(self._path.parent)
        self._keyring().save(entry, _text(token))
        self._write(replace(self._read(strict=False), token=None, entry=entry))

    def keep_in_file(self, token: Token) -> None:
        """From now on this token, and what becomes of it, is kept in the file; also when the keyring that held the
        last one cannot be asked, as that may be the reason for it."""
        found = self._read(strict=False)
        self._write(replace(found, token=token, entry=""))
        if found.entry:
            with suppress(KeyringUnavailable):
                self._keyring().delete(found.entry)

    def forget(self) -> None:
        """Removes the token; safe to repeat. A seed that was taken in does not come back."""
        found = self._read(strict=False)
        if found.entry:
            self._keyring().delete(found.entry)
        if found.seeds or self._seed is not None:
            self._write(replace(found, token=None, entry=""))
        elif self._path.exists():
            self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)

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

    def _keyring(self) -> Strongbox:
        return self._strongbox or Keyring()

    def _is_new(self, found: _File) -> bool:
        return self._seed is not None and self._seed.fingerprint not in found.seeds

    def _read(self, *, strict: bool = True) -> _File:
        """The file; one that makes no sense is empty unless `strict`."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return _File()
        except (OSError, UnicodeDecodeError) as error:
            raise DiskFailed(f"{self._path} cannot be read: {error}", remedy="Mend its permissions.") from error
        try:
            return _parsed(text, str(self._path))
        except Misconfigured:
            if strict:
                raise
            return _File()

    def _write(self, content: _File) -> None:
        """Durable before it returns."""
        seeds = [*content.seeds, *([self._seed.fingerprint] if self._seed and self._is_new(content) else [])]
        fields: dict[str, object] = {"keyring": content.entry} if content.entry else {}
        if content.token is not None:
            fields = json.loads(_text(content.token))
        if seeds:
            fields["seeds"] = seeds
        try:
            replace_text(self._path, json.dumps(fields))
        except OSError as error:
            raise DiskFailed(f"the token cannot be saved: {error.strerror or error}") from error


def parse_token(text: str, source: str) -> Token:
    """A token from JSON `{"access_token", "refresh_token", "expires_at"}`; other keys do not matter.

    Misconfigured, naming `source` and the key, if it is anything else.
    """
    fields = _fields(text, source)
    for key, kinds in (
        ("access_token", (str,)),
        ("refresh_token", (str, type(None))),
        ("expires_at", (int, float, type(None))),
    ):
        if not isinstance(fields.get(key), kinds) or (key == "access_token" and not fields[key]):
            raise Misconfigured(f"{source}: {key} is missing or of the wrong type", remedy="Import a whole token file.")
    return Token(
        str(fields["access_token"]), str(fields.get("refresh_token") or ""), _seconds(fields.get("expires_at"))
    )


def _parsed(text: str, source: str) -> _File:
    fields = _fields(text, source)
    seeds, entry = fields.get("seeds", []), fields.get("keyring", "")
    if not isinstance(seeds, list) or not all(isinstance(seed, str) for seed in seeds) or not isinstance(entry, str):
        raise Misconfigured(f"{source}: seeds or keyring is of the wrong type", remedy=REMEDY)
    bare = bool(entry) or (bool(seeds) and "access_token" not in fields)
    return _File(None if bare else parse_token(text, source), entry, tuple(seeds))


def _fields(text: str, source: str) -> dict[str, object]:
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise Misconfigured(f"{source} is no JSON: {error}", remedy=REMEDY) from error
    if not isinstance(fields, dict):
        raise Misconfigured(f"{source} holds no token", remedy=REMEDY)
    return fields


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _text(token: Token) -> str:
    return json.dumps({"access_token": token.access, "refresh_token": token.refresh, "expires_at": token.expires_at})
