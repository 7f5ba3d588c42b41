"""A server in process with a clock of its own, and callers of every dialect."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from syncd.server import Choices, Login, Settings, Vault, create_app, log_in

DRAFTS = ("/api/draft10", "/api/draft15", "/api/oauth2")
V1 = "/api/v1/oauth2"


@dataclass
class Clock:
    """Time that passes only when told."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class InProcess:
    """An HTTP client without a network: each request runs the application to its end."""

    def __init__(self, app: Starlette, headers: dict[str, str]) -> None:
        self._app, self.headers = app, headers

    def get(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("POST", url, **kwargs)

    def request(self, method: str, url: str, *, bare: bool = False, **kwargs: Any) -> httpx.Response:
        """Send a request; `bare` without any header but those given."""
        return asyncio.run(self._request(method, url, bare, kwargs))

    async def _request(self, method: str, url: str, bare: bool, kwargs: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", trust_env=False) as client:
            if bare:
                client.headers.clear()
            else:
                client.headers.update(self.headers)
            return await client.request(method, url, **kwargs)


@dataclass
class Sta:
    """One embedded server in process, and a caller who is logged in as `artist`."""

    vault: Vault
    clock: Clock
    login: Login
    http: InProcess

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.http.get(path, **kwargs).json()

    def post(self, path: str, **kwargs: Any) -> Any:
        return self.http.post(path, **kwargs).json()

    def as_user(self, name: str) -> dict[str, str]:
        """The header of another user."""
        return {"Authorization": f"Bearer {log_in(self.vault, name, 'http://testserver').access_token}"}


Make = Callable[..., Sta]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes servers with given choices; one at a time in the same folder, or in folders of their own by `name`."""
    vaults: list[Vault] = []

    def start(name: str = "data", **choices: Any) -> Sta:
        clock = Clock()
        vault = Vault(tmp_path / name, Settings(choices=Choices(**choices), clock=clock))
        vaults.append(vault)
        login = log_in(vault, "artist", "http://testserver")
        headers = {"Authorization": f"Bearer {login.access_token}"}
        return Sta(vault, clock, login, InProcess(create_app(vault), headers))

    yield start
    for vault in vaults:
        vault.close()


@pytest.fixture
def sta(make: Make) -> Sta:
    """A server with the default choices."""
    return make()


def png(width: int = 400, height: int = 300, colour: str = "red") -> bytes:
    """A picture."""
    file = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(file, "PNG")
    return file.getvalue()
