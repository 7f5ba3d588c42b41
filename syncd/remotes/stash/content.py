"""The bytes of one original: found, resumed, and never mixed from two versions.

Law: an address is obtained when it is needed and forgotten afterwards; one that no longer works is obtained once more.
A part is only taken if it is of the expected version, and starts where it was asked to.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from itertools import chain
from typing import TypeVar

from syncd.core.errors import NotThere, Refused, Unreachable
from syncd.remotes.faces import Content
from syncd.remotes.http import AddressGone, Call, Client, Reception
from syncd.remotes.stash import wire

HTML = "html"
T = TypeVar("T")
_PAGES = frozenset({"html", "htm", "xhtml", "shtml", "mhtml"})
_NOT_THE_FILE = {
    "text/html": ("A web page", _PAGES),
    "application/xhtml+xml": ("A web page", _PAGES),
    "application/json": ("An answer of an API", frozenset({"json", "geojson", "ipynb"})),
}
"""What a captive portal, a proxy or a server in trouble answers with 200, and extensions of files of those types."""


@dataclass(frozen=True, slots=True)
class Original:
    """Where an item's content is now: at an address, or in `html` itself."""

    version: str | None
    address: str | None = None
    html: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which content is asked for; `locate` finds it, afresh if its argument is true."""

    itemid: int
    version: str | None
    locate: Callable[[bool], Original]


@contextmanager
def opened(client: Client, wanted: Wanted, start: int) -> Iterator[Content]:
    """The content from `start` on if it is still the version expected, else from 0."""
    with ExitStack() as stack:
        yield _first_that_works(wanted, lambda original: _content(client, wanted, original, start, stack))


def tail(client: Client, wanted: Wanted, length: int) -> tuple[int, bytes]:
    """The size and the last `length` bytes."""
    return _first_that_works(wanted, lambda original: _tail(client, wanted, original, length))


def _first_that_works(wanted: Wanted, use: Callable[[Original], T]) -> T:
    tried = []
    for fresh in (False, True):
        original = wanted.locate(fresh)
        try:
            return use(original)
        except AddressGone:
            tried.append(original.version)
    if tried[0] != tried[1]:
        raise NotThere(f"Item {wanted.itemid} was replaced while its file was asked for.", itemid=wanted.itemid)
    raise Refused(f"The server does not give the file of item {wanted.itemid}.", itemid=wanted.itemid)


def _content(client: Client, wanted: Wanted, original: Original, start: int, stack: ExitStack) -> Content:
    begin = start if original.version is not None and original.version == wanted.version else 0
    if original.html is not None:
        whole = original.html.encode()
        begin = begin if begin <= len(whole) else 0
        return Content(begin, len(whole), original.version, HTML, iter((whole[begin:],)))
    with ExitStack() as attempt:
        reception = attempt.enter_context(client.receive(_call(wanted, original, f"bytes={begin}-" if begin else "")))
        if begin and reception.unsatisfiable and reception.total == begin:
            return Content(begin, begin, original.version, original.extension, iter(()))
        if _is_usable(reception, begin):
            stack.push(attempt.pop_all())
            return _described(reception, original)
    reception = stack.enter_context(client.receive(_call(wanted, original, "")))
    if reception.partial or reception.unsatisfiable:
        raise Unreachable("The server sent a part of a file that was not asked for.", itemid=wanted.itemid)
    return _described(reception, original)


def _is_usable(reception: Reception, begin: int) -> bool:
    """Whether the answer can be taken: the whole, or exactly the part that was asked for."""
    if reception.partial:
        return reception.start == begin and reception.total is not None and not reception.encoded
    return not reception.unsatisfiable


def _described(reception: Reception, original: Original) -> Content:
    extension, chunks = _checked_extension(reception, original), reception.chunks
    if extension is None:
        extension = _usual_extension(_content_type(reception))
    if extension is None and reception.start == 0:
        import filetype

        first = next(chunks, b"")
        extension, chunks = filetype.guess_extension(first), chain((first,), chunks)
    return Content(reception.start, reception.total, original.version, extension, chunks)


def _checked_extension(reception: Reception, original: Original) -> str | None:
    """The extension that is told. Raises Unreachable for what is certainly not the file."""
    extension = original.extension or _told_extension(reception)
    what, extensions = _NOT_THE_FILE.get(_content_type(reception), ("", frozenset()))
    if what and extension not in extensions:
        raise Unreachable(f"{what} came instead of the file.")
    return extension


def _told_extension(reception: Reception) -> str | None:
    message = Message()
    message["Content-Disposition"] = reception.headers.get("content-disposition", "")
    name = message.get_filename("")
    return wire.name_extension(name) or wire.extension(reception.url)


def _usual_extension(kind: str) -> str | None:
    if kind in ("", "application/octet-stream", "binary/octet-stream"):
        return None
    return (mimetypes.guess_extension(kind) or ".")[1:] or None


def _content_type(reception: Reception) -> str:
    return str(reception.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _tail(client: Client, wanted: Wanted, original: Original, length: int) -> tuple[int, bytes]:
    if original.html is not None:
        whole = original.html.encode()
        return len(whole), whole[-length:]
    with client.receive(_call(wanted, original, f"bytes=-{length}")) as reception:
        if reception.unsatisfiable and reception.total == 0:
            return 0, b""
        if not reception.unsatisfiable:
            _checked_extension(reception, original)
        if not reception.encoded and reception.total is not None and not reception.unsatisfiable:
            _, end = _end_of(reception.chunks, length)
            return reception.total, end
    with client.receive(_call(wanted, original, "")) as reception:
        _checked_extension(reception, original)
        return _end_of(reception.chunks, length)


def _end_of(chunks: Iterator[bytes], length: int) -> tuple[int, bytes]:
    """How many bytes there were, and the last of them."""
    total, end = 0, b""
    for chunk in chunks:
        total += len(chunk)
        end = (end + chunk)[-length:]
    return total, end


def _call(wanted: Wanted, original: Original, span: str) -> Call:
    """Originals are asked for without the token, wherever they are."""
    if original.address is None:
        raise Refused(f"The server names no file of item {wanted.itemid}.", itemid=wanted.itemid)
    headers = {"Range": span} if span else {}
    return Call(endpoint="original", url=original.address, headers=headers, authorised=False, itemid=wanted.itemid)
