"""The commands that compare both sides: sync, which makes them equal, and verify, which only says."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from syncd.cli.options import AsJson, MirrorName, invocation


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(sync)
    app.command()(verify)


def sync(
    context: typer.Context,
    mirror: MirrorName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Look at all of both sides, trusting nothing known.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make both sides the same, then exit."""
    import os
    import sys

    from syncd import log
    from syncd.cli import render
    from syncd.cli.call import Call, interrupted, tell
    from syncd.cli.output import PipeClosed
    from syncd.cli.progress import Progress
    from syncd.cli.settings import one_mirror, settings
    from syncd.cli.wiring import Interruption, wiring

    invoked = invocation(context)
    log.expect("debug" if invoked.verbose else "warning", sys.stderr)
    found = settings(invoked)
    chosen = one_mirror(found, mirror)
    progress = Progress(silent=as_json)

    def leave(code: int) -> NoReturn:
        with suppress(RuntimeError, PipeClosed):  # what was just being written cannot be written to
            progress.close()
            tell("sync", interrupted(chosen.name), as_json, render.sync)
        os._exit(code)

    interruption = Interruption(leave)
    try:
        with progress, interruption.watched():
            call = Call(found, wiring(progress, interruption))
            answer = call.of(chosen.name, "sync", {"dry_run": dry_run, "full": full})
    except KeyboardInterrupt:
        answer = interrupted(chosen.name)
    tell("sync", answer, as_json, lambda document: render.sync(document, skip=progress.lines))
    raise typer.Exit(answer.exit_code if interruption.code is None else interruption.code)


def verify(
    context: typer.Context,
    mirror: MirrorName = None,
    content: Annotated[
        bool, typer.Option("--content", help="Hash every file again, and look at what was sent and is not proven yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare disk, store and remote; change nothing."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import chosen

    call = calling(context)
    names = [each.name for each in chosen(call.settings, mirror)]
    finish("verify", call.over(names, "verify", {"content": content}), as_json, render.verify)
