"""What hides secrets in whatever is logged: keys and values, nested ones, and the texts of exceptions.

Law: over-hiding is accepted; doing it twice changes nothing more. What is not known here is turned to text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[redacted]"
DEEPEST = 8  # what is nested further is shown as text

# Names of secrets, as they appear in addresses, forms, headers, JSON and keyword arguments; - and _ are one.
_NAMES = (
    r"(?:access|refresh|download|id|bearer|csrf|session)[-_]?token|tokens?|client[-_]?secret|secret|password|passwd"
    r"|(?:proxy[-_]?)?authorization|(?:set[-_]?)?cookie|api[-_]?key|code[-_]?verifier"
)
_SECRET_KEY = re.compile(rf"(?:{_NAMES})|.*[-_](?:token|tokens|secret|password|cookie)", re.IGNORECASE)
# In an address or form these are secret too, though as keys of an event they are ordinary words.
_QUERY = re.compile(
    rf"(?<![\w-])((?:{_NAMES}|code|sig|signature|policy|x-amz-[a-z-]+|key-pair-id)=)(?!\[redacted])[^&\s\"'<>,;)}}]+",
    re.IGNORECASE,
)
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_FIELD = re.compile(
    rf"""(?<![\w-])(["']?(?:{_NAMES})["']?\s*[:=]\s*)"""
    rf"""(b?(?:{_QUOTED})|(?!(?:\w+ )?\[redacted])[^\s"',;&}})]+)""",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+(?!\[redacted])[\w.~+/=-]{4,}", re.IGNORECASE)
_HEADER = re.compile(r"\b((?:proxy-)?authorization|(?:set-)?cookie)(:\s*)[^\r\n\"']+", re.IGNORECASE)
_SIGNED = re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}")
_USER_INFO = re.compile(r"(?<!\w)(\w+://)[^/\s@]+@")  # from its beginning only: a long word is looked at once


def scrub(text: str) -> str:
    """The text with every secret in it replaced; doing it twice changes nothing more."""
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _SIGNED.sub(HIDDEN, text)
    text = _USER_INFO.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _FIELD.sub(rf"\1{HIDDEN}", text)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor; keys with a leading _ are structlog's own and are taken out before rendering."""
    return {scrub(key): value if key.startswith("_") else _clean(value, key, DEEPEST) for key, value in event.items()}


def _clean(value: object, key: str, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_KEY.fullmatch(key):
        return HIDDEN
    if isinstance(value, int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {scrub(str(name)): _clean(each, str(name), depth - 1) for name, each in value.items()}
    if depth and isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str | bytes):
        return [scrub(_text(value[0])), _clean(value[1], _text(value[0]), depth - 1)]  # a header
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_clean(each, "", depth - 1) for each in value]
    return scrub(_text(value))


def _text(value: object) -> str:
    match value:
        case bytes():
            return value.decode(errors="replace")
        case BaseException():
            return f"{type(value).__name__}: {value}"
        case _:
            return str(value)
