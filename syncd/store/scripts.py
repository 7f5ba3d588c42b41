"""The migrations that travel with syncd, as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable


def migrations_folder() -> Traversable:
    """In the wheel beside this package's modules; in a checkout beside the package."""
    package = resources.files("syncd")
    inside = package / "migrations"
    return inside if inside.is_dir() else package / ".." / "migrations"


def every() -> list[tuple[str, str]]:
    """Name and text of each, in the order in which they are applied."""
    files = sorted((f for f in migrations_folder().iterdir() if f.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


def statements(script: str) -> Iterator[str]:
    """The single statements of an SQL script (a trigger's body has semicolons of its own)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
