"""docs/configuration.md, from the sections of syncd.config: every key with its meaning, default, values, variable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from syncd.config.sections import DaemonSettings, MirrorSection, Section

HEAD = """# Configuration

*Made by `make docs` from `syncd/config/sections.py`; do not edit it here.*

syncd reads one TOML file: the one that `--config` names, else `SYNCD_CONFIG`, else `config.toml` in systemd's
`CONFIGURATION_DIRECTORY`, else `~/.config/syncd/config.toml`. [config.example.toml](../config.example.toml) names every
key with its default. Unknown keys, wrong types and impossible values are errors: all are told in one go, each by its
key, and the exit code is 78.

Every key can be set by environment too, and the environment wins. Lists are written there as JSON. A running daemon
takes a changed file on by itself, and on SIGHUP (`systemctl --user reload syncd`); one that makes no sense changes
nothing and is told in `syncd status`. Only these keys have a mirror opened anew: `kind`, `folder`, `server`, `dialect`,
`minor_version`, `client_id`, `client_secret`.

| variable | names |
|---|---|
| `SYNCD_CONFIG` | the configuration file |
| `SYNCD_STATE_DIR` | the folder of databases, tokens and locks; else `STATE_DIRECTORY`, else `~/.local/state/syncd` |
| `SYNCD_RUNTIME_DIR` | the folder of the control socket; else `RUNTIME_DIRECTORY`, else `$XDG_RUNTIME_DIR/syncd` |

Times of the day are those of the clock on the wall: `22:00-07:00` goes past midnight, several are written with commas
between, and days on which the clock changes need nothing.
"""
TAIL = """
## Ignored files

`ignore` and the file `.syncignore` in the mirrored folder hold patterns as `.gitignore` does. They hold for both sides:
an ignored item is not fetched. Ignoring what was synced stops both directions for it and deletes nothing; taking the
pattern back goes on with it. Both take effect as soon as they are saved.

## Credentials

`client_secret` may stand in a systemd credential named `<mirror>.client_secret` (`LoadCredential=`), so that it is in
no file of yours.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """One key as a person meets it."""

    name: str
    default: str
    values: str
    variable: str
    meaning: str


def keys_of(section: type[Section], variable: str) -> list[Key]:
    """The keys of a section, in its order."""
    return [
        Key(name, _toml(field.default), _values(field), f"{variable}{name.upper()}", field.description or "")
        for name, field in section.model_fields.items()
    ]


def daemon_keys() -> list[Key]:
    """The keys of [daemon]."""
    return keys_of(DaemonSettings, "SYNCD_DAEMON__")


def mirror_keys() -> list[Key]:
    """The keys of [mirror.NAME]."""
    return keys_of(MirrorSection, "SYNCD_MIRROR__NAME__")


def configuration_page() -> str:
    """The page."""
    return "\n".join(
        [
            HEAD,
            "## [daemon]\n",
            "The process that serves all mirrors of a user.\n",
            *map(_entry, daemon_keys()),
            "## [mirror.NAME]\n",
            "One remote paired with one local folder. NAME is any word of letters, digits, - and _; write a section",
            "for each mirror. In a variable, NAME is the mirror's name in capitals, with _ for -.\n",
            *map(_entry, mirror_keys()),
            TAIL.lstrip("\n").rstrip("\n"),
            "",
        ]
    )


def _entry(key: Key) -> str:
    values = f" {key.values}." if key.values else ""
    return f"### `{key.name}`\n\n{key.meaning}{values}\n\nDefault: `{key.default}`. Environment: `{key.variable}`.\n"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case StrEnum():
            return f'"{value.value}"'
        case SecretStr() | Path() | str():
            return f'"{value.get_secret_value() if isinstance(value, SecretStr) else value}"'
        case tuple():
            return "[" + ", ".join(_toml(each) for each in value) + "]"
        case _:
            return str(value)


def _values(field: FieldInfo) -> str:
    """Which values it may have, where its type and bounds say so."""
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return "One of " + ", ".join(f"`{value}`" for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "One of " + ", ".join(f"`{member.value}`" for member in annotation)
    if annotation in (int, float):
        return _bounds(field)
    assert not isinstance(annotation, UnionType), "a kind of type that this page cannot tell yet"
    return ""


def _bounds(field: FieldInfo) -> str:
    words = {annotated_types.Ge: "at least {}", annotated_types.Gt: "more than {}", annotated_types.Le: "at most {}"}
    found = [
        words[type(bound)].format(next(iter(vars_of(bound))))
        for bound in field.metadata
        if type(bound) in words and next(iter(vars_of(bound))) != 2**53
    ]
    kind = "A whole number" if field.annotation is int else "A number"
    return f"{kind}, {', '.join(found)}" if found else kind


def vars_of(bound: Any) -> list[Any]:
    """The one value that a bound has."""
    return [getattr(bound, name) for name in bound.__dataclass_fields__]
