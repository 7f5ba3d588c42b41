"""From a command to its operation and back: whom it concerns, what it answered, and how that is told.

Law: a command gives arguments and a rendering; what they mean and what is true is decided in `syncd.daemon`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import typer

from syncd.cli.exits import Exit
from syncd.cli.finishing import finish as finish  # noqa: PLC0414 - commands take all of a call from here
from syncd.cli.finishing import tell as tell  # noqa: PLC0414
from syncd.cli.options import invocation
from syncd.cli.settings import settings
from syncd.cli.wiring import wiring
from syncd.config import Settings
from syncd.core.errors import NotThere
from syncd.daemon import Answer, Wiring, error_document, exit_code, perform, worst

Argument = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Call:
    """One command: the settings it found, and what its operations are given."""

    settings: Settings
    wiring: Wiring = field(repr=False)

    def of(self, mirror: str, operation: str, arguments: Mapping[str, Argument] | None = None) -> Answer:
        """One operation on one mirror."""
        return perform(self.settings, self.wiring, mirror, operation, arguments or {})

    def over(self, mirrors: Sequence[str], operation: str, arguments: Mapping[str, Argument] | None = None) -> Answer:
        """The lists of several mirrors as one; each row then says whose it is."""
        if len(mirrors) == 1:
            return self.of(mirrors[0], operation, arguments)
        answers = {name: self.of(name, operation, arguments) for name in mirrors}
        merged: dict[str, list[object]] = {}
        for name, answer in answers.items():
            for key, rows in answer.document.items():
                if isinstance(rows, list):
                    merged.setdefault(key, []).extend({**row, "mirror": name} for row in rows)
        return Answer(dict(merged), worst(answer.exit_code for answer in answers.values()))

    def holding(self, name: str, wanted: str) -> str | None:
        """The mirror in whose list `name` something has that id, if any."""
        for mirror in self.settings.require_mirrors():
            rows = self.of(mirror.name, name).document.get(name)
            if isinstance(rows, list) and any(row.get("id") == wanted for row in rows):
                return mirror.name
        return None


def calling(context: typer.Context) -> Call:
    """Reads the configuration and wires a command that only asks or decides."""
    from syncd import log

    invoked = invocation(context)
    log.expect("debug" if invoked.verbose else "warning", sys.stderr)
    found = settings(invoked, os.environ)
    return Call(found, wiring())


def missing(message: str, remedy: str) -> Answer:
    """The answer when nothing of that id is anywhere."""
    error = NotThere(message, remedy=remedy)
    return Answer({"errors": [error_document(error)]}, exit_code(error))


def interrupted(mirror: str) -> Answer:
    """The answer of a command that was ended before it had one."""
    error = {"path": None, "itemid": None, "error": "interrupted", "message": "interrupted", "retry_at": None}
    remedy = "Nothing is lost: run it again, or leave it to the daemon."
    return Answer({"mirror": mirror, "errors": [{**error, "remedy": remedy}]}, Exit.INTERRUPTED)
