"""The steps a plan is made of: frozen values that can be printed, compared and stored.

Law: an action names everything that it relies on (the file it expects, the version it saw), so that whoever carries it
out can check that the world is still so, and do nothing if it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from syncd.core.model import Agreed, AgreedFolder, Folder, Item, LocalFile, Target


@dataclass(frozen=True, slots=True)
class Download:
    """Fetch the item's bytes and put them at `path`, where `expected` is now (None: nothing).

    `path` None: only fetch, and remember what the bytes are; they wait in the stage, and a later plan decides where
    they go.
    """

    item: Item
    path: str | None
    folder: int | None
    expected: LocalFile | None
    agreed: Agreed | None
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Submit the file as a new item. `supersedes`: the item that goes once the new one is agreed."""

    file: LocalFile
    title: str
    target: Target
    supersedes: Item | None
    reason: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Send the file's bytes as the new content of the item. `save_theirs`: what the item holds now was never here and
    goes into the trash first."""

    item: Item
    folder: int | None
    agreed: Agreed | None
    file: LocalFile
    save_theirs: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Retitle:
    """Give the item the title that the file's new name says. Then `path` is agreed: the old directory, and that name
    unless somebody else's file has it there."""

    item: Item
    agreed: Agreed
    file: LocalFile
    path: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoveItem:
    """Put the item into the folder of the directory that its file is in now. Then `path` is agreed: that directory, and
    the old name as long as the new one is to be told."""

    item: Item
    agreed: Agreed
    file: LocalFile
    path: str
    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class MoveFile:
    """Move the file to where the item's title and folder say. `final`: it then is where it belongs; otherwise it only
    makes way in a rotation of names, and its title stays to be done."""

    item: Item
    folder: int | None
    agreed: Agreed
    file: LocalFile
    path: str
    final: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """Delete the item after its bytes are in the trash."""

    item: Item
    agreed: Agreed
    reason: str


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Move the file to the trash: its item was deleted."""

    agreed: Agreed
    file: LocalFile
    reason: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Agree that this file and this item hold the same bytes; nothing is sent or written."""

    item: Item
    folder: int | None
    file: LocalFile
    reason: str


@dataclass(frozen=True, slots=True)
class Follow:
    """Take over that the item's file is called so now, and that `title` and `folder` on the remote say the same; there
    that changes nothing."""

    agreed: Agreed
    file: LocalFile
    title: str
    folder: int | None
    reason: str


class Ending(Enum):
    """Why an agreement ends."""

    GONE = auto()  # on both sides, or its item has been deleted and the file is somebody's new work
    PUBLISHED = auto()


@dataclass(frozen=True, slots=True)
class Forget:
    """End an agreement; nothing is sent or written."""

    agreed: Agreed
    ending: Ending
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides have bytes that the other never saw. The remote's take the path; the file's become `copy`, or, where
    the mirror's policy is the remote (None), go into the trash."""

    item: Item
    folder: int | None
    agreed: Agreed | None
    file: LocalFile
    copy: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class AgreeFolder:
    """This directory is that folder from now on. `make`: the directory is not there yet."""

    folder: Folder
    path: str
    make: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RenameFolder:
    """The directory got another place: the folder gets the title, and the parent, that say so."""

    agreed: AgreedFolder
    path: str
    title: str
    parent: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class MoveDirectory:
    """The folder got another title or parent: the directory follows, from `source` to `path`. What is agreed then are
    the words of `folder`, which in a rotation of names are still the old ones."""

    agreed: AgreedFolder
    folder: Folder
    path: str
    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ForgetFolder:
    """The folder is gone: its directory goes if nothing of the user's is in it (and if the mirror may write here)."""

    agreed: AgreedFolder
    reason: str


@dataclass(frozen=True, slots=True)
class UnmakeFolder:
    """The directory was deleted here: it is not made again until an item appears in its folder."""

    agreed: AgreedFolder
    reason: str


ItemAction = (
    Download
    | Upload
    | Replace
    | Retitle
    | MoveItem
    | MoveFile
    | DeleteItem
    | DeleteFile
    | Adopt
    | Follow
    | Forget
    | Conflict
)
FolderAction = AgreeFolder | RenameFolder | MoveDirectory | ForgetFolder | UnmakeFolder
Action = ItemAction | FolderAction
