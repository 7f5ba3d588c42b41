"""From the word `kind` to a remote: the one file that names every kind, and imports one only when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from syncd import __version__
from syncd.core.errors import Misconfigured
from syncd.remotes.faces import Backoff, Remote, Tokens
from syncd.remotes.http import Client, Clock, Gate, MemoryBackoff, Options, origin
from syncd.remotes.kinds import KINDS
from syncd.remotes.oauth import Application, Keeper

REAL_CLOCK = Clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """What a mirror's configuration says of its remote; the limits are KiB per second, 0 for none."""

    server: str
    dialect: str = "v1"
    minor_version: str = ""
    client_id: str = ""
    client_secret: str = ""
    upload_kib: int = 0
    download_kib: int = 0

    def __repr__(self) -> str:
        return f"RemoteSettings(server={self.server!r}, dialect={self.dialect!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Clock and transport; by default the real ones. Tests and the simulator give their own."""

    clock: Clock = REAL_CLOCK
    transport: httpx.BaseTransport | None = None


HERE = Surroundings()


@dataclass(frozen=True, slots=True)
class Login:
    """What it takes to log in: pass `application` to `oauth.depart`, and the code to `keeper.exchange`."""

    application: Application
    keeper: Keeper
    client: Client


def kinds() -> tuple[str, ...]:
    """Every kind of remote there is."""
    return KINDS


def build(
    kind: str, settings: RemoteSettings, tokens: Tokens, backoff: Backoff, surroundings: Surroundings = HERE
) -> Remote:
    """A remote, without a request. Raises Misconfigured for a kind, a dialect or a server that makes no sense."""
    login = _connect(kind, settings, tokens, backoff, surroundings)
    from syncd.remotes import stash

    return stash.build(login.client, settings.server, settings.dialect, surroundings.clock)


def login(kind: str, settings: RemoteSettings, tokens: Tokens, surroundings: Surroundings = HERE) -> Login:
    """What `syncd login` and `logout` need; the caller closes `client`."""
    return _connect(kind, settings, tokens, MemoryBackoff(), surroundings)


def _connect(
    kind: str, settings: RemoteSettings, tokens: Tokens, backoff: Backoff, surroundings: Surroundings
) -> Login:
    if kind not in kinds():
        raise Misconfigured(f"There is no kind of remote {kind!r}; there are {', '.join(kinds())}.")
    if origin(settings.server) is None:
        raise Misconfigured("The server must be an address with http or https, without a user name.")
    from syncd.remotes import stash

    clock = surroundings.clock
    client = Client(settings.server, Gate(backoff, clock), clock, _options(settings, surroundings))
    application = stash.application(settings.server, settings.dialect, settings.client_id, settings.client_secret)
    keeper = Keeper(client, application, tokens, clock)
    client.trust(keeper)
    return Login(application, keeper, client)


def _options(settings: RemoteSettings, surroundings: Surroundings) -> Options:
    headers = {"User-Agent": f"syncd/{__version__}", "Accept-Encoding": "gzip"}
    if settings.minor_version:
        headers["dA-minor-version"] = settings.minor_version
    return Options(
        upload_kib=settings.upload_kib,
        download_kib=settings.download_kib,
        headers=headers,
        transport=surroundings.transport,
    )
