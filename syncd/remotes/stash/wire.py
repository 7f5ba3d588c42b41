"""What both generations of the Sta.sh API write alike: ids, texts, flags, tokens of content.

Law: the server's answers are hostile input. What is missing and optional is left out; what has a wrong type or an
impossible value is `Malformed`, which costs one entry and never a page. The format: stash-api.md, sections 1 and 2.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from syncd.core.errors import Unreachable
from syncd.core.model import MAX_ID, Entry, Withdrawn
from syncd.remotes.faces import Problem
from syncd.remotes.http import Json, origin

LONGEST_TOKEN = 400
MOST_ENTRIES = 5_000
"""Of one page; the drafts' have 100, v1's 120."""


class Malformed(ValueError):
    """An answer, or a part of one, that makes no sense."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a delta, parsed."""

    cursor: str
    has_more: bool
    next_offset: int | None
    reset: bool
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def sheet(body: Json, entry: Callable[[Json], Entry], id_key: str) -> Sheet:
    """A delta's page; an entry that makes no sense becomes a problem, an envelope that makes none is Unreachable."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    told = body.get("entries")
    try:
        if not isinstance(told, Sequence) or isinstance(told, str):
            raise Malformed("no entries")
        if len(told) > MOST_ENTRIES:
            raise Malformed("more entries than a page can have")
        cursor, has_more = _required_cursor(body), flag(body.get("has_more"))
        offset = None if body.get("next_offset") is None else _offset(body["next_offset"])
        reset = flag(body.get("reset", False))
    except Malformed as error:
        raise Unreachable(f"The server's list of changes makes no sense ({error}).") from None
    for each in told:
        try:
            entries.append(entry(mapping(each)))
        except Malformed as error:
            problems.append(Problem(_known_id(each, id_key), f"The server's entry makes no sense: {error}."))
    return Sheet(cursor, has_more, offset, reset, tuple(entries), tuple(problems))


def mapping(value: object) -> Json:
    """An object; an empty list counts as an empty one (PHP)."""
    if isinstance(value, Mapping):
        return value
    if value == []:
        return {}
    raise Malformed("not an object")


def ident(value: object) -> int:
    """An id, sent as a number or as digits."""
    number = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= MAX_ID:
        raise Malformed("no id")
    return number


def optional_ident(value: object) -> int | None:
    """An id, or None for null, nothing, 0 and the empty string: the root."""
    return None if value in (None, 0, "0", "") and not isinstance(value, bool) else ident(value)


def text(value: object, what: str) -> str:
    """A text, null counting as an empty one; never a lone surrogate, which no file name and no database can hold."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{what} is no text")
    return value.encode("utf-8", "replace").decode("utf-8")


def title(body: Json) -> str:
    """The title, the one key that every metadata has."""
    if "title" not in body:
        raise Malformed("no title")
    return text(body["title"], "title")


def acknowledges(told: Json) -> bool:
    """Whether an answer to a change says that it was carried out, in the words of any generation."""
    named = any(told.get(key) for key in ("target", "itemid", "stackid", "stashid", "folderid"))
    return named or told.get("status") == "success" or told.get("success") is True


def published(body: Json) -> Withdrawn:
    """What metadata without a container says; Malformed for what is no metadata at all, which says nothing."""
    title(body)
    return Withdrawn.PUBLISHED


def flag(value: object) -> bool:
    """true or false, however it is spelt."""
    if value in (True, 1, "1", "true"):
        return True
    if value in (False, 0, "0", "false"):
        return False
    raise Malformed("neither true nor false")


def count(value: object) -> int:
    """A number of bytes, or the like."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_ID:
        raise Malformed("no number")
    return number


def unsigned(value: object) -> str:
    """An http address without query and fragment."""
    address = text(value, "address")
    if origin(address) is None:
        raise Malformed("no address")
    return re.split(r"[?#]", address, maxsplit=1)[0]


def bounded(token: str) -> str:
    """A token of content that a database can hold and compare, however long its source is."""
    return token if len(token) <= LONGEST_TOKEN else f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def html_version(html: str) -> str:
    """The token of a text item's content."""
    return f"text:{hashlib.sha256(html.encode()).hexdigest()}"


def extension(address: str) -> str | None:
    """The extension of the file that an address names, lower case and without dot; None if it names none."""
    return name_extension(unquote(urlsplit(address).path))


def name_extension(name: str) -> str | None:
    """The extension of a file's name, as `extension`."""
    suffix = PurePosixPath(name).suffix[1:].lower()
    return suffix if re.fullmatch(r"[a-z0-9][a-z0-9_+-]{0,15}", suffix) else None


def words(value: object) -> tuple[str, ...]:
    """Keywords: a list of texts, or one text with spaces."""
    if isinstance(value, str):
        return tuple(text(value, "keywords").split())
    if value is None or isinstance(value, Mapping):
        return ()
    if not isinstance(value, Sequence):
        raise Malformed("keywords are no list")
    return tuple(text(each, "keyword") for each in value)


def _required_cursor(body: Json) -> str:
    cursor = body.get("cursor")
    if not isinstance(cursor, str) or len(cursor) > 64 * 1024 or not cursor.isprintable():
        raise Malformed("no cursor")
    return cursor


def _offset(value: object) -> int:
    try:
        return count(value)
    except Malformed:
        raise Malformed("no next offset") from None


def _known_id(entry: object, key: str) -> int | None:
    try:
        return ident(mapping(entry).get(key))
    except Malformed:
        return None


def printable(name: str) -> str:
    """A name of the user's as it may stand in a message."""
    return "".join(character if character.isprintable() else "?" for character in name)
