"""Where the remote's words put a file: names for what comes or moves from there.

Law: names stick. A file keeps its name until the remote's title, type or folder changes; a name that is taken is
never taken away; of two that want one name the smaller id is plain. Rotations are broken by one file making way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from syncd.core import names
from syncd.core.model import Agreed
from syncd.core.state import RemoteItem, State, World


def plain_path(remote: RemoteItem, directory: str) -> str:
    """Where the item would be if nobody else wanted that name; its type must be known."""
    assert remote.item.extension is not None
    return names.join(directory, names.file_name(remote.item.title, remote.item.extension))


def wanted_path(state: State, world: World) -> str | None:
    """Where an agreed item's file should be by the remote's words, before collisions; None while its folder has no
    directory. What did not change there keeps what it has here, name and directory each for itself."""
    agreed, remote, local = state.agreed, state.remote, state.local
    if not agreed or not remote:
        return None
    here = local.path if local else agreed.path
    directory: str | None = names.parent_of(here)
    if state.moved_there:
        directory = world.directory(remote.folder)
    elif is_displaced(agreed, world):
        directory = world.directory(agreed.folder)
    if directory is None:
        return None
    if not state.renamed_there:
        return names.join(directory, names.name_of(here))
    extension = remote.item.extension if remote.item.extension is not None else agreed.extension
    return names.join(directory, names.file_name(remote.item.title, extension or ""))


def is_displaced(agreed: Agreed, world: World) -> bool:
    """Whether the folder's directory became another one, and the item's file did not come along."""
    home = world.directory(agreed.folder)
    return home is not None and home != names.parent_of(agreed.path)


class Places:
    """Gives out paths within one plan: each to one item, none that somebody keeps.

    `going`: paths that are freed before anything is placed (deletions of the same plan). `located`: where each agreed
    item's file was found. `wants`: for items whose file moves by the remote's words, where to.
    """

    def __init__(self, world: World, going: Collection[str], located: Iterable[tuple[str, int]], wants: dict[int, str]):
        self._world = world
        self._going = {self._key(path) for path in going}
        self._located = {self._key(path): itemid for path, itemid in located}
        self._given: dict[str, int] = {}
        self._wants = wants

    @staticmethod
    def _key(path: str) -> str:
        return names.join(names.parent_of(path), names.key(names.name_of(path)))

    def holder(self, path: str, itemid: int | None) -> int | str | None:
        """Who else has or was given this path: an item's id, "somebody" who is no item, or None if it is free."""
        key = self._key(path)
        if key in self._given:
            return None if self._given[key] == itemid else self._given[key]
        if key in self._located:
            return None if self._located[key] == itemid else self._located[key]
        owner = self._world.owner(path)
        if owner is None or key in self._going or (owner.itemid is not None and owner.itemid == itemid):
            return None
        return owner.itemid if owner.itemid is not None else "somebody"

    def give(self, path: str, itemid: int) -> str:
        """The path, or one with the item's suffix if it is taken or too long. The same item may ask again."""
        directory = names.parent_of(path)
        name = names.give(
            names.name_of(path), itemid, lambda name: self.holder(names.join(directory, name), itemid) is not None
        )
        given = names.join(directory, name)
        self._given[self._key(given)] = itemid
        return given

    def copy(self, path: str, sha256: str) -> str:
        """A path for the local bytes in a conflict."""
        directory = names.parent_of(path)
        name = names.conflict_copy(
            names.name_of(path), sha256, lambda name: self.holder(names.join(directory, name), None) is not None
        )
        self._given[self._key(names.join(directory, name))] = -1
        return names.join(directory, name)

    def move(self, itemid: int, path: str) -> tuple[str, bool] | None:
        """Where a file that wants `path` goes now, and whether it belongs there; None if it waits for another to leave.

        In a rotation of names (A wants B's, B wants A's) the smallest id makes way under its suffixed name.
        """
        chain = [itemid]
        holder = self.holder(path, itemid)
        while isinstance(holder, int) and holder in self._wants:
            if holder in chain:
                return (self._aside(itemid, path), False) if itemid == min(chain) and holder == itemid else None
            chain.append(holder)
            holder = self.holder(self._wants[holder], holder)
        if len(chain) > 1 and holder is None:
            return None
        return self.give(path, itemid), True

    def _aside(self, itemid: int, path: str) -> str:
        directory, name = names.parent_of(path), names.name_of(path)
        aside = names.with_suffix(name, names.base36(itemid))
        return self.give(names.join(directory, aside), itemid)
