"""`syncd trash`: what was deleted here and can come back."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.options import AsJson
from syncd.cli.output import count, plain, size

trash_app = typer.Typer(help="The local trash: list, restore, empty.", rich_markup_mode=None, no_args_is_help=True)
Days = Annotated[float, typer.Option(metavar="DAYS", min=0, help="Only what was deleted longer ago than this.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(trash_app, name="trash")


@trash_app.command("list")
def list_trash(context: typer.Context, as_json: AsJson = False) -> None:
    """What lies in the trash, the newest first."""
    from syncd.cli import render
    from syncd.cli.call import calling, finish

    call = calling(context)
    names = [mirror.name for mirror in call.settings.require_mirrors()]
    finish("trash", call.over(names, "trash"), as_json, render.trash)


@trash_app.command("restore")
def restore(
    context: typer.Context,
    trashed: Annotated[str, typer.Argument(metavar="ID", help="As `syncd trash list` lists it.")],
    as_json: AsJson = False,
) -> None:
    """Bring a file back; it then syncs as a new one."""
    from syncd.cli.call import calling, finish, missing

    call = calling(context)
    mirror = call.holding("trash", trashed)
    if mirror is None:
        nothing = missing(f"the trash holds nothing under the id {trashed}", "See `syncd trash list`.")
        finish("trash", nothing, as_json, lambda _: "")
    answer = call.of(mirror, "trash-restore", {"id": trashed})
    finish("trash", answer, as_json, lambda document: f"Restored as {plain(document['path'])}.")


@trash_app.command("empty")
def empty(
    context: typer.Context,
    older_than: Days = 0,
    as_json: AsJson = False,
) -> None:
    """Delete what lies in the trash for good."""
    from syncd.cli.call import calling
    from syncd.cli.call import finish as end
    from syncd.daemon import Answer, worst

    call = calling(context)
    answers = [
        call.of(mirror.name, "trash-empty", {"older_than": older_than}) for mirror in call.settings.require_mirrors()
    ]
    errors = [error for answer in answers for error in _list(answer.document.get("errors"))]
    total = {key: sum(_number(answer.document.get(key)) for answer in answers) for key in ("removed", "bytes")}
    document: dict[str, object] = {**total, **({"errors": errors} if errors else {})}
    end(
        "empty",
        Answer(document, worst(answer.exit_code for answer in answers)),
        as_json,
        lambda _: f"Deleted {count(total['removed'], 'file')} for good ({size(total['bytes'])}).",
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
