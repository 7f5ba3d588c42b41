"""The shipped command as a subprocess, a real folder, and `syncd serve` as another process over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.blackbox.artist import Artist, artist

COMMAND = [sys.executable, "-m", "syncd"]
DIALECTS = ("v1", "draft15", "draft10")
DEADLINE = 40.0


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def ok(self, code: int = 0) -> Self:
        assert self.code == code, f"exit {self.code}, not {code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        assert "Traceback" not in self.err
        return self


class Server:
    """`syncd serve` in a process of its own."""

    def __init__(self, data: Path, token: Path, port: int = 0) -> None:
        self.data, self.token_file = data, token
        self.port = port
        self.start()

    def start(self) -> None:
        command = [*COMMAND, "serve", "--data", str(self.data), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--token-file", str(self.token_file)], stdout=subprocess.PIPE, text=True, env=environment()
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, f"the server said: {line!r}"
        self.address = "http://" + line.partition("http://")[2].split()[0]
        self.port = int(self.address.rpartition(":")[2])
        self.login = json.loads(self.token_file.read_text())

    def stop(self) -> None:
        end(self.process)


def environment(**more: str) -> dict[str, str]:
    """The environment of a user without any setting of syncd's, and without a proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    return {**kept, "NO_PROXY": "*", **more}


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """Sends a signal and waits for the end; a process that does not go is killed, and fails the test."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def until(holds: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Waits for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {seconds} s")


class World:
    """One user: a folder, a configuration, a server, and syncd."""

    def __init__(self, base: Path, stack: ExitStack, dialect: str = "v1", **keys: Any) -> None:
        self.base, self.dialect = base, dialect
        self.stack = stack
        self.folder, self.state, self.config = base / "Stash", base / "state", base / "config.toml"
        # A socket's path is short by law; a test's folder may not be.
        self.runtime = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="syncd-")))
        self.server = self.serve()
        stack.callback(self.server.stop)
        self.site: Artist = artist(dialect, self.server.address, self.server.login["access_token"])
        stack.callback(self.site.close)
        self.daemons: list[subprocess.Popen[str]] = []
        self.configure(**keys)
        self.syncd("login", "--token-file", str(base / "token.json")).ok()

    def serve(self) -> Server:
        """Starts the server."""
        return Server(self.base / "server", self.base / "token.json")

    def configure(self, daemon: dict[str, Any] | None = None, **keys: Any) -> None:
        """Writes the configuration: the mirror's keys, and the daemon's."""
        mirror = {
            "folder": str(self.folder),
            "server": self.server.address,
            "dialect": self.dialect,
            "client_id": self.server.login["client_id"],
            "client_secret": self.server.login["client_secret"],
            "settle_seconds": 0.1,
            **keys,
        }
        usual = {"poll_seconds": 0.3, "poll_max_seconds": 0.6, "notifications": False}
        sections = {"daemon": {**usual, **(daemon or {})}, "mirror.stash": mirror}
        lines = [
            line
            for name, section in sections.items()
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items()), "")
        ]
        self.config.write_text("\n".join(lines))

    @property
    def environment(self) -> dict[str, str]:
        return environment(
            SYNCD_CONFIG=str(self.config), SYNCD_STATE_DIR=str(self.state), SYNCD_RUNTIME_DIR=str(self.runtime)
        )

    def syncd(self, *arguments: str, cwd: Path | None = None, stdin: str = "") -> Ran:
        """Runs the command to its end."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=cwd or self.base,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begins a command; it is ended with the test."""
        log = self.stack.enter_context((self.base / f"log {time.monotonic_ns()}").open("w"))
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=self.base, env=self.environment, stdout=log, stderr=log, text=True
        )
        self.stack.callback(_kill, process)
        return process

    def run(self) -> subprocess.Popen[str]:
        """Starts the daemon, and waits until it answers."""
        process = self.start("run")
        until(lambda: self.status()["daemon"] == "running", "the daemon runs")
        return process

    def sync(self, *arguments: str, code: int = 0) -> Any:
        """`syncd sync --json`: its document."""
        return self.syncd("sync", "--json", *arguments).ok(code).document

    def status(self) -> Any:
        """`syncd status --json`: its document."""
        return self.syncd("status", "--json").ok().document

    def write(self, path: str, content: bytes = b"fox") -> Path:
        """Writes a file into the mirrored folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def files(self) -> dict[str, bytes]:
        """Every file of the folder but our own."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.relative_to(self.folder).parts[0] != ".syncd"
        }

    def there(self) -> dict[str, bytes]:
        """Every item by its place, with its bytes."""
        return {place: shown.content for place, shown in self.site.items().items()}
