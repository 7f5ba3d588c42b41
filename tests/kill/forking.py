"""Processes of syncd to kill: the shipped command, and forks of a process that has imported syncd already.

A fork is a process of its own, with its own memory, threads, locks and files, which runs the command's `run` with the
arguments given; what it saves is the start of the interpreter and the imports, most of a short life's CPU time.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, negative for a signal, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Life:
    """One process under way, from the outside."""

    def __init__(self, pid: int, logs: Path) -> None:
        self._logs = logs
        self._eye = os.pidfd_open(pid)

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends by itself before so many seconds are over."""
        return bool(select.select([self._eye], [], [], seconds)[0])

    def kill(self) -> None:
        """SIGKILL, if it still lives; by pidfd, so never another process's."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._eye, signal.SIGKILL)

    def wait(self) -> Ended:
        """Waits for its end."""
        assert self.ends_within(120), "a process of syncd never ended"
        os.close(self._eye)
        out, err = (self._logs.with_suffix(suffix).read_text(errors="replace") for suffix in (".out", ".err"))
        return Ended(self._code(), out, err)

    def _code(self) -> int:
        raise NotImplementedError


class Shipped(Life):
    """The command as it is installed."""

    def __init__(self, arguments: list[str], environment: dict[str, str], logs: Path) -> None:
        command = [str(Path(sys.executable).with_name("syncd")), *arguments]
        with logs.with_suffix(".out").open("w") as out, logs.with_suffix(".err").open("w") as err:
            self._process = subprocess.Popen(command, env=environment, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        super().__init__(self._process.pid, logs)

    def _code(self) -> int:
        return self._process.wait()


class Fork(Life):
    """A child of the nursery."""

    def __init__(self, nursery: Nursery, pid: int, logs: Path) -> None:
        self._nursery = nursery
        super().__init__(pid, logs)

    def _code(self) -> int:
        return int(self._nursery.ask({"reap": True})["code"])


class Nursery:
    """A process that has everything imported and forks when it is told to; one child at a time."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.forking"],
            env=environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.ask({"ready": True}) == {"ready": True}

    def begin(self, arguments: list[str], environment: dict[str, str], logs: Path) -> Fork:
        """Starts a process with these arguments, environment and files for what it prints."""
        told = self.ask({"arguments": arguments, "environment": environment, "logs": str(logs)})
        return Fork(self, told["pid"], logs)

    def ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def _import_everything() -> None:
    package = importlib.import_module("syncd")
    for module in pkgutil.walk_packages(package.__path__, "syncd."):
        if not module.name.startswith("syncd.server") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert threading.active_count() == 1, "a fork takes no thread along"


def _child(told: dict[str, Any]) -> int:
    from syncd.cli.command_line import run

    os.environ.clear()
    os.environ.update(told["environment"])
    quiet = os.open(os.devnull, os.O_RDONLY)
    logs = Path(told["logs"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, source in (
        (0, quiet),
        *((n, os.open(logs.with_suffix(s), flags)) for n, s in ((1, ".out"), (2, ".err"))),
    ):
        os.dup2(source, number)
    return run(told["arguments"])


def main() -> int:
    """Answers questions on stdin until it ends; the children of one that has ended are killed."""
    _import_everything()
    child = 0
    for line in sys.stdin:
        question = json.loads(line)
        if "arguments" in question:
            child = os.fork()
            if not child:
                return _child(question)
            answer = {"pid": child}
        elif "reap" in question:
            answer = {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}
            child = 0
        else:
            answer = {"ready": True}
        print(json.dumps(answer), flush=True)
    if child:
        os.kill(child, signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
