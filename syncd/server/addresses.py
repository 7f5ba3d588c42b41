"""The addresses of files: short-lived signed ones for originals, lasting ones for pictures, short links.

Law: the path of a picture up to `/v1/` changes exactly when its item's file is replaced; a signed address is another
one each time, and ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import UUID

from syncd.server.model import Item
from syncd.server.pictures import offered
from syncd.server.vault import Vault

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Picture:
    """An address that shows a picture, and its size in pixels."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signed address stands for: a blob's key, and the name to save it under."""

    key: str
    filename: str
    mime: str


def base36(number: int) -> str:
    """A positive number in lower-case base 36, as short links have it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


class Addresses:
    """The addresses of one server as its callers see it: `base` is scheme and host, without a slash at the end."""

    def __init__(self, vault: Vault, base: str) -> None:
        self._vault = vault
        self._base = base

    def lasting(self, item: Item) -> str:
        """The unsigned address of an item's file; it names its version."""
        assert item.blob is not None
        uuid = version_uuid(item.version)
        suffix = quote(PurePosixPath(item.blob.filename).suffix.lower())
        return f"{self._base}/f/{uuid}/d{base36(item.version)}-{uuid}{suffix}"

    def signed(self, item: Item) -> str:
        """An address of an item's file that is good for a while; a new one at each call."""
        assert item.blob is not None
        now = int(self._vault.settings.clock())
        claims = {
            "iss": "urn:app:",
            "aud": ["urn:service:file.download"],
            "iat": now,
            "exp": now + self._vault.settings.address_seconds,
            "jti": secrets.token_hex(6),
            "obj": [item.blob.key, item.blob.filename, item.blob.mime],
        }
        token = f"{_pack({'typ': 'JWT', 'alg': 'HS256'})}.{_pack(claims)}"
        return f"{self._base}/_api/download/file?downloadToken={token}.{_sign(self._vault.signing_key, token)}"

    def scaled(self, item: Item) -> dict[str, Picture]:
        """The thumbnails of a picture by name, in the order of v1's `files`; nothing for any other file."""
        blob = item.blob
        if blob is None or blob.width is None or blob.height is None:
            return {}
        lasting, stem = self.lasting(item), PurePosixPath(self.lasting(item)).stem
        pictures = {}
        for name, (width, height) in offered(blob.width, blob.height).items():
            address = f"{lasting}/v1/fit/w_{width},h_{height},q_70,strp/{stem}-{name.lower()}.jpg"
            whole = name == "fullview" and (width, height) == (blob.width, blob.height)
            pictures[name] = Picture(lasting if whole else address, width, height)
        return pictures

    def short(self, itemid: int) -> str:
        """The short link of an item."""
        return f"{self._base}/0{base36(itemid)}"

    def app(self) -> str:
        """This server's own address."""
        return self._base


def version_uuid(version: int) -> UUID:
    """The UUID in the path of a version's files."""
    return UUID(bytes=hashlib.blake2b(str(version).encode(), digest_size=16).digest(), version=4)


def read_signed(vault: Vault, token: str) -> Signed | None:
    """What a signed address stands for; None if it was not signed here. Raises TimeoutError when it has ended."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(vault.signing_key, text).encode()):
        return None
    claims = json.loads(base64.urlsafe_b64decode(text.partition(".")[2] + "=="))
    if vault.settings.clock() >= claims["exp"]:
        raise TimeoutError("token expired")
    return Signed(*claims["obj"])


def _pack(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _sign(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()
