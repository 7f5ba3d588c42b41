"""The tree of commands: global options here, one file for each group of commands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from syncd import __version__
from syncd.cli.options import Invocation

GROUPS: Mapping[str, frozenset[str]] = {
    "demo": frozenset({"demo"}),
    "serve": frozenset({"serve"}),
    "service": frozenset({"service"}),
    "login": frozenset({"login", "logout"}),
    "running": frozenset({"run", "status", "pause", "resume"}),
    "syncing": frozenset({"sync", "verify"}),
    "asking": frozenset({"why", "history", "ls", "show", "link", "space"}),
    "deciding": frozenset({"conflicts", "held", "edit"}),
    "trash": frozenset({"trash"}),
    "doctor": frozenset({"doctor"}),
}
"""The modules, and the commands that each adds."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syncd {__version__}")
        raise typer.Exit


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


def tree(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands of every group that one of these words could mean, as to make them all takes longer than some need;
    all of them if no word is a command."""
    app = typer.Typer(
        name="syncd",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(syncd)
    wanted = [group for group, names in GROUPS.items() if not names.isdisjoint(arguments)]
    for group in wanted or GROUPS:
        import_module(f"syncd.cli.{group}").add_to(app)
    return app
