"""How a mistake in the configuration is put into words: its key, what is wrong, and what may have been meant.

A value is quoted so that it can be found, but never one that may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic_core import ErrorDetails

from syncd.config.sections import SECTIONS
from syncd.core.errors import Misconfigured

Key = tuple[str, ...]
SECRET_KEYS = frozenset({"client_secret", "on_event"})
LONGEST_QUOTE = 60


class ConfigError(Misconfigured):
    """The configuration cannot be used; `mistakes` names every reason, each beginning with its key."""

    def __init__(self, mistakes: Iterable[str], *, source: str, remedy: str | None = None) -> None:
        self.mistakes = tuple(mistakes)
        number = "a mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        lines = "".join(f"\n  {mistake}" for mistake in self.mistakes)
        super().__init__(f"{number} in {source}:{lines}", remedy=remedy)


def described(file: Path) -> str:
    """Where the settings came from, for the head of an error."""
    return f"{file} and the environment" if file.exists() else "the environment"


def dotted(key: Key) -> str:
    """A key as it is spoken of: `mirror.stash.folder`."""
    return ".".join(key)


def worded(error: ErrorDetails, origins: Mapping[Key, str]) -> str:
    """One mistake that pydantic found, in our words; `origins` tells which key came from which variable."""
    key = tuple(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{dotted(key)}: unknown key{hint(key)}{_origin(key, origins)}"
    return f"{dotted(key)}: {_reason(error)}{_quoted(key, error['input'])}{_origin(key, origins)}"


def hint(key: Key) -> str:
    """What an unknown key may have meant, beginning with `; `, or ''."""
    section, name = key[0] if len(key) > 1 else "", key[-1]
    if close := get_close_matches(name, SECTIONS[section], n=1, cutoff=0.6):
        return f"; did you mean {close[0]}?"
    elsewhere = next((other for other in ("daemon", "mirror") if other != section and name in SECTIONS[other]), None)
    if elsewhere:
        return f"; it belongs to [{elsewhere if elsewhere == 'daemon' else 'mirror.NAME'}]"
    return ""


def _reason(error: ErrorDetails) -> str:
    """pydantic's sentence, without its subject."""
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    match error["type"]:
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a section of keys"
        case "string_type" | "secret_type" | "path_type" | "is_instance_of":
            return "must be a text in quotes"
        case "tuple_type" | "list_type":
            return "must be a list"
        case _:
            return message.replace("should be", "must be", 1)


def _quoted(key: Key, value: object) -> str:
    field = key[2:3] if key[0] == "mirror" else key[1:2]
    if not field or field[0] in SECRET_KEYS or field[0] not in SECTIONS[key[0]]:
        return ""
    text = repr(value)
    return f", not {text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + '...'}"


def _origin(key: Key, origins: Mapping[Key, str]) -> str:
    variable = next((origins[key[:size]] for size in range(len(key), 0, -1) if key[:size] in origins), None)
    return f" (from {variable})" if variable else ""
