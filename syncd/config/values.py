"""What the values of settings must look like: each check takes a value and gives it back, or says why not."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from syncd.core.events import EventName
from syncd.core.hours import parse_hours


def _home_expanded(value: Any) -> Any:
    if not isinstance(value, str | Path):
        return value
    if not str(value).strip():
        raise ValueError("must name a folder")
    if "\0" in str(value):
        raise ValueError("must name a folder that can exist")
    try:
        folder = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~ and a user who has no home here") from None
    if not folder.is_absolute():
        raise ValueError("must begin with / or ~")
    return folder


def _web_address(value: str) -> str:
    no_address = ValueError("must be an http:// or https:// address")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise no_address from None
    if not usable or not value.isprintable() or " " in value:
        raise no_address
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an address without user, query or fragment")
    return value.rstrip("/")


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    usable = bool(re.fullmatch(r"\[[0-9A-Fa-f:.]+\]|[\w.-]+", host)) and port.isascii() and port.isdigit()
    if value and not (usable and 0 < int(port) < 65536):
        raise ValueError("must be host:port, or empty for none")
    return value


def _version_word(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z._-]*", value):
        raise ValueError("must be a version such as 20200519, or empty")
    return value


def _pattern(value: str) -> str:
    import pathspec

    try:
        pathspec.GitIgnoreSpec.from_lines([value])
    except (ValueError, re.error):
        raise ValueError("must be a pattern as in .gitignore") from None
    return value


def _hours(value: str) -> str:
    parse_hours(value)
    return value


def _command(value: Any) -> Any:
    """A list of words, or a text that is split as a shell would, but never run by one."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else shlex.split(value)
        except ValueError as error:
            raise ValueError(f"cannot be split into words: {error}") from None
    if isinstance(value, list | tuple):
        if not all(isinstance(word, str) and "\0" not in word for word in value):
            raise ValueError("must be a list of texts")
        if value and not value[0]:
            raise ValueError("must begin with a program")
        return tuple(value)
    raise ValueError("must be a list of texts, or a text")


def _event_names(value: Any) -> Any:
    return tuple(word for word in re.split(r"[,\s]+", value) if word) if isinstance(value, str) else value


def _hookable(value: EventName) -> EventName:
    if value in (EventName.TRANSFERRED, EventName.LOOKING):
        raise ValueError("is told too often for a command")
    return value


def _header_safe(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isprintable():
        raise ValueError("must have no control characters")
    return value


Folder = Annotated[Path, BeforeValidator(_home_expanded)]
Address = Annotated[str, AfterValidator(_web_address)]
HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
VersionWord = Annotated[str, AfterValidator(_version_word)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Hours = Annotated[str, AfterValidator(_hours)]
Command = Annotated[tuple[str, ...], BeforeValidator(_command)]
Events = Annotated[
    tuple[Annotated[EventName, Field(strict=False), AfterValidator(_hookable)], ...], BeforeValidator(_event_names)
]
Secret = Annotated[SecretStr, AfterValidator(_header_safe)]
Count = Annotated[int, Field(ge=0, le=2**53)]
