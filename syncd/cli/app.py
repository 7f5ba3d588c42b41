"""The tree of commands: global options here, one file for each group of commands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd import __version__
from syncd.cli import asking, deciding, demo, doctor, login, running, serve, service, syncing, trash
from syncd.cli.options import Invocation

app = typer.Typer(
    name="syncd",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syncd {__version__}")
        raise typer.Exit


@app.callback()
def syncd(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The configuration; otherwise SYNCD_CONFIG.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more on stderr.")] = False,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keeps a Sta.sh and a local folder the same, both ways."""
    context.obj = Invocation(config, verbose)


for group in (demo, serve, service, login, running, syncing, asking, deciding, trash, doctor):
    group.add_to(app)
