"""The faces of a remote: what the engine may ask of any kind, and what each answer promises.

Law: no answer of a remote is trusted beyond these types; everything is parsed, bounded and checked behind the face.
Errors are those of `core.errors`, and nothing else leaves a remote:

- a read may be repeated at will; it raises Unreachable, Throttled, LoginNeeded, NotThere, Unsupported or Refused;
- a changing request that was certainly not applied raises one of these too (and may be sent again);
- one that was acknowledged though its item is in no folder any more raises AcknowledgedButGone: a NotThere, and yet it
  may have been applied;
- one whose fate is unknown raises OutcomeUnknown, and the remote itself never repeats it. Editor requests are
  idempotent by id, so the engine may repeat them after a look; `submit` is not, so it needs an intent (I8).
- 500 to a read or an Editor request is retried at most three times inside; back-off holds for the whole account.

All methods may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from syncd.core.errors import NotThere
from syncd.core.model import Abilities, Changes, Entry, Folder, Item, Target, Withdrawn
from syncd.core.token import Backoff as Backoff  # noqa: PLC0414 - handed on: whoever keeps them needs faces alone
from syncd.core.token import Token as Token  # noqa: PLC0414
from syncd.core.token import Tokens as Tokens  # noqa: PLC0414


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that makes no sense and was left out; the rest of its page counts. `itemid` where it could be read."""

    itemid: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of one page, in the remote's order: a later entry for the same id replaces an earlier one."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget what this drain has told so far: a complete listing (an epoch) begins with the next page."""


@dataclass(frozen=True, slots=True)
class Drained:
    """The end of a drain, always the last thing it tells.

    `cursor` is the last page's. `epoch`: the pages were a complete listing, and `steady` says that all of them named
    one cursor, so that absence from it means something and the cursor may be stored (W18, W21).
    """

    cursor: str
    epoch: bool
    steady: bool


Told = Page | Reset | Drained


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one item, being received.

    `chunks` yields the bytes from offset `start` on; `size` is the whole length if known; a body that ends short of it
    raises Unreachable from `chunks`. `version` belongs to exactly these bytes. `extension` is what the remote tells of
    their type (lower case, no dot), or None.
    """

    start: int
    size: int | None
    version: str | None
    extension: str | None
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A private, unchanging copy of a file that is to be sent: `path` outside the user's reach, `name` as the
    user's file is called, `sha256` of exactly these `size` bytes."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of quota: still available, and in all."""

    available: int
    total: int


Progress = Callable[[int], None]
"""Told the number of bytes that just went over the wire."""


class Source(Protocol):
    """Can tell what is there, and give it."""

    def drain(self, cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:
        """Tells what changed since `cursor` (None: everything), page by page, ending with one `Drained`.

        `known(folder id)` says whether that folder was told as a listed entry before, so that a remote which tells an
        item's folder only through another entry knows when to ask for it. Bounded against a server that pages for ever
        (W22), which raises Unreachable. May be abandoned at any point and repeated.
        """

    def read(self, itemid: int) -> Item | Withdrawn:
        """What the remote holds of one item now, asked afresh."""

    def read_folder(self, folder: int) -> Folder:
        """One folder, asked afresh. NotThere if there is none."""

    def open(self, itemid: int, version: str | None, start: int = 0) -> AbstractContextManager[Content]:
        """Begins to receive an item's original bytes.

        `version` is the one expected and `start` how many of its bytes are already here. If what the remote holds has
        another version, or cannot be continued, `Content.start` is 0. Addresses are obtained afresh and never kept.
        """

    def tail(self, itemid: int, version: str | None, length: int) -> tuple[int, bytes]:
        """The whole size and the last `length` bytes of an item's original, by one Range request (W25)."""


class Sink(Protocol):
    """Can take new items."""

    def submit(self, snapshot: Snapshot, title: str, target: Target, progress: Progress) -> Item:
        """Submits a new item and answers it as read back at once (`folder`: the user's folder it is in).

        Not repeatable. Asks `/placebo` first, unless one was answered within the last minute. Where the remote cannot
        read, the answer is what the submission itself told. An error after the submission was acknowledged (in the
        read back, in placing a new folder under its parent) does not lose the id: it raises `SubmittedButUnfinished`.
        """


class Editor(Protocol):
    """Can change what is there. Every request is idempotent by id."""

    def prepare(self) -> None:
        """Makes sure that the token is good before bytes are sent (`/placebo`, at most once a minute)."""

    def replace(self, item: Item, snapshot: Snapshot, progress: Progress) -> Item:
        """Replaces the bytes of an item; answers it as read back. Sends no other request before its own: the read
        before a replace must be the last request before it (guarantees.md, section 5)."""

    def edit(self, itemid: int, changes: Changes) -> Item:
        """Changes metadata; answers the item as read back (the server may have altered the title)."""

    def move(self, item: Item, target: Target) -> int | None:
        """Moves an item; answers the user's folder that it is in now, None at the root. Where folders nest, a folder
        that is the item's own container (`item.folder`) goes along, and is an automatic wrapper from then on."""

    def rename_folder(self, folder: int, title: str) -> None:
        """Gives a folder another title. Refused if the remote wants titles to be unique and this one is taken."""

    def move_folder(self, folder: int, parent: int | None) -> None:
        """Puts a folder under another (only where `Abilities.nested`)."""

    def delete(self, itemid: int) -> None:
        """Deletes an item; NotThere if it is already gone."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How files travel: KiB per second up and down, all together (0: no limit)."""

    upload_kib: int = 0
    download_kib: int = 0


class Remote(Source, Sink, Editor, Protocol):
    """A whole remote. What it cannot do (see `abilities`) raises Unsupported."""

    @property
    def abilities(self) -> Abilities:
        """What it can do, as far as is known now; may shrink when the server answers that an endpoint is gone."""

    def account(self) -> str | None:
        """Whose stash this is, or None where the remote cannot tell."""

    def space(self) -> Space:
        """How much room there is."""

    def link(self, itemid: int) -> str:
        """The short address of an item, for people."""

    def requests(self) -> dict[str, int]:
        """How many HTTP requests were sent so far, by endpoint (`delta`, `placebo`, `submit`, `media`, ...)."""

    def tune(self, traffic: Traffic) -> None:
        """From now on files travel like this, those under way too. Not while requests are, if more are to travel at
        once than before. Sends nothing; may be repeated."""

    def reconnect(self) -> None:
        """Lets go of connections that may be dead, as after a suspension; the next request opens its own. To be called
        while none is under way. Sends nothing; may be repeated."""

    def close(self) -> None:
        """Closes all connections; safe to call twice."""


@runtime_checkable
class Metered(Protocol):
    """A remote that can also tell how its requests were answered; for metrics."""

    def answers(self) -> Mapping[tuple[str, str], int]:
        """How many answers there were so far, by endpoint and HTTP status ("none": there was no answer)."""
        ...


class AcknowledgedButGone(NotThere):
    """A change by id was acknowledged in words that say that its item is in no folder any more: published, it seems.

    Alone among these errors it does not say that nothing was applied. For a user it is NotThere.
    """

    @property
    def code(self) -> str:
        """NotThere's."""
        return "not-there"


class SubmittedButUnfinished(Exception):
    """A submission was acknowledged with this id, but what was to follow it failed with `cause` (a SyncdError).

    Not an error for a user: the engine keeps the id with the intent, and finishes the rest after a look.
    """

    def __init__(self, itemid: int, cause: Exception) -> None:
        super().__init__(f"item {itemid} was submitted, what follows was not: {cause}")
        self.itemid = itemid
        self.cause = cause
