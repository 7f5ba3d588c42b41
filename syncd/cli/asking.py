"""The commands that look and change nothing: why, history, ls, show, link, space."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.options import AsJson, MirrorName, PathOf
from syncd.cli.output import Rendering


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (why, history, ls, show, link, space):
        app.command()(command)


def why(context: typer.Context, path: PathOf, as_json: AsJson = False) -> None:
    """Which item a file is, what each side holds, what would be done now, and what was done."""
    from syncd.cli import render

    _about(context, "why", path, as_json, render.why)


def show(context: typer.Context, path: PathOf, as_json: AsJson = False) -> None:
    """An item's metadata."""
    from syncd.cli import render

    _about(context, "show", path, as_json, render.item)


def link(
    context: typer.Context,
    path: PathOf,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser too.")] = False,
    as_json: AsJson = False,
) -> None:
    """The short address of an item."""
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import place_of

    call = calling(context)
    mirror, below = place_of(call.settings, path)
    answer = call.of(mirror.name, "link", {"path": below})
    address = answer.document.get("link")
    if open_it and isinstance(address, str) and address.startswith(("http://", "https://")):
        import webbrowser

        webbrowser.open(address)
    finish("link", answer, as_json, lambda document: str(document["link"]))


def history(
    context: typer.Context,
    path: Annotated[str | None, typer.Argument(metavar="PATH", help="Only what happened to this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What was done, the newest first."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import chosen, place_of

    call = calling(context)
    if path is None:
        names = [mirror.name for mirror in chosen(call.settings, None)]
        answer = call.over(names, "history", {"path": None, "limit": limit})
        rows = answer.document.get("history")
        if len(names) > 1 and isinstance(rows, list):
            rows.sort(key=lambda row: -float(row["at"]))
            del rows[limit:]
    else:
        mirror, below = place_of(call.settings, path)
        answer = call.of(mirror.name, "history", {"path": below, "limit": limit})
    finish("history", answer, as_json, render.history)


def space(context: typer.Context, mirror: MirrorName = None, as_json: AsJson = False) -> None:
    """How much room there is on the server."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import one_mirror

    call = calling(context)
    finish("space", call.of(one_mirror(call.settings, mirror).name, "space"), as_json, render.space)


def ls(
    context: typer.Context,
    folder: Annotated[
        str | None, typer.Argument(metavar="FOLDER", help="A directory of the mirror; otherwise all of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The remote as last seen, with the state of each item."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import directory_of

    call = calling(context)
    mirror, below = directory_of(call.settings, folder)
    finish("ls", call.of(mirror.name, "ls", {"folder": below}), as_json, render.listing)


def _about(context: typer.Context, operation: str, path: str, as_json: bool, rendering: Rendering) -> None:
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import place_of

    call = calling(context)
    mirror, below = place_of(call.settings, path)
    finish(operation, call.of(mirror.name, operation, {"path": below}), as_json, rendering)
