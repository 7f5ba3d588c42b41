"""The oracle: says after every step whether what guarantees.md promises at every moment still holds (I1 to I13).

It judges by what it knows of the adversary's acts and by what can be seen: the folder, the server's state, the requests
as they arrive, and the mirror's own agreed rows where a promise is about them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from syncd.core.events import ActionEnded, Outcome
from syncd.core.model import Direction
from syncd.remotes.http import Call, Effect
from syncd.store.database import Row
from syncd.store.store import Store
from tests.sim.account import Account, File
from tests.sim.canaries import OUTSIDE, disturbed
from tests.sim.checks import CursorCheck
from tests.sim.ears import Ears
from tests.sim.ledger import Ledger, digest
from tests.sim.machine import Machine
from tests.sim.spots import entries_below

_DOUBLES = "SELECT directory, name FROM agreed_item WHERE NOT superseded GROUP BY directory, name HAVING count(*) > 1"
_CHANGING = frozenset({"submit", "delete", "move", "folder", "update"})


class Violation(Exception):
    """A promise was broken. `invariant`: its name in guarantees.md."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(invariant, what)
        self.invariant, self.what = invariant, what

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


class Oracle:
    """What is known, and the machines and the account that it is known of. The first violation is kept."""

    def __init__(self, account: Account, ledger: Ledger, told: Callable[[str], None]) -> None:
        self.account, self.ledger = account, ledger
        self.machines: list[Machine] = []
        self.violation: Violation | None = None
        self.changing: Counter[str] = Counter()
        self.told = told
        self.cursors: CursorCheck | None = None
        self.lied: Callable[[], bool] = lambda: False
        """Whether the server told something that was not so."""
        self._rereads: dict[tuple[str, int], tuple[int, bool]] = {}
        self._limit: set[str] = set()
        self._hashes: dict[tuple[int, int, int, int], str] = {}
        self._doubles: dict[str, tuple[Store, int, list[Row]]] = {}

    def broken(self, invariant: str, what: str) -> None:
        """A promise was broken; a request or an event cannot be stopped, so it is said after the step."""
        if self.violation is None:
            self.violation = Violation(invariant, what)

    def name(self, key: str) -> str:
        """What a tape calls this content."""
        return self.ledger.ever.get(key, key[:8])

    # --- after every step

    def check(self) -> None:
        """Raises the first Violation."""
        there = {self.account.key(item) for item in self.account.stash.tree.items.values()}
        for key in there - self.ledger.ever.keys():
            self.broken("I2/I9", f"the server holds bytes that nobody made: {key[:8]}")
        existing = set(there)
        for machine in self.machines:
            existing |= self._check_disk(machine)
            if what := disturbed(machine.making.home):
                self.broken("I11", f"outside the folder of {machine.name} {what}")
            self._check_agreed(machine)
        self.ledger.owed -= self._limit - existing
        self.ledger.owed -= self.ledger.remade - existing  # I1 is kept by who had seen and replaced them there
        self._rereads = {}
        self._limit &= existing  # what another machine still has goes later, by the engine's hand
        for key in sorted(self.ledger.owed - existing, key=self.name):
            self.broken("I1", f"{self.name(key)} is nowhere any more")
        if self.violation:
            raise self.violation

    def _check_disk(self, machine: Machine) -> set[str]:
        found = set()
        for path, status in _files(str(machine.making.home), ("state", OUTSIDE)):
            key = self._hash(path, status)
            found.add(key)
            if key not in self.ledger.ever and "/.syncd/" not in path:
                name = path.rpartition("/")[2]
                self.broken("I2", f"{name!r} on {machine.name} is no whole version that ever was")
        return found

    def hash(self, path: Path) -> str:
        """The digest of a file, read only if it may have changed."""
        return self._hash(str(path), path.lstat())

    def _hash(self, path: str, status: os.stat_result) -> str:
        mark = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._hashes.get(mark)
        if known is None:
            known = self._hashes[mark] = digest(Path(path).read_bytes())
        return known

    def _check_agreed(self, machine: Machine) -> None:
        store = machine.mirror.store if machine.mirror is not None else None
        if store is None or store.intents.every():
            return
        if self._doubles.get(machine.name, (None,))[:2] != (store, store.changes):
            self._doubles[machine.name] = (store, store.changes, store._connection.rows(_DOUBLES))
        for directory, name in self._doubles[machine.name][2] if len(self.account.live()) >= 2 else ():
            self._check_twins(machine, f"{directory}/{name}".lstrip("/"))

    def _check_twins(self, machine: Machine, path: str) -> None:
        """Two items of one path are allowed only half-way through a rotation, which a crash may have cut, and while the
        deletion of one is held, or nothing is done in either direction as something left alone is in the way, or as the
        one was moved from there to where the mirror's direction leaves it alone (interface.md, directions)."""
        assert machine.mirror is not None
        store = machine.mirror.store
        rows = [row for row in store.agreed.every() if row.path == path]
        moved = [spot for row in rows for spot in store.local.with_inode(row.inode, row.device) if spot != path]
        asked = "SELECT 1 FROM left_item WHERE subject = ? AND reason = 'direction'"
        alone = store.local.is_hidden(path) or any(store._connection.row(asked, (f"path:{spot}",)) for spot in moved)
        if machine.last is not None and machine.last.settled and not machine.last.held and not alone:
            self.broken("I5", f"two items are agreed to be at {path!r} on {machine.name}")

    # --- as requests arrive, and actions end

    def ears(self, machine: Machine) -> Ears:
        """Who listens to this machine."""
        return Ears(self, machine)

    def arrives(self, machine: Machine, call: Call, posted: dict[str, list[str]], file: File | None) -> None:
        """A request of the engine's is about to arrive."""
        itemid = call.itemid
        if itemid is not None and call.endpoint in ("item", "metadata", "media"):
            now, stale = self.ledger.tick(), itemid in machine.stale
            machine.reads[itemid] = 0 if stale else now
            machine.stale.discard(itemid)
            if call.endpoint != "media":
                self._rereads[machine.name, itemid] = now, stale
        if call.endpoint == "delta" and int(call.query.get("offset", 0)) == 0:
            machine.asked = self.ledger.tick()
        if call.endpoint not in _CHANGING or call.effect is Effect.READ:
            return
        self.changing[machine.name] += 1
        if machine.making.policy.direction is Direction.PULL:
            self.broken("direction", f"a mirror that pulls sends a {call.endpoint}")
        self.told(
            f"{machine.name} {call.endpoint} {self._words(posted)}{' ' + self.name(file.blob.key) if file else ''}"
        )
        if file is not None and file.blob.key not in self.ledger.ever:
            self.broken("I9", "bytes are sent that nobody made")
        if call.effect is Effect.CREATE and file is not None:
            self._check_intent(machine, file)
        if itemid is not None:
            if "title" in posted:
                machine.retitled[itemid] = self.ledger.tick()
            self._check_published(machine, itemid, call.endpoint, file)
            self._check_equal(machine, itemid, file)
            if call.endpoint == "delete" or file is not None:
                self._note_limit(machine, itemid, machine.thrown.get(str(itemid), 0) if file is None else 0)
            if call.endpoint == "delete":
                self._check_deletion(machine, itemid)
            if file is not None:
                self.ledger.edited[itemid] = self.ledger.tick()  # for the other machine, as if the artist did it

    def _words(self, posted: dict[str, list[str]]) -> str:
        known = ("title", "folder", "stack")
        return " ".join(f"{key}={value[0]!r}" for key, value in sorted(posted.items()) if key in known)

    def _check_intent(self, machine: Machine, file: File) -> None:
        assert machine.mirror
        store = machine.mirror.store
        conn = store._connection._database
        if conn.in_transaction or not any(i.sha256 == file.blob.key for i in store.intents.every()):
            self.broken("I8", f"{self.name(file.blob.key)} is submitted without a committed intent")
        if any(intent.limbo and intent.sha256 == file.blob.key for intent in store.intents.every()):
            self.broken("W1", f"{self.name(file.blob.key)} is submitted while its submission is in limbo")
        for intent in store.intents.every():
            if intent.sha256 == file.blob.key:
                self.ledger.submits(machine.name, file.blob.key, intent.supersedes)

    def _check_equal(self, machine: Machine, itemid: int, file: File | None) -> None:
        """An item is not replaced by the bytes that it had when it was last read."""
        item, read = self.account.item(itemid), machine.reads.get(itemid, 0)
        if file is None or item is None or not self.ledger.edited.get(itemid, 0) <= read or not read:
            return
        if digest(self.account.content(item)) == file.blob.key:
            self.broken("I6", f"{self.name(file.blob.key)} is sent for an item that holds it already")

    def _note_limit(self, machine: Machine, itemid: int, since: int) -> None:
        """guarantees.md, section 1, Limit: what the server accepted between the last reading of the item, in this very
        step, and this replace or deletion counts as seen by us; nothing else does. One from before its bytes went into
        the trash (`since`) was made to fetch them, and is not the reading right before the deletion. An answer from
        an old copy of the server's state says nothing of what came before (reliability.md, what is not guaranteed)."""
        (read, stale), item = self._rereads.get((machine.name, itemid), (0, False)), self.account.item(itemid)
        if read > since and item is not None and (stale or self.ledger.edited.get(itemid, 0) > read):
            self._limit.add(self.account.key(item))

    def _check_published(self, machine: Machine, itemid: int, endpoint: str, file: File | None) -> None:
        """What was published before the last look that could tell must not be touched any more."""
        at = self.ledger.published.get(itemid)
        if at is None:
            return
        looked = machine.reads.get(itemid, 0) if endpoint == "delete" or file is not None else machine.drained
        if at < looked:
            self.broken("I7", f"{endpoint} of an item that was known to be published")

    def _check_deletion(self, machine: Machine, itemid: int) -> None:
        assert machine.mirror
        item, agreed = self.account.item(itemid), machine.mirror.store.agreed.item(itemid)
        if item is None or item.stack is None:
            return
        key = self.account.key(item)
        if agreed is None:
            self.broken("I3", f"{self.name(key)} is deleted, an item that was never agreed")
            return
        unseen = self.ledger.edited.get(itemid, 0) <= machine.reads.get(itemid, 0)
        if key != agreed.sha256 and unseen:
            self.broken("I3", f"{self.name(key)} is deleted, but {self.name(agreed.sha256)} was agreed")
        if agreed.superseded or not (machine.folder / ".syncd" / "trash").is_dir():
            return
        removed, going = self.ledger.removed[machine.name], self.ledger.going[machine.name]
        if agreed.sha256 not in removed and agreed.path not in going:
            self.broken("I3", f"{self.name(key)} is deleted there, but nobody removed it on {machine.name}")
        trash = {self._hash(*file) for file in _files(f"{machine.folder}/.syncd/trash", ())}
        if agreed.sha256 not in trash:
            self.broken("I1", f"{self.name(key)} is deleted there before it is in the trash")

    def ended(self, machine: Machine, event: ActionEnded) -> None:
        """An action of the engine's ended."""
        self.told(f"{machine.name} {event.action} {event.path!r} {event.outcome} {event.error}".rstrip())
        gone = event.action == "delete-local" and event.outcome is Outcome.DONE
        if gone and event.itemid is not None and event.itemid not in self.account.stash.tree.deleted:
            self.broken("I3", f"{event.path!r} was put into the trash, but its item was never deleted")


def _files(folder: str, but: Collection[str]) -> list[tuple[str, os.stat_result]]:
    """Every regular file below a folder, but for those directories of it and for markers."""
    return [
        (entry.path, entry.stat(follow_symlinks=False))
        for entry in entries_below(folder, but)
        if entry.is_file(follow_symlinks=False) and entry.name != "marker.json"
    ]
