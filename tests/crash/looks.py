"""What a kill leaves behind, as one digest: two kills that leave the same world need to be recovered from only once.

It has everything that a process can read when it starts again: every file with its times and inode, what the database
has committed, the server's state, the clock, and how far the script is. What the dead process knew is not in it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator

from tests.crash.world import CrashWorld
from tests.sim.machine import Machine
from tests.sim.power import Power
from tests.sim.shelf import SHELF


class Reader:
    """Reads what the machine's database has committed."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._read: tuple[int, int] | None = None
        self._digest = ""

    def digest(self) -> str:
        """A digest of every committed row. Every transaction is asked of before it begins (`db.begin`), so what is
        open now began with what was read last."""
        database = self._machine.database
        if not database.exists():
            return ""
        with SHELF.reading(database) as connection:
            read = database.stat().st_ino, connection.total_changes
            if not connection.in_transaction and read != self._read:
                self._read, self._digest = read, _digest(list(_rows(connection)))
        return self._digest


def _rows(connection: sqlite3.Connection) -> Iterator[object]:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        yield table, sorted((row for row in rows if "marker" not in row), key=repr)  # the marker is a random number


def _digest(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def digest_of(world: CrashWorld, reader: Reader, position: int) -> str:
    """The digest of what would be left if the process ended now, with so many steps of the script begun."""
    stash, disk, clock = world.account.stash, world.disk, world.clock
    parts = (
        position,
        list(_files(world)),
        (disk._free, disk._next, disk.touched),
        reader.digest(),
        (stash.revision, sorted(stash.tree.items.items()), sorted(stash.tree.stacks.items())),
        sorted(stash.tree.deleted),
        (clock.elapsed, clock.offset),
        sorted(world.ledger.owed),
        list(_pending(world, world.machine.making.power)),
    )
    return _digest(parts)


def _pending(world: CrashWorld, power: Power | None) -> Iterator[object]:
    """What a power loss would take: how each change of a name is undone, and how many bytes of which file stay."""

    def plain(value: object) -> str:
        return f"inode {_inode(world, value)}" if type(value) is int else str(value).replace(str(world.home), "")

    if power is not None:
        for change in power._changes:
            cells = change.undo.__closure__ or ()
            yield sorted(map(plain, change.waits)), [plain(cell.cell_contents) for cell in cells]
        yield sorted((_inode(world, inode), length) for inode, length in power._durable.items())
        yield sorted(_inode(world, inode) for inode in power._doomed)


def _inode(world: CrashWorld, real: object) -> int:
    stamp = world.disk._stamps.get(real) if isinstance(real, int) else None
    return stamp.inode if stamp else 0


def _files(world: CrashWorld) -> Iterator[object]:
    for above, directories, names in os.walk(world.machine.folder):
        directories.sort()
        yield above.removeprefix(str(world.home))
        for name in sorted(names):
            status = os.lstat(f"{above}/{name}")
            content = "" if name == "marker.json" else world.oracle._hash(f"{above}/{name}", status)
            yield name, world.disk._stamps.get(status.st_ino), content
