"""v1 of 20150416 and later: nested stacks, `itemid` and `stackid`, every item in a leaf stack.

It follows the pages of stash_delta, stash_item, stash_stack, stash_submit, stash_move and stash_update as stash-api.md
has them in section 1. The token of an item's content is the path of its unsigned pictures up to `/v1/`, with size and
resolution as people read them; a file without pictures has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from syncd.core.errors import NotThere, SyncdError, Unsupported
from syncd.core.model import AtRoot, Changes, Folder, Into, Item, Make, Target, Withdrawn
from syncd.remotes.faces import AcknowledgedButGone, Progress, Snapshot, SubmittedButUnfinished, Told
from syncd.remotes.http import Client, Clock, Effect, Json
from syncd.remotes.stash import delta, wire
from syncd.remotes.stash.ahead import ahead
from syncd.remotes.stash.base import Stash, acknowledged, applied, lenient_ident, place_words, published, sense
from syncd.remotes.stash.content import HTML, Original
from syncd.remotes.stash.faults import GONE, ITSELF, About
from syncd.remotes.stash.leaves import with_leaves
from syncd.remotes.stash.stacks import Stack, Stacks
from syncd.remotes.stash.v1_wire import entry, folder_of, item_of, original_address

LIMIT = "120"
_UNKNOWN = frozenset({0})


class V1Stash(Stash):
    """A Sta.sh through v1."""

    def __init__(self, client: Client, server: str, clock: Clock) -> None:
        super().__init__(client, server, "v1/oauth2", clock, nested=True)
        self._stacks = Stacks(look=self._stack, move=self._move_stack, rename=self.rename_folder)

    def drain(self, cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:
        """What changed since `cursor`, with the stacks of items that the server does not list."""
        if not self.abilities.list:
            raise Unsupported(GONE)
        with ahead(self._page, self.page_threads) as page:
            yield from with_leaves(delta.drain(page, cursor), known, self.read_folder)

    def read(self, itemid: int) -> Item | Withdrawn:
        """One item as it is now."""
        try:
            told = self._item(itemid)
        except NotThere:
            return Withdrawn.DELETED
        return _found(itemid, told)

    def read_folder(self, folder: int) -> Folder:
        """One stack as it is now."""
        return self._stack(folder).folder

    def submit(self, snapshot: Snapshot, title: str, target: Target, progress: Progress) -> Item:
        """A new item; read back by `item`. A new stack is then put under its parent, if it has one."""
        self.prepare()
        codes = _UNKNOWN if isinstance(target, Into) else frozenset()
        about = About(f"the file {wire.printable(snapshot.name)}", codes=codes, missing=place_words(target))
        fields = (("title", title), *_place(target))
        told = self._upload(about, fields, snapshot, progress, Effect.CREATE)
        itemid, answered = acknowledged(told, "itemid"), lenient_ident(told.get("stackid"))
        try:
            return self._settled(Item(itemid, title, answered, None, size=snapshot.size), target)
        except SyncdError as error:
            raise SubmittedButUnfinished(itemid, error) from error

    def replace(self, item: Item, snapshot: Snapshot, progress: Progress) -> Item:
        """Other bytes for an item."""
        fields = (("itemid", str(item.id)),)
        told = self._upload(_about(item.id), fields, snapshot, progress, Effect.CHANGE)
        return self._read_back(told, replace(item, version=None, extension=None, size=snapshot.size, text=False))

    def edit(self, itemid: int, changes: Changes) -> Item:
        """Other metadata for an item."""
        named = {"title": changes.title, "artist_comments": changes.comments, "original_url": changes.original_url}
        fields = [(name, value) for name, value in named.items() if value is not None]
        if changes.keywords is not None:
            fields += [("tags[]", word) for word in changes.keywords or ("",)]
        told = self._post("submit", "stash/submit", _about(itemid), ("itemid", str(itemid)), *fields)
        sent = Item(
            itemid,
            changes.title or "",
            lenient_ident(told.get("stackid")),
            None,
            comments=changes.comments or "",
            keywords=changes.keywords or (),
            original_url=changes.original_url or "",
        )
        return self._read_back(told, sent)

    def move(self, item: Item, target: Target) -> int | None:
        """Into another stack, or to the root, by moving the item's own leaf."""
        if isinstance(target, Make):
            raise Unsupported("v1 makes a stack only with a submission.", itemid=item.id)
        now = self._live(item.id)
        assert now.folder is not None
        return self._stacks.take_out(item.id, now.folder, target.folder if isinstance(target, Into) else None)

    def rename_folder(self, folder: int, title: str) -> None:
        """Another title for a stack."""
        self._post("update", f"stash/update/{folder}", _stack_about(folder), ("title", title))

    def move_folder(self, folder: int, parent: int | None) -> None:
        """Puts a stack under another."""
        self._move_stack(folder, parent)

    def delete(self, itemid: int) -> None:
        """Deletes an item."""
        self._post("delete", "stash/delete", _about(itemid), ("itemid", str(itemid)))

    def _page(self, cursor: str | None, offset: int) -> wire.Sheet:
        query = {"limit": LIMIT, "ext_submission": "1"}
        if cursor:
            query["cursor"] = cursor
        if offset:
            query["offset"] = str(offset)
        return wire.sheet(self._get("delta", "stash/delta", ITSELF, **query), entry, "itemid")

    def _item(self, itemid: int) -> Json:
        return self._get("item", f"stash/item/{itemid}", _about(itemid), ext_submission="1")

    def _stack(self, stack: int) -> Stack:
        told = self._get("stack", f"stash/{stack}", _stack_about(stack))
        with sense(f"stack {stack}"):
            size = wire.count(told.get("size") or 0)
            return Stack(folder_of(stack, told, listed=False), size)

    def _move_stack(self, stack: int, parent: int | None) -> int | None:
        """Moves; answers the stack that it is in now, which may be another than `parent` if that had to be made."""
        told = self._post("move", f"stash/move/{stack}", _stack_about(stack), ("targetid", str(parent or 0)))
        target = told.get("target")
        landed = lenient_ident(target.get("stackid")) if isinstance(target, dict) else None
        return parent if parent is None else landed or parent

    def _live(self, itemid: int) -> Item:
        now = self.read(itemid)
        match now:
            case Item():
                return now
            case Withdrawn.PUBLISHED:
                raise published(itemid)
            case _:
                raise NotThere(f"The server has no item {itemid}.", itemid=itemid)

    def _settled(self, sent: Item, target: Target) -> Item:
        """A new item as read back and in its place; as it was sent where the server does not tell."""
        try:
            now = self._live(sent.id)
        except Unsupported:
            return sent if not isinstance(target, AtRoot) else replace(sent, folder=None)
        match target:
            case Into(folder):
                return replace(now, folder=folder)
            case AtRoot():
                return replace(now, folder=None)
            case Make():
                assert now.folder is not None
                return replace(now, folder=self._stacks.settle(target, sent.folder or now.folder, now.folder))

    def _read_back(self, told: Json, sent: Item) -> Item:
        """An item after a change; as it was sent where the server does not tell."""
        if not told.get("stackid"):
            raise published(sent.id, AcknowledgedButGone)
        with applied(sent.id):
            try:
                now = self.read(sent.id)
            except Unsupported:
                return sent
        if isinstance(now, Withdrawn):
            raise published(sent.id, AcknowledgedButGone)
        return now

    def _locate(self, itemid: int, version: str | None, *, fresh: bool) -> Original:  # noqa: ARG002 (always afresh)
        told = self._item(itemid)
        now = _found(itemid, told)
        if isinstance(now, Withdrawn):
            raise published(itemid)  # who compares its bytes right before a change must not change it any more (I7)
        with sense(f"item {itemid}"):
            if now.text and isinstance(told.get("html"), str):
                return Original(now.version, html=wire.text(told["html"], "html"), extension=HTML)
            return Original(now.version, original_address(told), extension=now.extension)


def _found(itemid: int, told: Json) -> Item | Withdrawn:
    with sense(f"item {itemid}"):
        leaf = wire.optional_ident(told.get("stackid"))
        return wire.published(told) if leaf is None else item_of(itemid, leaf, told)


def _place(target: Target) -> tuple[tuple[str, str], ...]:
    match target:
        case Into(folder):
            return (("stackid", str(folder)),)
        case Make(title):
            return (("stack", title),)
        case AtRoot():
            return ()


def _about(itemid: int) -> About:
    return About(f"item {itemid}", itemid, _UNKNOWN)


def _stack_about(stack: int) -> About:
    return About(f"stack {stack}", codes=frozenset({0, 1}))
