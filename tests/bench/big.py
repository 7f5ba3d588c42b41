"""A big mirror to measure: a server with so many items, a folder with their files, and a database that agreed on all.

The server is filled by its own pure state, at once; everything else is made by the shipped command over real HTTP. That
takes minutes with 100,000 items, so what was made is kept in the temporary folder and used again.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.server import Vault
from syncd.server.model import Blob, NamedStack, Submission
from syncd.server.vault import Settings

CHECKOUT = Path(__file__).parents[2]
IN_A_FOLDER = 100
USER = "artist"
PATIENCE = 3600.0
CONFIGURATION = """
[daemon]
poll_seconds = {poll}
poll_max_seconds = {poll}

[mirror.big]
folder = "{folder}"
server = "{server}"
client_id = "{client_id}"
client_secret = "{client_secret}"
min_free_mib = 1
{more}
"""


@dataclass(frozen=True, slots=True)
class Big:
    """A user with one big mirror, in a folder of its own."""

    path: Path
    items: int

    @property
    def environ(self) -> dict[str, str]:
        """What every process of this user is started with."""
        return {
            **os.environ,
            "SYNCD_CONFIG": str(self.path / "config.toml"),
            "SYNCD_STATE_DIR": str(self.path / "state"),
            "SYNCD_RUNTIME_DIR": str(self.path / "run"),
        }

    def command(self, *arguments: str) -> list[str]:
        """The shipped command."""
        return [sys.executable, "-m", "syncd", *arguments]

    def configure(self, *, poll: float = 60.0, more: str = "") -> None:
        """Writes the configuration for the server that runs now; `more` are keys of the mirror."""
        login = json.loads((self.path / "login.json").read_text())
        text = CONFIGURATION.format(folder=self.path / "Stash", poll=poll, more=more, **login)
        (self.path / "config.toml").write_text(text)

    @contextmanager
    def server(self) -> Iterator[None]:
        """The server, as a process of its own, while the body runs; the mirror is configured for it, and logged in."""
        token = self.path / "login.json"
        token.unlink(missing_ok=True)
        port = self.path / "port"
        wanted = port.read_text() if port.exists() else "0"
        arguments = ("serve", "--data", str(self.path / "server"), "--user", USER, "--port", wanted)
        command = self.command(*arguments, "--token-file", str(token))
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                greeting = process.stdout.readline()
                assert "Sta.sh at" in greeting, greeting
                port.write_text(json.loads(token.read_text())["server"].rpartition(":")[2])
                self.configure()
                self.run("login", "--token-file", str(token))
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE)

    def run(self, *arguments: str) -> None:
        """Carries a command out to its good end."""
        command = self.command(*arguments)
        subprocess.run(command, cwd=CHECKOUT, env=self.environ, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)


def big(items: int) -> Big:
    """The big mirror, made if it was not made before."""
    path = Path(tempfile.gettempdir()) / f"syncd-bench-{os.getuid()}-{items}"
    made, done = Big(path, items), path / "done"
    if not done.exists():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _fill(path / "server", items)
        with made.server():
            made.run("sync", "--json")
        done.touch()
    return made


def _fill(data: Path, items: int) -> None:
    """Puts the items into a server's folder, unless they are there."""
    vault = Vault(data, Settings())
    try:
        vault.add_user(USER)
        with vault.reading(USER) as stash:
            if stash.tree.items:
                return
        fill(vault, USER, items)
    finally:
        vault.close()


def fill(vault: Vault, user: str, items: int, *, in_a_folder: int = IN_A_FOLDER) -> None:
    """Puts so many small items into a server's account, so many to a stack."""
    blobs = [_blob(vault, number) for number in range(items)]
    with vault.changing(user) as stash:
        for number, blob in enumerate(blobs):
            place = NamedStack(f"Folder {number // in_a_folder:05}")
            stash.submit(Submission(title=f"Item {number:06}", place=place, blob=blob), 1_700_000_000)


def _blob(vault: Vault, number: int) -> Blob:
    content = b"item %d\n" % number
    key = hashlib.sha256(content).hexdigest()
    vault.blobs.path(key).write_bytes(content)
    return Blob(key, len(content), "image/png", f"item-{number:06}.png", 1, 1)
