"""The commands that answer syncd's questions and change items: conflicts, held, edit."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from syncd.cli.options import AsJson, PathOf
from syncd.cli.output import Rendering
from syncd.core.model import Keep

conflicts_app = typer.Typer(
    help="Files that both sides changed; `resolve` settles one.", rich_markup_mode=None, invoke_without_command=True
)
held_app = typer.Typer(
    help="What waits for your word; `confirm` or `reject` it.", rich_markup_mode=None, invoke_without_command=True
)
HoldId = Annotated[str, typer.Argument(metavar="ID", help="As `syncd held` lists it.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(conflicts_app, name="conflicts")
    app.add_typer(held_app, name="held")
    app.command()(edit)


@conflicts_app.callback()
def conflicts(context: typer.Context, as_json: AsJson = False) -> None:
    """Files that both sides changed; `resolve` settles one."""
    from syncd.cli import render

    _list(context, "conflicts", as_json, render.conflicts)


@conflicts_app.command("resolve")
def resolve(
    context: typer.Context,
    path: PathOf,
    keep: Annotated[Keep, typer.Option(help="Whose version becomes the item; `both` only ends the question.")],
    as_json: AsJson = False,
) -> None:
    """Settle a conflict; PATH is the file or its conflict copy."""
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import place_of

    call = calling(context)
    mirror, below = place_of(call.settings, path)
    answer = call.of(mirror.name, "conflicts-resolve", {"path": below, "keep": keep.value})
    wanted = {"local": "your version", "remote": "the server's version", "both": "both versions"}[keep.value]
    finish("conflicts", answer, as_json, lambda _: f"Keeping {wanted} of {below}; the next sync carries it out.")


@held_app.callback()
def held(context: typer.Context, as_json: AsJson = False) -> None:
    """What waits for your word; `confirm` or `reject` it."""
    from syncd.cli import render

    _list(context, "held", as_json, render.held)


@held_app.command("confirm")
def confirm(context: typer.Context, hold: HoldId, as_json: AsJson = False) -> None:
    """Let it happen, exactly as listed."""
    _answer(context, hold, "held-confirm", as_json, "Confirmed: the next sync carries it out.")


@held_app.command("reject")
def reject(context: typer.Context, hold: HoldId, as_json: AsJson = False) -> None:
    """Undo it: what was deleted on one side is restored there."""
    _answer(context, hold, "held-reject", as_json, "Rejected: the next sync restores what was deleted.")


def edit(
    context: typer.Context,
    path: PathOf,
    title: Annotated[str | None, typer.Option(help="The new title; the file is renamed after it.")] = None,
    comments: Annotated[str | None, typer.Option(help="The artist's comments.")] = None,
    keywords: Annotated[str | None, typer.Option(help="Single words, apart by blanks or commas.")] = None,
    original_url: Annotated[str | None, typer.Option(help="Where it was published first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change an item's metadata on the server, at once."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish
    from syncd.cli.settings import place_of

    changes = {"title": title, "comments": comments, "original_url": original_url}
    words = None if keywords is None else [word for word in re.split(r"[\s,]+", keywords) if word]
    if words is None and all(value is None for value in changes.values()):
        raise typer.BadParameter("nothing to change: give --title, --comments, --keywords or --original-url")
    if title is not None and not title.strip():
        raise typer.BadParameter("a title must have a character")
    call = calling(context)
    mirror, below = place_of(call.settings, path)
    finish("edit", call.of(mirror.name, "edit", {"path": below, **changes, "keywords": words}), as_json, render.item)


def _list(context: typer.Context, name: str, as_json: bool, rendering: Rendering) -> None:
    if context.invoked_subcommand is not None:
        return
    from syncd.cli.call import calling, finish

    call = calling(context)
    names = [mirror.name for mirror in call.settings.require_mirrors()]
    finish(name, call.over(names, name), as_json, rendering)


def _answer(context: typer.Context, hold: str, operation: str, as_json: bool, done: str) -> None:
    from syncd.cli.call import calling, finish, missing

    call = calling(context)
    mirror = call.holding("held", hold)
    if mirror is None:
        nothing = missing(f"nothing is held under the id {hold}", "See `syncd held`: a set that changed has a new id.")
        finish("held", nothing, as_json, lambda _: "")
    finish("held", call.of(mirror, operation, {"id": hold}), as_json, lambda _: done)
