"""Running the embedded Sta.sh: in the foreground for `syncd serve`, in a thread for `syncd demo` and tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import uvicorn

from syncd.server.accounts import SCOPES, Accounts
from syncd.server.app import create_app
from syncd.server.pictures import prepare
from syncd.server.vault import DEFAULT_SETTINGS, Settings, Vault


@dataclass(frozen=True, slots=True)
class Login:
    """All that a client needs to use a server as one user; `expires_at` is in Unix seconds."""

    access_token: str
    refresh_token: str
    expires_at: float
    client_id: str
    client_secret: str
    server: str
    user: str

    def write(self, path: Path) -> None:
        """Write it as JSON, readable by its owner only; whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs: where, a login for its user, and the state behind it."""

    server: str
    login: Login
    vault: Vault


def log_in(vault: Vault, user: str, server: str) -> Login:
    """A fresh login for a user, who is made if need be."""
    vault.add_user(user)
    accounts = Accounts(vault)
    client = accounts.own_client()
    grant = accounts.grant(client.id, user, " ".join(SCOPES))
    assert grant.refresh_token is not None
    tokens = (grant.access_token, grant.refresh_token, grant.expires_at)
    return Login(*tokens, client.id, client.secret, server, user)


def run(  # noqa: PLR0913 (the options of `syncd serve`, and its two seams)
    data: Path,
    host: str,
    port: int,
    user: str,
    token_file: Path | None = None,
    *,
    announce: Callable[[str], None],
    settings: Settings = DEFAULT_SETTINGS,
) -> None:
    """Serve the stashes in `data` until SIGTERM or SIGINT; port 0 takes any free one.

    Once connections are taken, `token_file` holds a login for `user` and `announce` is told the address. Raises OSError
    if the port is taken.
    """
    prepare()
    vault = Vault(data, settings)
    try:
        listener, address = _listen(host, port)
        with listener:
            login = log_in(vault, user, address)
            if token_file is not None:
                login.write(token_file)
            announce(address)
            _server(vault).run([listener])
    finally:
        vault.close()


@contextmanager
def serving(
    data: Path, *, host: str = "127.0.0.1", port: int = 0, user: str = "artist", settings: Settings = DEFAULT_SETTINGS
) -> Iterator[Serving]:
    """Serve the stashes in `data` in a thread while the body runs."""
    vault = Vault(data, settings)
    try:
        listener, address = _listen(host, port)
        with listener:
            server = _server(vault)
            thread = threading.Thread(target=server.run, args=([listener],), name="embedded-stash", daemon=True)
            thread.start()
            try:
                yield Serving(address, log_in(vault, user, address), vault)
            finally:
                server.should_exit = True
                thread.join()
    finally:
        vault.close()


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket, so that connections wait in its queue from now on, and its address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, unlike by socket.create_server: asyncio sets TCP_NODELAY on no other socket, and each
    # answer would wait 40 ms for the caller's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    name = f"[{host}]" if family is socket.AF_INET6 else host
    return listener, f"http://{name}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    """uvicorn's own raises the signal that ended it once more; ours returns, so that the vault is closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End the server on SIGTERM and SIGINT; a thread is ended by `should_exit` alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _server(vault: Vault) -> uvicorn.Server:
    # No log_config: logging belongs to the process that we run in.
    config = uvicorn.Config(
        create_app(vault),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    return _Server(config)
