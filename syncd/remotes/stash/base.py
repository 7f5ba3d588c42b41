"""What the generations of the Sta.sh API have in common: the token check, the account, the space, contents, links.

Law: abilities only shrink, when the server answers that an endpoint is no more (stash-api.md, section 0).
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from syncd.core.errors import NotThere, OutcomeUnknown, SyncdError, Unreachable, Unsupported
from syncd.core.model import Abilities, AtRoot, Into, Make, Target
from syncd.remotes.faces import Content, Progress, Snapshot, Space, Traffic
from syncd.remotes.http import LARGE, LARGEST, Body, Call, Client, Clock, Effect, Form, Json, Multipart
from syncd.remotes.stash import content, wire
from syncd.remotes.stash.ahead import page_threads
from syncd.remotes.stash.content import Original, Wanted
from syncd.remotes.stash.faults import GONE, ITSELF, About, Explanation

PLACEBO_SECONDS = 60.0
UPLOAD_PATIENCE = 300.0
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_READING = frozenset({"list", "read", "fetch", "move", "delete", "rename_folders"})
_LOST: Mapping[str, frozenset[str]] = {
    "submit": frozenset({"submit", "replace", "edit"}),
    "delta": _READING,
    "metadata": frozenset({"read", "fetch"}),
    "item": frozenset({"read", "fetch"}),
    "media": frozenset({"fetch"}),
    "move": frozenset({"move"}),
    "delete": frozenset({"delete"}),
    "folder": frozenset({"rename_folders"}),
    "update": frozenset({"rename_folders"}),
}

Fields = tuple[tuple[str, str], ...]


class Stash(ABC):
    """A remote of the kind `stash`, without what differs between the generations. `page_threads`: who asks for pages
    ahead; may be set before the first drain."""

    def __init__(self, client: Client, server: str, prefix: str, clock: Clock, *, nested: bool) -> None:
        self._client = client
        self._server = server.rstrip("/")
        self._base = f"{self._server}/api/{prefix}"
        self._clock = clock
        self.page_threads = page_threads
        self._lock = threading.Lock()
        self._placebo_lock = threading.Lock()
        self._placebo_at: float | None = None
        self._abilities = Abilities(
            list=True,
            read=True,
            fetch=True,
            submit=True,
            replace=True,
            edit=True,
            move=True,
            delete=True,
            rename_folders=True,
            nested=nested,
            moves_make_folders=not nested,
        )

    @property
    def abilities(self) -> Abilities:
        """What the server offers, as far as is known."""
        return self._abilities

    def prepare(self) -> None:
        """Asks `/placebo`, unless it was answered within the last minute; all threads wait for the one that asks."""
        with self._placebo_lock:
            now = self._clock.now()
            if self._placebo_at is None or not 0 <= now - self._placebo_at < PLACEBO_SECONDS:
                self._get("placebo", "placebo")
                self._placebo_at = self._clock.now()

    def account(self) -> str | None:
        """The user's own id, or name; None where the server, or the login's scope, does not tell."""
        try:
            who = self._get("whoami", "user/whoami", About("the request", scope_needed=False))
        except (Unsupported, NotThere):
            return None
        names = (who.get("userid"), who.get("username"))
        return next((name for name in names if isinstance(name, str) and name), None)

    def space(self) -> Space:
        """Bytes left and in all."""
        told = self._get("space", "stash/space")
        with sense("space"):
            return Space(wire.count(told.get("available_space")), wire.count(told.get("total_space")))

    def link(self, itemid: int) -> str:
        """The short link (stash-api.md, section 7)."""
        digits = ""
        while itemid:
            itemid, digit = divmod(itemid, 36)
            digits = _BASE36[digit] + digits
        host = urlsplit(self._server).hostname or ""
        is_deviantart = host == "deviantart.com" or host.endswith(".deviantart.com")
        return f"{'https://sta.sh' if is_deviantart else self._server}/0{digits}"

    def requests(self) -> dict[str, int]:
        """Requests sent so far, by endpoint."""
        return self._client.meter.requests()

    def answers(self) -> dict[tuple[str, str], int]:
        """Answers so far, by endpoint and HTTP status."""
        return self._client.meter.answers()

    def transferred(self) -> tuple[int, int]:
        """Bytes of files so far: up, down."""
        return self._client.meter.bytes()

    def tune(self, traffic: Traffic) -> None:
        """From now on files travel like this."""
        self._client.limit(upload_kib=traffic.upload_kib, download_kib=traffic.download_kib)

    def reconnect(self) -> None:
        """Lets go of connections that may be dead."""
        self._client.reconnect()

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def open(self, itemid: int, version: str | None, start: int = 0) -> AbstractContextManager[Content]:
        """Begins to receive an item's content, as faces.py says."""
        return content.opened(self._client, self._wanted(itemid, version), start)

    def tail(self, itemid: int, version: str | None, length: int) -> tuple[int, bytes]:
        """Size and end of an item's content, as faces.py says."""
        return content.tail(self._client, self._wanted(itemid, version), length)

    @abstractmethod
    def _locate(self, itemid: int, version: str | None, *, fresh: bool) -> Original:
        """Where an item's content is; `fresh`: what is known of its address no longer works."""

    def _wanted(self, itemid: int, version: str | None) -> Wanted:
        return Wanted(itemid, version, lambda fresh: self._locate(itemid, version, fresh=fresh))

    def _get(self, endpoint: str, path: str, about: About = ITSELF, **query: str) -> Json:
        explain = self._explain(endpoint, about)
        url, largest = f"{self._base}/{path}", LARGEST if endpoint == "delta" else LARGE
        call = Call(endpoint=endpoint, url=url, query=query, itemid=about.itemid, explain=explain, largest=largest)
        return self._client.json(call)

    def _post(self, endpoint: str, path: str, about: About, *fields: tuple[str, str], read: bool = False) -> Json:
        effect = Effect.READ if read else Effect.CHANGE
        return self._send(endpoint, path, about, Form(*fields), effect, None)

    def _upload(self, about: About, fields: Fields, snapshot: Snapshot, progress: Progress, effect: Effect) -> Json:
        """Submits a file; the title, folder and the like travel in `fields`."""
        body = Multipart(fields, snapshot.path, name=snapshot.name, size=snapshot.size, mark=snapshot.sha256)
        return self._send("submit", "stash/submit", about, body, effect, progress)

    def _send(
        self, endpoint: str, path: str, about: About, body: Body, effect: Effect, progress: Progress | None
    ) -> Json:
        told = self._client.json(
            Call(
                endpoint=endpoint,
                url=f"{self._base}/{path}",
                effect=effect,
                body=body,
                progress=progress,
                patience=60.0 if progress is None else UPLOAD_PATIENCE,
                itemid=about.itemid,
                explain=self._explain(endpoint, about),
            )
        )
        if effect is Effect.CHANGE and not wire.acknowledges(told):
            raise OutcomeUnknown("The server does not say whether it did what was asked.", itemid=about.itemid)
        return told

    def _explain(self, endpoint: str, about: About) -> Explanation:
        return Explanation(about, lambda: self._lose(endpoint))

    def _lose(self, endpoint: str) -> str:
        """The server has no such endpoint: what went with it, and the words for it."""
        with self._lock:
            lost = _LOST.get(endpoint, frozenset())
            self._abilities = replace(self._abilities, **dict.fromkeys(lost, False))
        return GONE if endpoint == "delta" else f"This server no longer offers `{endpoint}`."


@contextmanager
def sense(what: str) -> Iterator[None]:
    """What makes no sense in the answer to a read is Unreachable: it is not the API that we know."""
    try:
        yield
    except wire.Malformed as error:
        raise Unreachable(f"The server's answer about {what} makes no sense ({error}).") from None


@contextmanager
def applied(itemid: int) -> Iterator[None]:
    """After a change was acknowledged, whatever fails leaves its outcome to be looked at; it is not "not applied"."""
    try:
        yield
    except OutcomeUnknown:
        raise
    except (SyncdError, wire.Malformed) as error:
        retry_at = error.retry_at if isinstance(error, SyncdError) else None
        words = f"Item {itemid} was changed, but not read afterwards: {error}"
        raise OutcomeUnknown(words, itemid=itemid, retry_at=retry_at) from error


def published(itemid: int, error: type[NotThere] = NotThere) -> NotThere:
    """The error for an item that is in no folder any more, AcknowledgedButGone for a change that was carried out there
    all the same (stash-api.md, section 1.11)."""
    return error(f"Item {itemid} has been published and is no longer in the stash.", itemid=itemid)


def acknowledged(told: Json, key: str) -> int:
    """The id of a new item; without one nobody knows what became of it."""
    try:
        return wire.ident(told.get(key))
    except wire.Malformed:
        raise OutcomeUnknown("The server took the file without saying under which id.") from None


def lenient_ident(value: object) -> int | None:
    """An id that is good to have; None where there is no sense in it."""
    try:
        return wire.optional_ident(value)
    except wire.Malformed:
        return None


def place_words(target: Target) -> str:
    """A place in words, for errors."""
    match target:
        case Into(folder):
            return f"folder {folder}"
        case Make(title):
            return f"folder {title}"
        case AtRoot():
            return "room at the root"
        case _:
            assert_never(target)
