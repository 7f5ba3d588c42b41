"""A user with a server, a mirror and their files in a folder of their own, which is kept from run to run.

The server is filled by its own pure state; it and the mirror run as the shipped commands, over real HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.server import Vault
from syncd.server.vault import Settings
from syncd.store.store import Store
from tests.bench.filling import USER, Recipe, fill
from tests.bench.front import Front, front, link_files
from tests.bench.spent import CHECKOUT, Spent, spent

PATIENCE = 3600.0
WAIT = 0.05
"""Seconds that the slow door waits before each answer."""
CONFIGURATION = """
[daemon]
poll_seconds = {poll}
poll_max_seconds = {poll}

[mirror.big]
folder = "{folder}"
server = "{server}"
dialect = "{dialect}"
client_id = "{client_id}"
client_secret = "{client_secret}"
settle_seconds = {settle}
min_free_mib = 1
{more}
"""


def workshop() -> Path:
    """The folder in which everything is that the bench makes and keeps."""
    path = Path(tempfile.gettempdir()) / f"syncd-bench-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


@dataclass(frozen=True, slots=True)
class World:
    """A user with one mirror, `big`, of what the recipe says. `elsewhere`: the server's folder, if not beside it."""

    path: Path
    recipe: Recipe
    dialect: str = "v1"
    elsewhere: Path | None = None

    @property
    def data(self) -> Path:
        """The server's own folder."""
        return self.elsewhere or self.path / "server"

    @property
    def stash(self) -> Path:
        """The mirrored folder."""
        return self.path / "Stash"

    @property
    def environ(self) -> dict[str, str]:
        """What every process of this user is started with; compiled files are kept, as where syncd is installed."""
        return {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "SYNCD_CONFIG": str(self.path / "config.toml"),
            "SYNCD_STATE_DIR": str(self.path / "state"),
            "SYNCD_RUNTIME_DIR": str(self.path / "run"),
        }

    def command(self, *arguments: str) -> list[str]:
        """The shipped command."""
        return [sys.executable, "-m", "syncd", *arguments]

    def run(self, *arguments: str) -> None:
        """Carries a command out to its good end."""
        self.spent(*arguments)

    def spent(self, *arguments: str) -> Spent:
        """What a command cost. CommandFailed unless it ends with 0."""
        return spent(self.command(*arguments), self.environ, self.path / "output")

    def configure(self, server: str = "", *, poll: float = 60.0, settle: float = 2.0, more: str = "") -> None:
        """Writes the configuration, and tells a database that there is that its server is there now. `server`: another
        address than the server's own; `more`: keys of the mirror."""
        login = json.loads((self.path / "login.json").read_text())
        text = CONFIGURATION.format(
            folder=self.stash,
            server=server or login["server"],
            dialect=self.dialect,
            client_id=login["client_id"],
            client_secret=login["client_secret"],
            poll=poll,
            settle=settle,
            more=more,
        )
        (self.path / "config.toml").write_text(text)
        database = self.path / "state" / "big" / "state.db"
        if database.exists():
            store = Store(database)
            store.facts.put("server", server or login["server"])
            store.close()

    def afresh(self) -> None:
        """Forgets the mirror with its folder, database and token, and logs in."""
        for gone in (self.stash, self.path / "state"):
            shutil.rmtree(gone, ignore_errors=True)
        self.log_in()

    def log_in(self) -> None:
        """Gives the mirror a token."""
        self.run("login", "--token-file", str(self.path / "login.json"))

    @contextmanager
    def server(self) -> Iterator[None]:
        """The server while the body runs, as a process of its own, filled; the mirror is configured for it and logged
        in."""
        self.fill()
        token = self.path / "login.json"
        token.unlink(missing_ok=True)
        arguments = ("--data", str(self.data), "--user", USER, "--port", "0", "--token-file", str(token))
        command = self.command("serve", *arguments)
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                greeting = process.stdout.readline()
                assert "Sta.sh at" in greeting, greeting
                self.configure()
                self.log_in()
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE)

    @contextmanager
    def fronted(self) -> Iterator[Front]:
        """The server behind an nginx while the body runs; see `behind_nginx`."""
        with self.server(), self.behind_nginx() as found:
            yield found

    @contextmanager
    def behind_nginx(self) -> Iterator[Front]:
        """An nginx before the server that runs, which gives out the files that are there from the start; the mirror is
        configured for its quick door. Raises NotInstalled."""
        behind = int(json.loads((self.path / "login.json").read_text())["server"].rpartition(":")[2])
        with front(self.path / "front", self.path / "files", behind, wait=WAIT) as found:
            self.configure(found.quick)
            yield found

    def fill(self) -> None:
        """Fills the server, unless it is filled: its state, and its files by their addresses and by their paths."""
        done = self.path / "filled"
        if done.exists():
            return
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "files").mkdir(mode=0o700, parents=True)
        vault = Vault(self.data, Settings())
        try:
            vault.add_user(USER)
            fill(vault, USER, self.recipe)
            link_files(vault, USER, self.path / "files")
            with vault.reading(USER) as stash:
                for number, item in enumerate(stash.tree.items.values()):
                    assert item.blob is not None
                    link = self.path / "files" / "tree" / self.recipe.path(number)
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.hardlink_to(vault.blobs.path(item.blob.key))
        finally:
            vault.close()
        done.touch()


def world(name: str, recipe: Recipe, dialect: str = "v1") -> World:
    """The world of this name; another recipe or dialect is another world."""
    key = f"{name}-{dialect}-{recipe.items}x{recipe.size}"
    return World(workshop() / key, recipe, dialect)
