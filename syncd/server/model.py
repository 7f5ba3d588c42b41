"""The values of one Sta.sh: items, stacks, submissions, delta pages; frozen, so that a copy of the state is cheap.

The model is v1's: stacks nest, each item stands alone in a leaf stack. The drafts see the same state flat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

ROOT = 0
_AUTOMATIC = re.compile(r"(Sta\.sh Uploads \d+)?")


class View(Enum):
    """Who is looking: the flat drafts (draft10, draft15, /api/oauth2) or v1."""

    DRAFT = auto()
    V1 = auto()


def is_automatic(title: str) -> bool:
    """Whether a stack of this title is one that the server made by itself (untitled, or `Sta.sh Uploads N`)."""
    return _AUTOMATIC.fullmatch(title) is not None


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content by reference: `key` is its sha256 in hex; width and height are known for pictures only."""

    key: str
    size: int
    mime: str = "application/octet-stream"
    filename: str = "file.bin"
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A submission. `stack` is its leaf, None once it is published; `version` is drawn anew with each new file.

    Either `blob` or `html` (a Sta.sh Writer text) is set.
    """

    id: int
    stack: int | None
    title: str
    artist_comments: str = ""
    tags: tuple[str, ...] = ()
    original_url: str = ""
    category: str = ""
    created: int = 0
    version: int = 0
    blob: Blob | None = None
    html: str | None = None
    is_dirty: bool = False

    @property
    def size(self) -> int:
        """Bytes that count against the quota."""
        if self.blob is not None:
            return self.blob.size
        return len(self.html.encode()) if self.html is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A container: a leaf holds one `item` and no stacks, any other one stacks, or nothing. `parent` 0 is the root."""

    id: int
    parent: int
    title: str
    description: str | None = ""
    position: int = 0
    item: int | None = None

    @property
    def is_folder(self) -> bool:
        """Whether the drafts see it: all but the wrapper of an item that stands in another stack."""
        return self.parent == ROOT or self.item is None or not is_automatic(self.title)


@dataclass(frozen=True, slots=True)
class InStack:
    """Into the stack of this id."""

    stackid: int


@dataclass(frozen=True, slots=True)
class NamedStack:
    """v1's `stack=NAME`: a stack at the root, made or joined as `Choices.stack_name_appends` says."""

    title: str


@dataclass(frozen=True, slots=True)
class NamedFolder:
    """The drafts' `folder=NAME`: the folder of this title, wherever it is; made at the root if there is none."""

    title: str


Place = InStack | NamedStack | NamedFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a submit carries; None leaves a field as it is. With `itemid` that item is changed and `place` ignored."""

    itemid: int | None = None
    place: Place | None = None
    title: str | None = None
    artist_comments: str | None = None
    tags: tuple[str, ...] | None = None
    original_url: str | None = None
    category: str | None = None
    is_dirty: bool | None = None
    blob: Blob | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The item as it is now, and the stack to answer: None for a published item."""

    item: Item
    stack: Stack | None


@dataclass(frozen=True, slots=True)
class Moved:
    """v1's answer to a move: the target (None: the root) and every stack that the move changed or made."""

    target: Stack | None
    changes: tuple[Stack, ...]


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """A delta's word on an item; `container` is its stack (drafts: folder). Both None: it is gone."""

    id: int
    item: Item | None
    container: int | None


@dataclass(frozen=True, slots=True)
class StackEntry:
    """A delta's word on a stack (drafts: folder); None: it is gone."""

    id: int
    stack: Stack | None


Entry = ItemEntry | StackEntry


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of /delta."""

    cursor: str
    has_more: bool
    next_offset: int | None
    reset: bool
    entries: tuple[Entry, ...]
