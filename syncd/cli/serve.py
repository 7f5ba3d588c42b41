"""`syncd serve`: the embedded Sta.sh in the foreground."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.options import invocation
from syncd.cli.output import say
from syncd.core.errors import Misconfigured

DataFolder = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where it keeps everything.")]


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(serve)


def serve(
    context: typer.Context,
    data: DataFolder = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8765,
    user: Annotated[str, typer.Option(metavar="NAME", help="Whose stash; made if need be.")] = "artist",
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a login for the user here, for `syncd login`.")
    ] = None,
) -> None:
    """The embedded Sta.sh server, until Ctrl-C."""
    from syncd import log
    from syncd.server import run

    log.configure("info" if invocation(context).verbose else "warning", "auto", sys.stderr)
    folder = (data or _default_folder()).expanduser().absolute()
    try:
        run(folder, host, port, user, token_file, announce=lambda address: say(_greeting(address, folder, token_file)))
    except OSError as error:
        raise Misconfigured(
            f"the server cannot start: {error.strerror or error}",
            remedy="Choose another --port, --host or --data; one server serves one folder.",
        ) from error


def _default_folder() -> Path:
    import os

    from syncd.config.paths import locate

    return locate(None, os.environ).state / ".server"  # no mirror's name begins with a dot


def _greeting(address: str, folder: Path, token_file: Path | None) -> str:
    token = token_file.absolute() if token_file else "FILE"
    login = f"  syncd login --token-file {token}" if token_file else "  (start it with --token-file FILE for a login)"
    return "\n".join(
        [
            f"Sta.sh at {address} (v1, draft15, draft10), kept in {folder}",
            "To mirror it, put this into your configuration:",
            "  [mirror.stash]",
            f'  server = "{address}"',
            '  folder = "~/Stash"',
            *([_client_line(token_file)] if token_file else []),
            "and then:",
            login,
            "  syncd sync",
            "Ctrl-C ends it.",
        ]
    )


def _client_line(token_file: Path) -> str:
    import json

    client = json.loads(token_file.read_text())["client_id"]
    return f'  client_id = "{client}"  # client_secret is in {token_file.absolute()}'
