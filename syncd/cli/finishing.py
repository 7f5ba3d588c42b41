"""How a command tells its answer, and ends.

Law: it is imported by commands that are to answer at once, so it imports nothing that takes long.
"""

from __future__ import annotations

from typing import NoReturn

import typer

from syncd.cli.failing import SHAPES, warn_of
from syncd.cli.output import Rendering, print_document, say
from syncd.daemon import Answer


def finish(command: str, answer: Answer, as_json: bool, render: Rendering) -> NoReturn:
    """Tells the answer and ends with its code. `render` makes the plain lines; "" for none."""
    tell(command, answer, as_json, render)
    raise typer.Exit(answer.exit_code)


def tell(command: str, answer: Answer, as_json: bool, render: Rendering) -> None:
    """Tells the answer: the whole document as JSON, or plain lines with what went wrong on stderr."""
    if as_json:
        print_document({**SHAPES.get(command, {}), **answer.document})
        return
    errors = answer.document.get("errors")
    if set(answer.document) - {"errors", "mirror"} and (text := render(answer.document)):
        say(text)
    if answer.exit_code and isinstance(errors, list):
        for error in errors:
            warn_of(error)
