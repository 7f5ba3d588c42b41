"""What the three dialects have in common on the wire: a request's fields, files and token, JSON answers and errors."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from syncd.server.accounts import Access, Accounts
from syncd.server.addresses import Addresses
from syncd.server.blobs import Staged
from syncd.server.choices import FilesRule
from syncd.server.model import Blob
from syncd.server.pictures import measure, media_type
from syncd.server.vault import Vault

NOT_FOUND = "Api endpoint not found."
_EXPIRED = "Expired oAuth2 user token. The client should request a new one with an access code or a refresh token."
_SCOPE = (
    "The requested resource requires a higher scope than the user has allowed the client to access, "
    "client needs to re-authorize."
)
_TURNED_AWAY = (
    "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1>"
    "<p>All APIs require that your client sends a User Agent and uses HTTP compression.</p></body></html>"
)


@dataclass(eq=False)
class WireError(Exception):
    """An answer that is an error; None fields are left out. The bodies are those of section 4 of the reference."""

    status: int
    error: str
    description: str
    code: int | None = None
    details: Mapping[str, str] | None = None
    scope: str | None = None

    def body(self) -> dict[str, Any]:
        """The JSON of it."""
        optional = {"error_code": self.code, "error_details": self.details, "scope": self.scope}
        told = {"error": self.error, "error_description": self.description}
        return {**told, **{key: value for key, value in optional.items() if value is not None}, "status": "error"}


def server_error() -> WireError:
    """What the real server says when a part has no filename, among others."""
    return WireError(500, "server_error", "Internal Server Error.")


def not_found() -> WireError:
    """No such endpoint, or one that was removed."""
    return WireError(404, "invalid_request", NOT_FOUND)


def invalid_field(name: str, problem: str) -> WireError:
    """A field that is missing or cannot be understood."""
    return WireError(400, "invalid_request", "Request field validation failed.", details={name: f"{name} {problem}"})


def quota_text(total: int, used: int) -> str:
    """What a submission beyond the quota is told."""
    told = f"({total} bytes, {used} of which are currently used)"
    return f"Upload is too large, user would exceed his/her stash storage quota {told}"


@dataclass(slots=True)
class Call:
    """One request: `numbers` are those of its path; `posted` holds the body's fields, `asked` the query's."""

    vault: Vault
    addresses: Addresses
    method: str
    numbers: tuple[int, ...] = ()
    asked: dict[str, list[str]] = field(default_factory=dict)
    posted: dict[str, list[str]] = field(default_factory=dict)
    files: list[UploadFile] = field(default_factory=list)
    is_multipart: bool = False
    user: str = ""
    access: Access | None = None

    @property
    def now(self) -> int:
        """Unix seconds."""
        return int(self.vault.settings.clock())

    def text(self, name: str, *, post_only: bool = False) -> str | None:
        """The last value of a field, None if it was not sent."""
        values = self.posted.get(name) or (None if post_only else self.asked.get(name))
        return values[-1] if values else None

    def number(self, name: str, *, post_only: bool = False) -> int | None:
        """A field that is an integer. Raises WireError if it is something else."""
        text = self.text(name, post_only=post_only)
        if text is None or text == "":
            return None
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise invalid_field(name, "must be an integer")
        return int(text)

    def needed(self, name: str) -> int:
        """An integer that the body must have."""
        number = self.number(name, post_only=True)
        if number is None:
            raise invalid_field(name, "is required")
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A field that says true/false or 1/0."""
        text = self.text(name)
        return default if text is None else text.lower() not in ("0", "false", "")

    def tags(self) -> tuple[str, ...] | None:
        """`tags[]=a&tags[]=b`, `tags[0]=a&tags[1]=b` or `tags=a`; one empty tag is none at all."""
        names = [name for name in self.posted if re.fullmatch(r"tags(\[\d*\])?", name)]
        if not names:
            return None
        return tuple(tag for name in names for tag in self.posted[name] if tag)

    @contextmanager
    def upload(self) -> Iterator[tuple[Staged, Blob] | None]:
        """The file of a submission, on the disk under a temporary name; whatever nobody named is cleared away."""
        if not self.files:
            yield None
            return
        if len(self.files) > 1 and self.vault.settings.choices.files_rule is FilesRule.REFUSE:
            raise invalid_field("file", "must be one file")
        file = self.files[0 if self.vault.settings.choices.files_rule is FilesRule.FIRST else -1]
        staged = self.vault.blobs.stage(file.file)
        try:
            width, height = measure(staged.path) or (None, None)
            name = re.split(r"[/\\]", file.filename or "")[-1] or "file"
            yield staged, Blob(staged.key, staged.size, media_type(name), name, width, height)
        finally:
            self.vault.drop_unnamed(staged)


Action = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a path: the methods it takes, the scopes of which one is needed (all of `also`)."""

    action: Action
    methods: tuple[str, ...] = ("GET", "POST")
    scopes: tuple[str, ...] = ("stash",)
    also: tuple[str, ...] = ()
    public: bool = False


def authorise(call: Call, accounts: Accounts, endpoint: Endpoint, header: str | None) -> None:
    """Find out who calls. Raises WireError 401 or 403 as in section 4 of the reference."""
    token = (header or "").partition(" ")[2].strip() or call.text("access_token")
    if not token:
        raise WireError(401, "invalid_request", "Must provide an access_token to access this resource.")
    access = accounts.access(token)
    if access is None:
        raise WireError(401, "invalid_token", "Invalid token.")
    call.access = access
    if access.expired or (access.user is None and not endpoint.public):
        raise WireError(401, "invalid_token", _EXPIRED)
    call.user = access.user or ""
    missing = [scope for scope in endpoint.also if scope not in access.scope]
    if endpoint.scopes and not access.scope.intersection(endpoint.scopes):
        missing.insert(0, endpoint.scopes[0])
    if missing:
        raise WireError(403, "insufficient_scope", _SCOPE, scope=" ".join(missing))


def answer(body: Any, status: int = 200, *, headers: Mapping[str, str] | None = None, prefix: bytes = b"") -> Response:
    """JSON, compressed: whoever does not take gzip was turned away before."""
    text = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(
        gzip.compress(prefix + text, 1),
        status,
        {
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            "Cache-Control": "private, no-cache, no-store, must-revalidate, max-age=0",
            "Pragma": "no-cache",
            "Expires": "0",
            **(headers or {}),
        },
        "application/json; charset=utf-8",
    )


def is_welcome(request: Request) -> bool:
    """Whether the caller names itself and takes compressed answers, as the real server demands."""
    offers = request.headers.get("accept-encoding", "").lower()
    coding = re.search(r"(?:^|[\s,])(?:gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)", offers)
    return bool(request.headers.get("user-agent")) and coding is not None and coding[1] not in ("0", "0.0")


def turned_away() -> Response:
    """What others get."""
    return HTMLResponse(_TURNED_AWAY, 403)


@contextmanager
def closing(call: Call) -> Iterator[None]:
    """Close the spooled files of a call."""
    try:
        yield
    finally:
        for file in call.files:
            with suppress(OSError):
                file.file.close()
