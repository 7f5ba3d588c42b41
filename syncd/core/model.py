"""The values that travel through syncd: what each side holds, and what a remote can do.

Law: every value is frozen, checked where it is built, and trusted afterwards. Ids are the server's own positive
integers (below 2^63); `None` as a folder is the root. Paths are relative to the mirrored folder, with `/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

MAX_ID = 2**63 - 1


class Direction(StrEnum):
    """Which way a mirror works (interface.md, Directions)."""

    TWO_WAY = "two-way"
    PULL = "pull"
    PUSH = "push"


class Keep(StrEnum):
    """What becomes of a conflict: as a policy for new ones, or as a person's answer to one."""

    BOTH = "both"
    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Item:
    """One submission, as the remote last told it.

    `folder` is the container that the remote names (drafts: the folder; v1: the item's own leaf stack). `version` is
    the opaque sign that content may have moved; None where the remote offers nothing stable, and then every sighting
    means *look*. `extension` is lower case without dot, "" for none, None while unknown. `size` is exact, or None.
    `text`: a Sta.sh Writer item, whose content is the HTML in its metadata. `created`: Unix seconds, if told.
    """

    id: int
    title: str
    folder: int | None
    version: str | None
    extension: str | None = None
    size: int | None = None
    text: bool = False
    comments: str = ""
    keywords: tuple[str, ...] = ()
    original_url: str = ""
    created: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.id <= MAX_ID:
            raise ValueError(f"no item id: {self.id}")


@dataclass(frozen=True, slots=True)
class Folder:
    """One container, as the remote last told it.

    `listed`: it came as an entry of the delta (and changes of it will), rather than by asking for it alone.
    """

    id: int
    title: str
    parent: int | None
    listed: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.id <= MAX_ID:
            raise ValueError(f"no folder id: {self.id}")


@dataclass(frozen=True, slots=True)
class ItemGone:
    """A tombstone: the delta says that the item left the stash (deleted or published; a look-up tells which)."""

    id: int


@dataclass(frozen=True, slots=True)
class FolderGone:
    """A tombstone of a folder."""

    id: int


Entry = Item | Folder | ItemGone | FolderGone


class Withdrawn(Enum):
    """Why a looked-up item is no longer in the stash."""

    DELETED = auto()
    PUBLISHED = auto()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What `lstat` tells of a regular file; equal fingerprints mean equal bytes, unless the file is racily clean."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class LocalFile:
    """One regular file of the mirrored folder, as last seen.

    `sha256` is the hex digest of the bytes that had this fingerprint. `born_ns` is the time of birth where the file
    system tells one: together with device and inode it is the file's identity, which an inode used anew is not.
    """

    path: str
    fingerprint: Fingerprint
    sha256: str
    born_ns: int | None = None

    @property
    def identity(self) -> tuple[int, int, int | None]:
        """Inode, device and time of birth (Unix nanoseconds): what stays of the file wherever it goes."""
        return self.fingerprint.inode, self.fingerprint.device, self.born_ns


@dataclass(frozen=True, slots=True)
class LocalDirectory:
    """One directory of the mirrored folder, as last seen; "" is the mirrored folder itself."""

    path: str
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides of an item last held in common: the merge base.

    `folder` is the user's folder (automatic wrappers looked through), `title` and `extension` are the remote's words,
    `path` is the file's, which sticks. `inode`, `device`, `born_ns` follow the file when it is renamed. `provisional`:
    the version was taken for ours after our own write and is not yet proven by content (W25). `echo`: our own write
    has not yet been told by the delta. `released`: it was published, so we touch neither side any more. `superseded`:
    its file was submitted anew as another item, and this one is to go.
    """

    id: int
    path: str
    title: str
    folder: int | None
    extension: str | None
    version: str | None
    sha256: str
    size: int
    inode: int
    device: int
    born_ns: int | None = None
    provisional: bool = False
    echo: bool = False
    released: bool = False
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class AgreedFolder:
    """Which directory a folder is. `made`: the directory has been there; a person who deletes it unmakes it."""

    id: int
    path: str
    title: str
    parent: int | None
    inode: int
    device: int
    made: bool = True


class LeftAlone(StrEnum):
    """Why something on the disk is not mirrored; `status` counts by these words."""

    IGNORED = "ignored"
    SYMLINK = "symlink"
    SPECIAL = "special"
    UNREADABLE = "unreadable"
    NOT_UTF8 = "not-utf8"


@dataclass(frozen=True, slots=True)
class Into:
    """Place into a folder that exists."""

    folder: int


@dataclass(frozen=True, slots=True)
class Make:
    """Place into a new folder of this title, under `parent` (None: at the root)."""

    title: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class AtRoot:
    """Place outside every folder of the user's. `title` is an unused `Sta.sh Uploads N`, for remotes whose move
    cannot do without a folder (the drafts)."""

    title: str


Target = Into | Make | AtRoot


@dataclass(frozen=True, slots=True)
class Changes:
    """Metadata to change; None leaves a field as it is. `keywords` are single words."""

    title: str | None = None
    comments: str | None = None
    keywords: tuple[str, ...] | None = None
    original_url: str | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a remote can do. The engine decides by these and never by the remote's kind.

    list: `drain` works; read: `read` works; fetch: `open` works; submit: new items; replace: bytes of an item;
    edit: titles and metadata; move; delete; rename_folders. nested: folders have folders. moves_make_folders: a move
    may name a new folder (`Make`).
    """

    list: bool
    read: bool
    fetch: bool
    submit: bool
    replace: bool
    edit: bool
    move: bool
    delete: bool
    rename_folders: bool
    nested: bool
    moves_make_folders: bool
