"""All users' stashes with their bytes on the disk: the pure state, made durable.

Law: one lock; a change is in the database before anyone is told of it, and undone in memory if it cannot be.
"""

from __future__ import annotations

import fcntl
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from syncd.server.blobs import Blobs, Staged
from syncd.server.choices import DEFAULTS, Choices
from syncd.server.database import Database
from syncd.server.errors import NotYours, UnknownItem, UnknownStack
from syncd.server.model import Blob, Item
from syncd.server.pictures import sweep
from syncd.server.stash import Stash


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a server runs: its habits, its clock (Unix seconds), how long its tokens and signed addresses live."""

    choices: Choices = DEFAULTS
    clock: Callable[[], float] = time.time
    access_seconds: float = 3600
    refresh_seconds: float = 90 * 86400
    address_seconds: float = 610


def _take(path: Path) -> TextIO:
    """Lock a file for this process, until it is closed."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        file.close()
        raise OSError(taken.errno, "another server has this folder", str(path.parent)) from taken
    return file


DEFAULT_SETTINGS = Settings()


def draw_id() -> int:
    """A random id as the server's look: positive, below 2**53."""
    return secrets.randbelow(2**53 - 1) + 1


class Vault:
    """The stashes in the folder `data`, which is made if need be. Raises OSError while another server has it."""

    def __init__(self, data: Path, settings: Settings) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._own = _take(data / "lock")
        self.data = data
        self.settings = settings
        self.lock = threading.RLock()
        try:
            self.database = Database(data / "server.db")
        except BaseException:
            self._own.close()
            raise
        self.signing_key = self.database.secret("signing", lambda: secrets.token_bytes(32))
        self.blobs = Blobs(data / "blobs")
        self.userids: dict[str, str] = {}
        self._stashes: dict[str, Stash] = {}
        self._names: Counter[str] = Counter()
        self._versions: dict[int, tuple[str, int]] = {}
        self._seen: dict[tuple[str, int], Item] = {}
        for name, userid, _ in self.database.users():
            self.userids[name] = userid
            self._load(name)
        named = {key for key, count in self._names.items() if count}
        self.blobs.sweep(named)
        self.thumbnails = data / "thumbnails"
        sweep(self.thumbnails, named)

    def close(self) -> None:
        """Let go of the database."""
        with self.lock:
            self.database.close()
            self._own.close()

    def add_user(self, name: str) -> None:
        """Make sure that there is a user of this name."""
        with self.lock:
            if name not in self.userids:
                userid = str(uuid4()).upper()
                self.database.add_user(name, userid, secrets.token_bytes(32))
                self.userids[name] = userid
                self._load(name)

    @contextmanager
    def reading(self, user: str) -> Iterator[Stash]:
        """The stash of a user, not to be changed within. An id of another user raises NotYours, not Unknown..."""
        with self.lock, self._owned(user):
            yield self._stashes[user]

    @contextmanager
    def changing(self, user: str) -> Iterator[Stash]:
        """The stash of a user, to be changed within; durable on return. NotYours as in `reading`."""
        with self.lock, self._owned(user):
            stash = self._stashes[user]
            since = stash.revision
            try:
                yield stash
                if stash.revision != since:
                    self.database.save(user, stash, since)
            except BaseException:
                if stash.revision != since:
                    self._load(user)
                raise
            self._follow(user, stash, since)

    def keep(self, staged: Staged) -> None:
        """Give staged bytes their name; call it while changing the stash that will name them."""
        with self.lock:
            self.blobs.keep(staged)

    def drop_unnamed(self, staged: Staged) -> None:
        """Clear away staged bytes that nobody came to name."""
        with self.lock:
            self.blobs.discard(staged)
            if not self._names[staged.key]:
                self.blobs.remove(staged.key)

    def file(self, version: int) -> Blob | None:
        """The file of this version, while it is the current one of its item."""
        with self.lock:
            owner = self._versions.get(version)
            return None if owner is None else self._seen[owner].blob

    def find_item(self, itemid: int) -> tuple[str, Item] | None:
        """Whose item this is."""
        with self.lock:
            owners = (user for user, stash in self._stashes.items() if itemid in stash.tree.items)
            owner = next(owners, None)
            return None if owner is None else (owner, self._stashes[owner].tree.items[itemid])

    def find_stack(self, stackid: int) -> str | None:
        """Whose stack this is."""
        with self.lock:
            return next((user for user, stash in self._stashes.items() if stackid in stash.tree.stacks), None)

    def _load(self, user: str) -> None:
        stash = self.database.load(user, draw_id, self.settings.choices)
        for owner, itemid in [seen for seen in self._seen if seen[0] == user]:
            self._forget(owner, itemid)
        self._stashes[user] = stash
        for itemid in stash.tree.items:
            self._note(user, stash, itemid)

    def _follow(self, user: str, stash: Stash, since: int) -> None:
        """Keep the counts of blobs right after a change, and drop those that nothing names any more."""
        if stash.revision == since:
            return
        left: list[str] = []
        for changed in stash.ids_changed_since(since):
            left += self._forget(user, changed)
            self._note(user, stash, changed)
        for key in left:
            if not self._names[key]:
                del self._names[key]
                self.blobs.remove(key)

    def _note(self, user: str, stash: Stash, itemid: int) -> None:
        item = stash.tree.items.get(itemid)
        if item is not None:
            self._seen[user, itemid] = item
            if item.blob is not None:
                self._names[item.blob.key] += 1
                self._versions[item.version] = (user, itemid)

    def _forget(self, user: str, itemid: int) -> list[str]:
        item = self._seen.pop((user, itemid), None)
        if item is None or item.blob is None:
            return []
        self._names[item.blob.key] -= 1
        del self._versions[item.version]
        return [item.blob.key]

    @contextmanager
    def _owned(self, user: str) -> Iterator[None]:
        try:
            yield
        except UnknownItem as unknown:
            found = self.find_item(unknown.args[0])
            if found is not None and found[0] != user:
                raise NotYours("item") from unknown
            raise
        except UnknownStack as unknown:
            if self.find_stack(unknown.args[0]) not in (None, user):
                raise NotYours("stack") from unknown
            raise
