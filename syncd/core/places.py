"""Where the remote's words put a file: names for what comes or moves from there.

Law: names stick. A file keeps its name until the remote's title, type or folder changes; a name that is taken is
never taken away; of two that want one name the smaller id is plain. Rotations are broken by one file making way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from syncd.core import names
from syncd.core.model import Agreed, Direction
from syncd.core.state import Owner, RemoteItem, State, World

_COPY = -1  # who a path is given to that will be a new file's; no item has this id


def plain_path(remote: RemoteItem, directory: str) -> str:
    """Where the item would be if nobody else wanted that name. A type that is unknown even after the bytes were seen
    is none."""
    return names.join(directory, names.file_name(remote.item.title, remote.item.extension or ""))


def wanted_path(state: State, world: World) -> str | None:
    """Where an agreed item's file should be by the remote's words, before collisions; None while its folder has no
    directory. What did not change there keeps what it has here, name and directory each for itself; on a mirror that
    only pulls, what it had when it was agreed."""
    agreed, remote, local = state.agreed, state.remote, state.local
    assert agreed
    here = local.path if local and world.direction is not Direction.PULL else agreed.path
    directory: str | None = names.parent_of(here)
    if remote and state.moved_there:
        directory = world.directory(remote.folder)
    elif is_displaced(agreed, world):
        directory = world.directory(agreed.folder)
    if directory is None:
        return None
    if not remote or not state.renamed_there or _is_said_here(agreed, names.name_of(here), remote):
        return names.join(directory, names.name_of(here))
    extension = remote.item.extension if remote.item.extension is not None else agreed.extension
    if extension is None:  # the remote does not tell types: the file keeps the one it has
        extension = names.split(names.name_of(here))[1]
    return names.join(directory, names.file_name(remote.item.title, extension))


def _is_said_here(agreed: Agreed, name: str, remote: RemoteItem) -> bool:
    """Whether the file's new name already says what the remote's new title says, as after our own request (I12)."""
    other_type = remote.item.extension not in {None, agreed.extension}
    renamed = name != names.name_of(agreed.path)
    return renamed and not other_type and names.title_of_file(name, agreed.id) == remote.item.title


def is_displaced(agreed: Agreed, world: World) -> bool:
    """Whether the folder's directory became another one, and the item's file did not come along."""
    home = world.directory(agreed.folder)
    return home is not None and home != names.parent_of(agreed.path)


class Places:
    """Gives out paths within one plan: each to one item, none that somebody keeps.

    `going`: paths that are freed before anything is placed (deletions of the same plan, and what items had before they
    were renamed here), and by whom: what another item has under an equal name stays. `located`: where each file was
    found, and whose it is (None: nobody's yet). `wants`: for items whose file moves by the remote's words, where to.
    `moves`: where each of these goes now, and whether it belongs there, in an order in which everybody finds the place
    free: the one in the way leaves first. In a rotation of names (A wants B's, B wants A's) the smallest id makes way
    under its suffixed name.
    """

    def __init__(
        self,
        world: World,
        going: Iterable[tuple[str, int]],
        located: Iterable[tuple[str, int | None]],
        wants: dict[int, str],
    ):
        self._world = world
        self._going: dict[str, set[int | None]] = defaultdict(set)
        for path, leaver in going:
            self._going[names.path_key(path)] |= {leaver, None}
        self._located: dict[str, set[int | None]] = defaultdict(set)
        self._keys: dict[int | None, str] = {}
        for path, itemid in located:
            self._keys[itemid] = names.path_key(path)
            self._located[names.path_key(path)].add(itemid)
        self._given: dict[str, int] = {}
        self._wants = wants
        self.moves: dict[int, tuple[str, bool]] = {}
        for itemid in sorted(wants):
            while itemid not in self.moves:
                self._walk(itemid)

    def holder(self, path: str, itemid: int) -> int | str | None:
        """Who else has or was given this path: an item's id, "somebody" who is no item, or None if it is free."""
        key = names.path_key(path)
        if key in self._given:
            return None if self._given[key] == itemid else self._given[key]
        if here := self._located.get(key, set()) - {itemid}:
            return "somebody" if None in here else min(one for one in here if one is not None)
        owner = self._world.owner(path)
        own = itemid in self._located.get(key, set())  # however it is spelt; others may have this spelling
        if self._world.left_alone(path) or owner == Owner(None, None):  # (a directory does not go)
            return "somebody"
        if owner is None or owner.itemid in self._going[key] | {itemid} or (own and owner.itemid is None):
            return None
        return owner.itemid if owner.itemid is not None else "somebody"

    def give(self, path: str, itemid: int) -> str:
        """The path, or one with the item's suffix if it is taken or too long. The same item may ask again."""
        directory = names.parent_of(path)
        name = names.give(
            names.name_of(path), itemid, lambda name: self.holder(names.join(directory, name), itemid) is not None
        )
        given = names.join(directory, name)
        self._given[names.path_key(given)] = itemid
        return given

    def copy(self, path: str, sha256: str) -> str:
        """A path for the local bytes in a conflict; one where they are already, if an earlier try made it."""
        directory = names.parent_of(path)

        def taken(name: str) -> bool:
            spot = names.join(directory, name)
            if names.path_key(spot) in self._given:
                return True
            return self._world.bytes_at(spot) != sha256 and self.holder(spot, _COPY) is not None

        copy = names.join(directory, names.conflict_copy(names.name_of(path), sha256, taken))
        self._given[names.path_key(copy)] = _COPY
        return copy

    def _walk(self, itemid: int) -> None:
        """Follow who stands in whose way to the end, and move them from there; a ring is opened first."""
        chain = [itemid]
        seen = {itemid}
        while isinstance(holder := self.holder(self._wants[chain[-1]], chain[-1]), int) and self._is_to_leave(holder):
            if holder in seen:
                ring = chain[chain.index(holder) :]
                self._leave(min(ring), aside=True)
                return
            chain.append(holder)
            seen.add(holder)
        for mover in reversed(chain):
            self._leave(mover, aside=False)

    def _is_to_leave(self, itemid: int) -> bool:
        return itemid in self._wants and itemid not in self.moves

    def _leave(self, itemid: int, *, aside: bool) -> None:
        path = self._wants[itemid]
        if aside:
            name = names.with_suffix(names.name_of(path), names.base36(itemid))
            path = names.join(names.parent_of(path), name)
        given = self.give(path, itemid)
        self.moves[itemid] = given, not aside
        old = self._keys.get(itemid)
        if old is not None and old != names.path_key(given):
            self._located[old].discard(itemid)
            self._going[old] |= {itemid, None}
