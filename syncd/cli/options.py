"""The options and arguments that several commands share, in one wording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
MirrorName = Annotated[
    str | None, typer.Argument(metavar="MIRROR", help="The mirror's name; may be left out if there is only one.")
]
PathOf = Annotated[
    str, typer.Argument(metavar="PATH", help="Absolute, or relative to the working directory.", show_default=False)
]
LONGEST = 1e9  # seconds: 30 years
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


@dataclass(frozen=True, slots=True)
class Invocation:
    """What stands before the command: `--config` and `--verbose`."""

    config: Path | None = None
    verbose: bool = False


def invocation(context: typer.Context) -> Invocation:
    """The global options of this run."""
    found = context.find_object(Invocation)
    return found if found is not None else Invocation()


def duration(text: str) -> float:
    """Seconds in `90`, `90s`, `15m`, `2h`, `1d`, `1h30m`; a usage error for anything else."""
    match = _DURATION.fullmatch(text.strip().lower())
    if not text.strip() or match is None:
        raise typer.BadParameter(f"{text!r} is no duration: write 90s, 15m, 2h or 1d")
    seconds = float(sum(int(part or 0) * unit for part, unit in zip(match.groups(), (86400, 3600, 60, 1), strict=True)))
    if not seconds:
        raise typer.BadParameter("a duration must be longer than nothing")
    if seconds > LONGEST:
        raise typer.BadParameter(f"{text!r} is longer than anybody waits")
    return seconds
