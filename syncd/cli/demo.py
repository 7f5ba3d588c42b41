"""`syncd demo`: an embedded Sta.sh, sample artworks and a live two-way mirror, in one process and one folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.options import invocation
from syncd.cli.output import say
from syncd.core.errors import Misconfigured

if TYPE_CHECKING:
    from syncd.cli.stage import Stage
    from syncd.config import Settings

PICTURE = """
    {server:<45}  {folder}
    the embedded Sta.sh                           an ordinary folder
    ┌────────────────────────┐                   ┌────────────────────────┐
    │ Sketches               │      syncd        │ Sketches/              │
    │   Fox at dawn          │  <------------->  │   Fox at dawn.png      │
    │   Harbour              │  looks, plans,    │   Harbour.jpg          │
    │ Grand swell            │  acts, records    │ Grand swell.png        │
    │ Notes                  │                   │ Notes.txt              │
    └────────────────────────┘                   └────────────────────────┘
"""
TRY = """Try, in a file manager or another terminal:
    put a picture into      {folder}
    rename, move, edit or delete one, and look at what is told below
    {script} status --watch
    {script} why '{folder}/Grand swell.png'
    {script} edit '{folder}/Grand swell.png' --title 'Small swell'
    {script} trash list
    {script} link '{folder}/Grand swell.png' --open
Everything is in {base}; Ctrl-C ends the demo.
"""


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(demo)


def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where to play; otherwise a new temporary folder.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The server's port; 0 takes any free one.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="One scripted exchange in both directions, then exit.")] = False,
) -> None:
    """A Sta.sh, a folder and a live mirror of one in the other; needs no configuration."""
    from syncd import log
    from syncd.cli.stage import Stage

    log.configure("info" if invocation(context).verbose else "warning", "auto", sys.stderr)
    base = (folder or Path(tempfile.mkdtemp(prefix="syncd-demo-"))).expanduser().absolute()
    stage = Stage(base)
    try:
        code = _play(stage, port, once=once)
    finally:
        if once and folder is None:
            shutil.rmtree(base, ignore_errors=True)
    raise typer.Exit(code)


def _play(stage: Stage, port: int, *, once: bool) -> int:
    from syncd.cli.demo_script import play
    from syncd.cli.samples import artworks
    from syncd.cli.website import Website
    from syncd.server import serving

    new = stage.claim()
    if once and not new:
        raise Misconfigured(f"{stage.base} holds a demo already", remedy="--once needs a new folder.")
    try:
        with serving(stage.server, port=port or stage.port()) as served:
            settings = stage.furnish(served.login)
            with Website(served.server, served.login.access_token) as website:
                if new:
                    for artwork in artworks():
                        website.add(artwork)
                if once:
                    return play(stage, settings, website)
            return _live(stage, settings, served.server)
    except OSError as error:
        raise Misconfigured(f"the demo cannot start: {error}", remedy="Choose another --port or --dir.") from error


def _live(stage: Stage, settings: Settings, server: str) -> int:
    from syncd.cli.progress import Progress
    from syncd.cli.wiring import wiring
    from syncd.daemon.run import run

    say(PICTURE.format(server=server, folder=stage.folder).rstrip() + "\n")
    say(TRY.format(folder=stage.folder, script=stage.script, base=stage.base))
    return run(settings, wiring(Progress(silent=False)))
