"""What a command says when it fails: for people on stderr, with `--json` as a document in the command's own shape."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from syncd import __version__
from syncd.cli.output import Document, moment, plain, print_document, warn
from syncd.core.errors import SyncdError

# What a command's document looks like when nothing could be found out; `errors` is added.
SYNC: Document = {
    "mirror": None,
    "settled": False,
    "cycles": 0,
    "seconds": 0.0,
    "actions": [],
    "counts": {},
    "requests": {"total": 0},
    "bytes": {"up": 0, "down": 0},
    "held": [],
    "conflicts": [],
    "errors": [],
    "ignored": {},
}
SHAPES: dict[str, Document] = {
    "sync": SYNC,
    "status": {"daemon": "stopped", "mirrors": []},
    "history": {"history": []},
    "conflicts": {"conflicts": []},
    "held": {"held": []},
    "trash": {"trash": []},
    "ls": {"ls": []},
    "verify": {"verify": []},
    "doctor": {"doctor": []},
}
_TAKE_A_VALUE = ("--config",)


def failed(arguments: list[str], error: SyncdError) -> int:
    """One of our own errors ended the command; answers its exit code."""
    from syncd.daemon import error_document, exit_code

    told = error_document(error)
    if wants_json(arguments):
        print_document(document(arguments, told))
    else:
        warn_of(told)
    return exit_code(error)


def warn_of(error: Document) -> None:
    """One error of a document, for people: what happened, to what, and what to do about it."""
    path, message = error.get("path"), str(error.get("message", ""))
    where = f"{plain(path)}: " if path and str(path) not in message else ""
    lines = "\n".join(plain(line) for line in message.splitlines())
    again = f" Next try: {moment(error['retry_at'])}." if error.get("retry_at") else ""
    warn(f"syncd: {where}{lines}")
    if error.get("remedy") or again:
        warn(f"  {plain(error.get('remedy') or '')}{again}")


def misused(arguments: list[str], error: Exception) -> None:
    """The command line makes no sense; `error` is typer's."""
    told = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "syncd"
    remedy = f"Run `{path} --help` for what it takes."
    if wants_json(arguments):
        print_document(document(arguments, _entry("usage", told, remedy)))
    elif type(error).__name__ == "NoArgsIsHelpError":
        warn(told)
    else:
        warn(f"{path}: {told}\n  {remedy}")


def bug(arguments: list[str], error: Exception) -> None:
    """Something that should never happen: the traceback goes to a file, and to stderr only with `--verbose`."""
    from syncd.log import scrub

    trace = scrub("".join(traceback.format_exception(error)))
    message = scrub(f"this is a bug: {type(error).__name__}: {error}")
    remedy = f"Please report it; the traceback is in {_keep(trace)}"
    if wants_json(arguments):
        print_document(document(arguments, _entry("bug", message, remedy)))
    if {"--verbose", "-v"} & set(arguments):
        warn(trace)
    warn(f"syncd: {message}\n  {remedy}")


def wants_json(arguments: list[str]) -> bool:
    """Whether one document is expected on stdout, however little of the command line could be understood."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in ours


def document(arguments: list[str], error: Document) -> Document:
    """The empty document of the command that was meant, with its one error."""
    return {**SHAPES.get(_command(arguments), {}), "errors": [error]}


def _entry(code: str, message: str, remedy: str) -> Document:
    return {"path": None, "itemid": None, "error": code, "message": message, "remedy": remedy, "retry_at": None}


def _command(arguments: list[str]) -> str:
    skip = False
    for argument in arguments:
        if skip or argument.startswith("-"):
            skip = not skip and argument in _TAKE_A_VALUE
            continue
        return argument
    return ""


def _keep(trace: str) -> Path:
    """Adds the traceback to `crash.log` in the state folder, or beside other temporary files where there is none."""
    from syncd.config.paths import locate

    head = f"--- {datetime.now(UTC).isoformat()} syncd {__version__}, Python {sys.version.split()[0]}\n"
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    for file in (locate(None, os.environ).state / "crash.log", Path(tempfile.gettempdir()) / "syncd-crash.log"):
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(file, flags, 0o600), "a") as out:
                out.write(head + trace)
        except OSError:
            continue
        return file
    return Path(os.devnull)
