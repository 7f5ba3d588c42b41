"""What a person does on the website: straight in the server's state, as another client of the account would."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from syncd.server.errors import StashError
from syncd.server.model import ROOT, InStack, Item, NamedFolder, NamedStack, Stack, Submission, is_automatic
from tests.sim.account import Account, File
from tests.sim.clock import VirtualClock
from tests.sim.ledger import Ledger, content_of, digest

THERE = "there"


class Artist:
    """The person at the website. Items are named by what they hold, folders by their title; of several the first."""

    def __init__(self, account: Account, clock: VirtualClock, ledger: Ledger, *, nested: bool) -> None:
        self._account, self._clock, self._ledger, self._nested = account, clock, ledger, nested
        self._before: tuple[int, str] | None = None
        """What an item held before the last replacement."""
        self.is_agreed: Callable[[int, str], set[str]] = lambda _itemid, _sha256: set()
        """On which machines an item is agreed to hold these bytes."""
        self.is_awaited: Callable[[str], set[str]] = lambda _sha256: set()
        """On which machines a submission of these bytes has no answer yet: the first item of them counts as theirs."""

    def act(self, do: str, **words: Any) -> None:
        """Does one thing, if it can be done."""
        acts: dict[str, Callable[..., None]] = {
            "submit": self._submit,
            "replace": self._replace,
            "retitle": self._retitle,
            "comment": self._comment,
            "move": self._move,
            "delete": self._delete,
            "publish": self._publish,
            "rename-folder": self._rename_folder,
            "move-folder": self._move_folder,
            "drop-folder": self._drop_folder,
            "undo": self._undo,
        }
        with suppress(StashError):
            acts[do](**words)
        self._ledger.acted = self._ledger.tick()

    def _submit(self, text: str, title: str, name: str, into: str = "") -> None:
        place: InStack | NamedStack | NamedFolder | None = None
        if into:
            folder = self.folder(into)
            named = NamedStack(into) if self._nested else NamedFolder(into)
            place = InStack(folder.id) if folder else named
        content = content_of(text)
        if text.startswith("h"):
            sent = Submission(title=title, place=place, html=content.decode())
        else:
            sent = Submission(title=title, place=place, blob=self._account.keep(File(name, content)))
        self._account.stash.submit(sent, int(self._clock.now()))
        key = self._ledger.makes(text, content)
        if any(key in self._ledger.removed[machine] for machine in self.is_awaited(key)):
            self._ledger.remade.add(key)

    def _replace(self, item: str, text: str, name: str = "new.bin") -> None:
        found = self.item(item)
        if found and not found.html:
            old, content = self._key(found), content_of(text)
            self._before = found.id, self._ledger.ever.get(old, text)
            blob = self._account.keep(File(found.blob.filename if found.blob else name, content))
            self._account.stash.submit(Submission(itemid=found.id, blob=blob), int(self._clock.now()))
            self._makes(found.id, self._ledger.makes(text, content))
            self._ledger.edited[found.id] = self._ledger.tick()
            self._ledger.unmakes(THERE, old, self._seen())

    def _makes(self, itemid: int, key: str) -> None:
        """The agreed version is there again, after somebody who saw it replaced or deleted it on a machine (I1)."""
        if any(key in self._ledger.removed[machine] for machine in self.is_agreed(itemid, key)):
            self._ledger.remade.add(key)

    def _retitle(self, item: str, title: str) -> None:
        if found := self.item(item):
            self._account.stash.submit(Submission(itemid=found.id, title=title), int(self._clock.now()))

    def _comment(self, item: str, text: str) -> None:
        if found := self.item(item):
            self._account.stash.submit(Submission(itemid=found.id, artist_comments=text), int(self._clock.now()))

    def _move(self, item: str, into: str = "") -> None:
        found, folder = self.item(item), self.folder(into) if into else None
        if not found or found.stack is None:
            return
        if self._nested:
            if into and folder is None:
                return
            self._account.stash.move_stack(found.stack, folder.id if folder else ROOT)
        else:
            place = InStack(folder.id) if folder else NamedFolder(into or f"Sta.sh Uploads {found.id}")
            self._account.stash.move_item(found.id, place)

    def _delete(self, item: str) -> None:
        if found := self.item(item):
            self._account.stash.delete(found.id)
            self._ledger.deleted.add(found.id)
            self._ledger.unmakes(THERE, self._key(found), self._seen())

    def _publish(self, item: str) -> None:
        if found := self.item(item):
            self._account.stash.publish(found.id)
            self._ledger.published[found.id] = self._ledger.tick()

    def _rename_folder(self, folder: str, title: str) -> None:
        if found := self.folder(folder):
            self._account.stash.rename(found.id, title)

    def _move_folder(self, folder: str, into: str = "") -> None:
        found, target = self.folder(folder), self.folder(into) if into else None
        if self._nested and found and (target or not into):
            self._account.stash.move_stack(found.id, target.id if target else ROOT)

    def _drop_folder(self, folder: str) -> None:
        """A folder goes, with all that is in it."""
        found = self.folder(folder)
        inside = [i for i in self._account.live() if found and i.stack is not None and self._is_in(i.stack, found.id)]
        for item in inside:
            self._delete(self._ledger.ever.get(self._key(item), ""))

    def _is_in(self, stack: int, folder: int) -> bool:
        stacks = self._account.stash.tree.stacks
        while stack != ROOT:
            if stack == folder:
                return True
            stack = stacks[stack].parent
        return False

    def _undo(self) -> None:
        """The bytes before the last replacement come back."""
        if self._before is not None:
            item = self._account.item(self._before[0])
            if item is not None and item.stack is not None:
                self._replace(self._ledger.ever.get(self._key(item), ""), self._before[1])

    def contents(self) -> set[str]:
        """What all items in the stash hold."""
        return self._seen()

    def item_of(self, key: str) -> Item | None:
        """The first item in the stash that holds the content of this digest."""
        return next((item for item in self._account.live() if self._key(item) == key), None)

    def item(self, text: str) -> Item | None:
        """The first item in the stash that holds this."""
        return self.item_of(digest(content_of(text))) if text else None

    def folder(self, title: str) -> Stack | None:
        """The first folder of this title that is no item's own wrapper."""
        stacks = sorted(self._account.stash.tree.stacks.values(), key=lambda stack: stack.id)
        return next((stack for stack in stacks if stack.title == title and not is_automatic(title)), None)

    def _key(self, item: Item) -> str:
        return digest(self._account.content(item))

    def _seen(self) -> set[str]:
        return {self._key(item) for item in self._account.live()}
