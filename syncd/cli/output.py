"""How a command speaks: one JSON document or plain lines on stdout, everything else on stderr.

Law: whatever came from a server or a disk is shown without its control characters, so that a hostile title cannot
drive the terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

Document = Mapping[str, object]
Rendering = Callable[[Document], str]
KIB = 1024


class PipeClosed(Exception):
    """Nobody reads our output any more."""


def say(text: str = "") -> None:
    """One or more plain lines on stdout."""
    _write(sys.stdout, text)


def warn(text: str) -> None:
    """One or more plain lines on stderr."""
    _write(sys.stderr, text)


def print_document(document: Document) -> None:
    """The one JSON document of this run."""
    _write(sys.stdout, json.dumps(document, indent=2, default=str))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8"))
        stream.write("\n")
        stream.flush()
    except BrokenPipeError:
        _forget(stream)
        raise PipeClosed from None


def _forget(stream: TextIO) -> None:
    """Points a stream that nobody reads at nothing, so that the interpreter's last flush fails no more."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def plain(text: object) -> str:
    """A text from outside as it may be shown: printable, on one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in str(text))


def count(number: int, one: str, many: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def size(number: float) -> str:
    """Bytes for people: `4.9 KiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(number) < KIB:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= KIB
    return f"{number:.1f} TiB"


def moment(unix: object) -> str:
    """A Unix time in the user's own zone; `never` for none."""
    if isinstance(unix, str):
        try:
            unix = datetime.fromisoformat(unix).timestamp()
        except ValueError:
            return plain(unix)
    if not isinstance(unix, int | float) or not unix:
        return "never"
    return datetime.fromtimestamp(unix).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def table(rows: Sequence[tuple[str, ...]], *, indent: str = "") -> str:
    """Rows with their columns aligned; the last column is left as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return "\n".join(lines)
