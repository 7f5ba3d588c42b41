"""A world whose commands run in this process, and whose server runs in a thread: quick, for what needs no process."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.command_line import run
from syncd.server import serving
from tests.blackbox.world import Ran, Server, World


class Thread(Server):
    """The server in a thread."""

    def start(self) -> None:
        self.running = ExitStack()
        served = self.running.enter_context(serving(self.data, port=self.port))
        served.login.write(self.token_file)
        self.address, self.port = served.server, int(served.server.rpartition(":")[2])
        self.login = json.loads(self.token_file.read_text())

    def stop(self) -> None:
        self.running.close()


class Desk(World):
    """A world in process."""

    def __init__(
        self, base: Path, stack: ExitStack, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str], **keys: Any
    ) -> None:
        self.patch, self.capture = patch, capture
        super().__init__(base, stack, **keys)

    def serve(self) -> Server:
        return Thread(self.base / "server", self.base / "token.json")

    def syncd(self, *arguments: str, cwd: Path | None = None, stdin: str = "") -> Ran:
        with self.patch.context() as patch:
            for name, value in self.environment.items():
                if name.startswith("SYNCD_"):
                    patch.setenv(name, value)
            patch.chdir(cwd or self.base)
            patch.setenv("PWD", str(cwd or self.base))
            self.capture.readouterr()
            code = run(arguments)
            told = self.capture.readouterr()
        return Ran(code, told.out, told.err)
