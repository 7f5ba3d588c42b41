"""What the planner is told of one item, and of the world around it.

Law: a state is made of observations only. It classifies itself against the agreed row; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.core.model import Abilities, Agreed, AgreedFolder, Direction, Item, Keep, LocalFile
from syncd.core.verdicts import Here, There


class Seen(StrEnum):
    """How the remote last told of an item."""

    LIVE = "live"
    UNSURE = "unsure"
    DELETED = "deleted"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class RemoteItem:
    """An item as last seen, placed: `folder` is the user's folder (automatic wrappers looked through). `sha256`: of the
    bytes of exactly this sighting, once they were fetched. `held_back`: it may belong to an open intent (W1, W4)."""

    item: Item
    folder: int | None
    seen: Seen = Seen.LIVE
    sha256: str | None = None
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """One item from three sides. `local` is the file at the agreed path or, after matching, wherever it was moved to;
    `hidden`: there is, or may be, something of which nothing may be concluded yet. `unmet`: it may be equal to
    something of the other side whose bytes are not known yet, and what is to be done depends on that."""

    agreed: Agreed | None = None
    local: LocalFile | None = None
    remote: RemoteItem | None = None
    hidden: bool = False
    unmet: bool = False

    @property
    def here(self) -> Here:
        """The local side against the agreed row."""
        if self.hidden:
            return Here.HIDDEN
        if self.agreed is None:
            return Here.NEW if self.local else Here.NONE
        if self.local is None:
            return Here.GONE
        return Here.SAME if self.local.sha256 == self.agreed.sha256 else Here.CHANGED

    @property
    def there(self) -> There:
        """The remote side against the agreed row."""
        remote = self.remote
        if remote is None:
            return There.UNSEEN if self.agreed else There.NONE
        if remote.held_back:
            return There.HIDDEN
        if remote.seen is not Seen.LIVE:
            return There(remote.seen.value)
        if self.agreed is None:
            return There.NEW
        if remote.sha256 is not None:
            return There.SAME if remote.sha256 == self.agreed.sha256 else There.CHANGED
        moved = remote.item.version is None or remote.item.version != self.agreed.version
        return There.LOOK if moved else There.SAME

    @property
    def unproven(self) -> bool:
        """Whether it is not known that the remote still holds the agreed bytes, nor that it does not: also where what
        it told was taken for the echo of our own write."""
        provisional = self.agreed is not None and self.agreed.provisional
        return self.there is There.LOOK or (self.there is There.SAME and provisional)

    @property
    def is_taken_for_ours(self) -> bool:
        """Whether that the remote holds the agreed bytes is only what we made of our own write (W25)."""
        known = self.remote is not None and self.remote.sha256 is not None
        return self.agreed is not None and self.agreed.provisional and not known

    @property
    def renamed_there(self) -> bool:
        """The remote's words for the item's name are no longer the agreed ones."""
        agreed, remote = self.agreed, self.remote
        if not agreed or not remote or remote.seen is not Seen.LIVE:
            return False
        other_type = remote.item.extension is not None and remote.item.extension != agreed.extension
        return remote.item.title != agreed.title or (other_type and agreed.extension is not None)

    @property
    def moved_there(self) -> bool:
        """The item is in another of the user's folders than agreed."""
        agreed, remote = self.agreed, self.remote
        return bool(agreed and remote and remote.seen is Seen.LIVE and remote.folder != agreed.folder)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a name in a directory: an item's agreed file, a file that is new here (`fresh`), or something that is
    not mirrored."""

    itemid: int | None
    fresh: LocalFile | None


class Answer(StrEnum):
    """A person's answer to a hold."""

    CONFIRM = "confirm"
    REJECT = "reject"


def _nobody(_path: str) -> Owner | None:
    return None


def _nothing(_path: str) -> str | None:
    return None


def _no_folder(_key: object) -> AgreedFolder | None:
    return None


def _no_copy(_itemid: int) -> str | None:
    return None


def _no_item(_file: LocalFile) -> int | None:
    return None


def _first() -> int:
    return 1


def _no(_subject: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class World:
    """What surrounds the items: the mirror's settings, the folders, and look-ups that answer from one snapshot.

    `folder(id)` and `folder_at(directory)` are the agreed folders. `owner(path)` is who has that name or an equal one.
    `bytes_at(path)` is the SHA-256 of the file last seen there. `ignored(path)` by the rules. `left_alone(path)`:
    something is there, or above it, that is not mirrored (a link, say); it is counted where it was seen.
    `restless(path)`: a file is there that was not quiet enough to be known yet.
    `blocked(file)`: an open intent has the file's path or its bytes, or is of this very file. `placed(file)`: the item
    whose bytes we were placing as this very file when we were interrupted, and `copied(itemid)`: where the copy that we
    were making in its conflict is; `being_placed(itemid)`: one of these is not quiet yet (below zero: the copy).
    `placing(itemid)`: the SHA-256 of the bytes that we were placing for it. `unanswered(itemid)`: that of bytes sent to
    it without an answer, so that it may have held them. `answers` by subject.
    `automatic()` is the first N whose `Sta.sh Uploads N` is unused. `first_meeting`: nothing has ever been agreed and
    settled, so equal bytes are looked for under other names too. `incomplete`: a directory cannot be listed, so that
    what is found nowhere may be there.
    """

    direction: Direction
    keep: Keep
    abilities: Abilities
    folder: Callable[[int], AgreedFolder | None] = _no_folder
    folder_at: Callable[[str], AgreedFolder | None] = _no_folder
    owner: Callable[[str], Owner | None] = _nobody
    bytes_at: Callable[[str], str | None] = _nothing
    ignored: Callable[[str], bool] = _no
    left_alone: Callable[[str], bool] = _no
    restless: Callable[[str], bool] = _no
    blocked: Callable[[LocalFile], bool] = _no
    placed: Callable[[LocalFile], int | None] = _no_item
    copied: Callable[[int], str | None] = _no_copy
    being_placed: Callable[[int], bool] = _no
    placing: Callable[[int], str | None] = _no_copy
    unanswered: Callable[[int], str | None] = _no_copy
    answers: Mapping[str, Answer] = field(default_factory=dict)
    automatic: Callable[[], int] = _first
    first_meeting: bool = False
    incomplete: bool = False

    def directory(self, folder: int | None) -> str | None:
        """The directory of a folder; None while it has none."""
        if folder is None:
            return ""
        agreed = self.folder(folder)
        return agreed.path if agreed else None
