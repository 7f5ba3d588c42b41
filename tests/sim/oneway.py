"""The end of a mirror that goes one way: what it must have brought over, and what it must never do (interface.md).

A pull never changes the remote, and at rest every item that can be fetched is here, unless somebody edited its file. A
push writes nothing visible here, and at rest every file that it may send is there with these bytes, unless somebody
changed or deleted its item there.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from syncd.core.model import Agreed
from syncd.server.model import Item
from tests.sim.ledger import digest
from tests.sim.machine import Machine
from tests.sim.oracle import Violation
from tests.sim.spots import visible

if TYPE_CHECKING:
    from tests.sim.world import World

WRITES = frozenset(
    "place.renamed place.exchanged move.renamed park.renamed make-directory.made remove-directory.removed"
    " move-directory.renamed".split()
)
"""The points right after a visible write. What comes out of the trash, only a person's own command brings back."""


def forbidden(direction: str) -> frozenset[str]:
    """The points that a mirror of this direction never passes, unless a person rejected something: that comes back."""
    return WRITES if direction == "push" else frozenset()


def judge_pull(world: World, machine: Machine, listed: Collection[object], ignored: Collection[int]) -> None:
    """Every item is here with its bytes, unless its file was edited here."""
    assert machine.mirror
    agreed = {row.id: row for row in machine.mirror.store.agreed.every()}
    for item in world.account.live():
        row = agreed.get(item.id)
        if item.id in listed or item.id in ignored:
            continue
        if row is None:
            raise Violation("I15", f"{_name(world, item)} ({item.title!r}) never came to {machine.name}, which pulls")
        spot = machine.folder / row.path
        if row.path in listed:
            continue
        edited = spot.is_file() and world.oracle.hash(spot) != row.sha256
        if not spot.is_file():
            raise Violation("I15", f"{_name(world, item)} is gone from {row.path!r} on {machine.name}, which pulls")
        if not edited and row.sha256 != digest(world.account.content(item)):
            raise Violation("I15", f"{row.path!r} on {machine.name} is not what {item.title!r} is")


def judge_push(world: World, machine: Machine, listed: Collection[object], left: Collection[str]) -> None:
    """Every file that may be sent was sent; what others did there since then is theirs."""
    assert machine.mirror
    rows = list(machine.mirror.store.agreed.every())
    for path in visible(machine.folder):
        name = os.fsencode(path.relative_to(machine.folder)).decode(errors="backslashreplace")
        if name in left or name in listed or any(name.startswith(f"{above}/") for above in left):
            continue
        sha256 = world.oracle.hash(path)
        # A file that was renamed after others took its item is left where it is: it counts by its bytes, or by itself.
        inode = world.disk.stamp(path.lstat().st_ino).inode
        of_it = [row for row in rows if row.path == name] or [row for row in rows if sha256 == row.sha256]
        of_it = of_it or [row for row in rows if row.inode == inode]
        if not of_it:
            raise Violation("I15", f"{name!r} on {machine.name}, which pushes, was never sent")
        if not any(_is_sent(world, row, sha256) or {row.id, row.path} & set(listed) for row in of_it):
            raise Violation("I15", f"{name!r} on {machine.name}, which pushes, was not sent as it is")


def _is_sent(world: World, row: Agreed, sha256: str) -> bool:
    """Whether the item holds these bytes, or somebody else changed or took it since."""
    item = world.account.item(row.id)
    if row.released or item is None or item.stack is None or item.id in world.ledger.edited:
        return True
    held = world.oracle.name(digest(world.account.content(item)))
    return row.sha256 == sha256 and held in (world.oracle.name(sha256), world.oracle.name(sha256) + "'")


def _name(world: World, item: Item) -> str:
    return world.oracle.name(digest(world.account.content(item)))
