"""A home for daemon tests: a real server over HTTP, a real folder, a configuration, and waiting with a deadline."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.config import MirrorSettings, Settings, load
from syncd.core.model import AtRoot, Item
from syncd.core.token import Token
from syncd.daemon import Answer, Daemon, Wiring, perform, status
from syncd.daemon.run import supervised
from syncd.daemon.worker import Worker
from syncd.remotes.faces import Backoff, Remote, Snapshot, Tokens
from syncd.remotes.http import MemoryBackoff
from syncd.remotes.registry import RemoteSettings, build
from syncd.server import Choices, Login, Vault, serving
from syncd.server import Settings as ServerSettings
from syncd.server.stash import Stash
from syncd.store.tokens import TokenFile
from tests.remotes.fakes import MemoryTokens

DEADLINE = 30.0
CONFIGURATION = """
[daemon]
poll_seconds = {poll}
poll_max_seconds = {poll_max}
full_scan_hours = {full_scan_hours}
notifications = false

[mirror.{name}]
folder = "{folder}"
server = "{server}"
client_id = "{client_id}"
client_secret = "{client_secret}"
settle_seconds = 0.1
upload_kib_per_second = {upload_kib}
min_free_mib = 1
"""


def until(condition: Callable[[], object], what: str = "", *, seconds: float = DEADLINE) -> None:
    """Waits for a condition, and fails at the deadline."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        pause.wait(0.02)


def build_remote(settings: MirrorSettings, tokens: Tokens, backoff: Backoff) -> Remote:
    """What the command line hands in."""
    wanted = RemoteSettings(
        server=settings.server,
        dialect=settings.dialect,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        upload_kib=settings.upload_kib_per_second,
    )
    return build(settings.kind, wanted, tokens, backoff)


@dataclass
class Home:
    """One user's configuration, folder and server."""

    path: Path
    login: Login
    vault: Vault
    server: ExitStack
    wiring: Wiring = field(default_factory=lambda: Wiring(build_remote))
    name: str = "stash"
    poll: float = 0.2
    poll_max: float = 0.5
    full_scan_hours: float = 6
    upload_kib: int = 0
    more: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    _loaded: tuple[str, Settings] | None = None

    @property
    def folder(self) -> Path:
        return self.path / "Stash"

    @property
    def settings(self) -> Settings:
        """The settings; their file is written when they are others than when it was last asked for them."""
        text = CONFIGURATION.format(
            poll=self.poll,
            poll_max=self.poll_max,
            full_scan_hours=self.full_scan_hours,
            name=self.name,
            folder=self.folder,
            upload_kib=self.upload_kib,
            server=self.login.server,
            client_id=self.login.client_id,
            client_secret=self.login.client_secret,
        )
        if self._loaded is None or self._loaded[0] != text + self.more:
            file = self.path / "config.toml"
            file.write_text(text + self.more)
            self._loaded = text + self.more, load(file, self.environ, kinds=("stash",))
        return self._loaded[1]

    @property
    def environ(self) -> dict[str, str]:
        places = {"SYNCD_STATE_DIR": str(self.path / "state"), "SYNCD_RUNTIME_DIR": str(self.path / "run")}
        return {**places, **self.beside}

    @property
    def tokens(self) -> TokenFile:
        return TokenFile(self.path / "state" / self.name)

    @property
    def token(self) -> Token:
        return Token(self.login.access_token, self.login.refresh_token, self.login.expires_at)

    def log_in(self) -> None:
        self.tokens.save(self.token)

    # --- this side

    def write(self, path: str, content: bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def files(self) -> dict[str, bytes]:
        """Every visible file by its path."""
        found = (file for file in self.folder.rglob("*") if file.is_file() and ".syncd" not in file.parts)
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in found}

    # --- the other side

    def stash(self) -> Stash:
        with self.vault.reading(self.login.user) as stash:
            return stash.copy()

    def titles(self) -> list[str]:
        """The titles of the items on the server."""
        return sorted(item.title for item in self.stash().tree.items.values())

    def put(self, title: str, content: bytes) -> int:
        """Somebody else submits an item."""
        with self._somebody_else(title, content) as (remote, snapshot):
            return remote.submit(snapshot, title, AtRoot("Sta.sh Uploads 9"), lambda _size: None).id

    def overwrite(self, itemid: int, content: bytes) -> None:
        """Somebody else replaces an item's bytes."""
        with self._somebody_else("theirs", content) as (remote, snapshot):
            item = remote.read(itemid)
            assert isinstance(item, Item)
            remote.replace(item, snapshot, lambda _size: None)

    @contextmanager
    def _somebody_else(self, name: str, content: bytes) -> Iterator[tuple[Remote, Snapshot]]:
        file = self.path / "theirs.bin"
        file.write_bytes(content)
        remote = build_remote(self.settings.mirrors[0], MemoryTokens(self.token), MemoryBackoff())
        try:
            yield remote, Snapshot(file, f"{name}.txt", len(content), hashlib.sha256(content).hexdigest())
        finally:
            remote.close()

    def delete(self, itemid: int) -> None:
        with self.vault.changing(self.login.user) as stash:
            stash.delete(itemid)

    def down(self) -> None:
        """The server goes away."""
        self.server.close()

    def up(self) -> None:
        """The server is back, at the same address, with what it held."""
        port = int(self.login.server.rpartition(":")[2])
        self.vault = self.server.enter_context(serving(self.path / "server", port=port)).vault

    # --- commands

    def ask(self, operation: str, **arguments: Any) -> Answer:
        """A command, wherever it has to be done."""
        return perform(self.settings, self.wiring, self.name, operation, arguments)

    def status(self) -> Mapping[str, Any]:
        """The mirror's status object."""
        return self.standing(self.name)

    def standing(self, name: str) -> Mapping[str, Any]:
        """Any mirror's status object."""
        document: Any = status(self.settings, self.wiring, name).document
        return document["mirrors"][0]

    def is_settled(self) -> bool:
        found = self.status()
        return bool(found["settled"]) and found["state"] in {"settled", "held"}

    @property
    def daemon(self) -> Daemon:
        return Daemon(self.settings.paths.socket)

    @contextmanager
    def running(self) -> Iterator[Worker]:
        """The daemon, while the body runs."""
        with supervised(self.settings, self.wiring, end_seconds=DEADLINE) as workers:
            yield workers[0]


@contextmanager
def home(path: Path, **choices: Any) -> Iterator[Home]:
    """A home with a server that runs, logged in."""
    with ExitStack() as stack:
        server = stack.enter_context(ExitStack())
        served = server.enter_context(serving(path / "server", settings=ServerSettings(choices=Choices(**choices))))
        found = Home(path, served.login, served.vault, server)
        found.log_in()
        yield found
