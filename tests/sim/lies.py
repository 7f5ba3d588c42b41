"""What a server tells wrongly: answers with entries twice, left out or torn, without sizes, or with others.

Law: an answer is never changed in place; what is told is what the server's own code answered, but for the lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.sim.account import Account, File
from tests.sim.artist import THERE, Artist
from tests.sim.ledger import Ledger

Body = dict[str, Any]
FULL = 1 << 60
"""So much used space leaves none."""
_SIZES = frozenset({"file_size", "filesize", "size"})


def told(fault: str | None, body: Body, last: list[Any]) -> Body:
    """The answer as it is told; `last` are the entries of the page before, if it is a page."""
    lie = _LIES.get(fault or "")
    return body if lie is None else lie(body, last)


def _doubled(body: Body, last: list[Any]) -> Body:
    return {**body, "entries": [*last[-1:], *body["entries"], *body["entries"][:1]]}


def _skipped(body: Body, _last: list[Any]) -> Body:
    return {**body, "entries": body["entries"][1:]}


def _empty(body: Body, _last: list[Any]) -> Body:
    return {**body, "entries": [], "has_more": False, "next_offset": None, "reset": True}


def _garbled(body: Body, _last: list[Any]) -> Body:
    return dict(list(body.items())[:-1])


def _garbled_entry(body: Body, _last: list[Any]) -> Body:
    torn = [{**entry, "metadata": "torn"} for entry in body["entries"][:1]]
    return {**body, "entries": [*torn, *body["entries"][1:]]}


def _unknown_fields(body: Body, _last: list[Any]) -> Body:
    return {"surprise": None, **body, "more": [{"a": 1}]}


def _wrong_size(body: Body, _last: list[Any]) -> Body:
    return _resized(body, lambda size: size + 1 if isinstance(size, int) else "3 KB")


def _no_size(body: Body, _last: list[Any]) -> Body:
    return _resized(body, None)


def _resized(value: Any, change: Callable[[Any], Any] | None) -> Any:
    if isinstance(value, list):
        return [_resized(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _resized(each, change) for key, each in value.items() if change or key not in _SIZES}
    return {key: change(each) if change and key in _SIZES else each for key, each in kept.items()}


_LIES: dict[str, Callable[[Body, list[Any]], Body]] = {
    "doubled": _doubled,
    "skipped": _skipped,
    "empty-listing": _empty,
    "garbled": _garbled,
    "garbled-entry": _garbled_entry,
    "unknown-fields": _unknown_fields,
    "wrong-size": _wrong_size,
    "no-size": _no_size,
}


class ReEncoder:
    """A server that writes pictures anew when they are submitted: their bytes are others than were sent."""

    def __init__(self, ledger: Ledger, artist: Artist) -> None:
        self._ledger, self._artist = ledger, artist

    def taken(self, file: File) -> File:
        """The file as the server keeps it."""
        if not file.content.startswith(b"\x89PNG") or file.content.endswith(b"~"):
            return file
        return File(file.name, file.content + b"~")

    def came(self, sent: File, kept: File) -> None:
        """It has seen the bytes that were sent, and replaces them; one that it refuses it does not write anew."""
        if sent == kept:
            return
        key = sent.blob.key
        self._ledger.makes(f"{self._ledger.ever.get(key, 'v0')}'", kept.content)
        self._ledger.unmakes(THERE, key, {key} if self._artist.item_of(key) else set())


@contextmanager
def full(account: Account) -> Iterator[None]:
    """The account's space is used up while it lasts."""
    used, account.stash.used_space = account.stash.used_space, FULL
    try:
        yield
    finally:
        account.stash.used_space = used


__all__ = ["Body", "ReEncoder", "full", "told"]
