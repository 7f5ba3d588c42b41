"""Titles to file names and back: a stable, bijective map.

Law: `title_of(component(t)) == t` for every title but the empty one, so two titles never get one component; what a name
cannot carry is written as `%XX` of its UTF-8 bytes. Names that differ only in case or Unicode form count as equal
(`key`), because on some disks they are. Which of two equal ones is plain is decided in `give`, by id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

MAX_BYTES = 255
SEPARATOR = " / "
"""Between the titles of a chain of directories that is one folder on the remote (`A / B` is `A/B/`)."""

_UNTITLED = "untitled"
_ESCAPED = re.compile(r"%([0-9A-F]{2})")
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(?=\.|$)", re.IGNORECASE)
_AUTOMATIC = re.compile(r"Sta\.sh Uploads \d+")
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,10}")
_OURS = frozenset({".syncd", ".syncignore"})
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """The number in lower-case base 36, as in sta.sh's short links (stash-api.md, section 7)."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def is_automatic(title: str) -> bool:
    """Whether the server gave this title by itself (`Sta.sh Uploads N`, or none). `untitled` is a title: a person may
    call a directory so."""
    return not title.strip() or _AUTOMATIC.fullmatch(title.strip()) is not None


def key(name: str) -> str:
    """Equal for names that a careless disk could take for one: NFC, case folded."""
    if name.isascii():
        return name.lower()  # the same for ASCII, in a tenth of the time
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _must_escape(character: str) -> bool:
    return character in "/\x00\x7f" or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def component(title: str) -> str:
    """The title as one path component, of any length; "" is `untitled`."""
    if not title:
        return _UNTITLED
    text = _ESCAPED.sub(lambda match: "%25" + match[1], title)
    if "/" in text or not text.isprintable():  # what must be escaped is no printable letter, but for the slash
        text = "".join(_percent(c) if _must_escape(c) else c for c in text)
    if text in {".", ".."} or key(text) in _OURS or _RESERVED.match(text):
        text = _percent(text[0]) + text[1:]
    return text


def title_of(name: str) -> str:
    """The title that a component stands for: the inverse of `component`; a name that no title gives is its own
    title."""
    try:
        title = re.sub(
            r"(?:%[0-9A-F]{2})+",
            lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "surrogatepass"),
            name,
        )
    except UnicodeDecodeError:
        return name
    return title if component(title) == name else name


def split(name: str) -> tuple[str, str]:
    """A file name's stem and extension (without dot; "" for none). A leading dot begins no extension."""
    stem, dot, extension = name.rpartition(".")
    if not dot or stem in {"", ".", ".."} or not _EXTENSION.fullmatch(extension):
        return name, ""
    return stem, extension


def file_name(title: str, extension: str) -> str:
    """The plain file name of an item, of any length: its title, and its extension unless the title ends in it."""
    name = component(title)
    if not extension or split(name)[1].lower() == extension.lower():
        return name
    return f"{name}.{''.join(_percent(c) if _must_escape(c) else c for c in extension)}"


def title_of_file(name: str, itemid: int | None = None) -> str:
    """The title under which a new file of this name is submitted: its stem, without the item's own suffix."""
    stem = split(name)[0]
    return title_of(stem if itemid is None else without_suffix(stem, itemid))


def without_suffix(text: str, identity: int) -> str:
    """The text without the suffix that `give` put there: it is no part of the title."""
    return text.removesuffix(f" ({base36(identity)})") or text


def cut(text: str, length: int) -> str:
    """The longest beginning of `text` of at most `length` UTF-8 bytes that breaks no character."""
    return text.encode("utf-8")[: max(0, length)].decode("utf-8", "ignore")


def with_suffix(name: str, suffix: str, *, directory: bool = False) -> str:
    """The name with ` (suffix)` before its extension, its stem cut so that the whole fits."""
    stem, extension = (name, "") if directory else split(name)
    end = f" ({suffix})" + (f".{extension}" if extension else "")
    return cut(stem, MAX_BYTES - len(end.encode("utf-8"))) + end


def give(plain: str, identity: int, taken: Callable[[str], bool], *, directory: bool = False) -> str:
    """The name for something that wants to be called `plain`: plain if that is free and fits, else suffixed by its id.

    `taken(name)` tells whether another thing has that name, or an equal one, in the same directory.
    """
    if len(plain.encode("utf-8")) <= MAX_BYTES and not taken(plain):
        return plain
    for extra in ("", *(f"-{n}" for n in range(2, 1000))):
        name = with_suffix(plain, base36(identity) + extra, directory=directory)
        if not taken(name):
            return name
    raise AssertionError("a thousand names are taken")


def conflict_copy(name: str, sha256: str, taken: Callable[[str], bool]) -> str:
    """The name of the local bytes in a conflict: `<stem> (conflict <first 8 hex of their sha256>).<ext>`."""
    for extra in ("", *(f"-{n}" for n in range(2, 1000))):
        copy = with_suffix(name, f"conflict {sha256[:8]}{extra}")
        if not taken(copy):
            return copy
    raise AssertionError("a thousand names are taken")


def directory_components(title: str) -> tuple[str, ...]:
    """The path below its parent that a folder of this title is: `A / B` is two components."""
    return tuple(component(part) for part in title.split(SEPARATOR))


def folder_title(components: tuple[str, ...]) -> str:
    """The title of the one folder that a chain of new directories is. A name whose title would look like a chain is
    its own title."""
    titles = [title_of(part) for part in components]
    ends = [*(" " for _ in components[1:]), ""]
    return SEPARATOR.join(p if SEPARATOR in t + e else t for p, t, e in zip(components, titles, ends, strict=True))


def parent_of(path: str) -> str:
    """The directory of a path; "" for the mirrored folder itself."""
    return path.rpartition("/")[0]


def above(path: str) -> Iterator[str]:
    """The directories that the path is in, the nearest first; not the mirrored folder itself."""
    while path := parent_of(path):
        yield path


def name_of(path: str) -> str:
    """The last component of a path."""
    return path.rpartition("/")[2]


def join(directory: str, name: str) -> str:
    """The path of `name` in `directory`."""
    return f"{directory}/{name}" if directory else name


def path_key(path: str) -> str:
    """Equal for paths in one directory whose names a careless disk could take for one."""
    return join(parent_of(path), key(name_of(path)))


def within(path: str, directory: str) -> bool:
    """Whether the path is the directory itself or below it."""
    return not directory or path == directory or path.startswith(directory + "/")


def below(path: str, directory: str) -> str:
    """A path as seen from a directory that it is in."""
    return path[len(directory) + 1 :] if directory else path


def moved(path: str, source: str, target: str) -> str:
    """Where a path at or below `source` is once `source` is `target`."""
    return target + path[len(source) :]
