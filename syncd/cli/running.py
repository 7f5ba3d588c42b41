"""The commands around the daemon: run, status, pause, resume."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.options import AsJson, MirrorName, duration, invocation

if TYPE_CHECKING:
    from syncd.config import Settings


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (run, status, pause, resume):
        app.command()(command)


def run(context: typer.Context) -> None:
    """The daemon in the foreground: keeps every mirror the same until it is told to end."""
    import gc

    from syncd import log
    from syncd.cli.settings import settings
    from syncd.cli.wiring import wiring
    from syncd.daemon.run import run as run_daemon

    invoked = invocation(context)

    def load() -> Settings:
        found = settings(invoked)
        found.require_mirrors()
        level = "debug" if invoked.verbose else found.daemon.log_level
        log.configure(level, found.daemon.log_format, sys.stderr, journal=log.under_journal(sys.stderr, os.environ))
        return found

    found = load()
    gc.freeze()  # what a daemon consists of stays, and need not be searched for garbage
    raise typer.Exit(run_daemon(found, wiring(), load=load))


def status(
    context: typer.Context,
    mirror: MirrorName = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, drawing it anew, until Ctrl-C or the daemon's end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Whether all is the same, and what is pending, held, in conflict or failing."""
    from syncd import daemon
    from syncd.cli import render_status as render
    from syncd.cli.finishing import finish
    from syncd.cli.settings import chosen, settings
    from syncd.daemon.client import narrowed, told

    if watch and as_json:
        raise typer.BadParameter("--watch draws for people; ask with --json as often as you like instead")
    found = settings(invocation(context))
    chosen(found, mirror)
    document = None if watch else told(found.paths.socket)
    if document is not None:  # nothing more is needed, and nothing more imported
        finish("status", daemon.Answer(narrowed(document, mirror)), as_json, render.status)

    from syncd.cli.call import calling

    call = calling(context)
    if watch:
        from syncd.cli.watch import watch as follow

        running = daemon.Daemon(call.settings.paths.socket)
        follow(lambda: render.status(daemon.status(call.settings, call.wiring, mirror).document), running)
        raise typer.Exit
    finish("status", daemon.status(call.settings, call.wiring, mirror), as_json, render.status)


def pause(
    context: typer.Context,
    mirror: MirrorName = None,
    how_long: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="Go on by itself after: 90s, 15m, 2h, 1d.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the running daemon rest."""
    seconds = None if how_long is None else duration(how_long)
    until = "until `syncd resume`" if seconds is None else f"for {how_long}"
    _tell_daemon(context, mirror, ("pause", {"for": seconds}), as_json, f"Paused {until}.")


def resume(context: typer.Context, mirror: MirrorName = None, as_json: AsJson = False) -> None:
    """Let the daemon go on."""
    _tell_daemon(context, mirror, ("resume", {}), as_json, "Going on.")


def _tell_daemon(
    context: typer.Context, mirror: str | None, asked: tuple[str, dict[str, float | None]], as_json: bool, done: str
) -> None:
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import chosen
    from syncd.daemon import Answer, worst

    call = calling(context)
    operation, arguments = asked
    answers = [call.of(each.name, operation, arguments) for each in chosen(call.settings, mirror)]
    answer = Answer(answers[0].document, worst(each.exit_code for each in answers))
    finish(operation, answer, as_json, lambda _: done)
