"""What the planner is told of the folders, and how they will be once the steps planned so far are done.

Law: observations and look-ups only; `folders` decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from syncd.core import names
from syncd.core.model import Abilities, AgreedFolder, Direction, Folder


@dataclass(frozen=True, slots=True)
class FolderState:
    """One folder from three sides.

    `remote` is None once it is gone there (or is an automatic wrapper, which is no directory), and its `parent` is the
    user's folder it is in. `directory` is the path where its directory is now, None if nowhere. `busy`: agreed items
    are still in it. `whole`: every agreed folder whose directory is below its own is below it on the remote too.
    `hidden`: where its directory is shows only once some files are quiet.
    """

    agreed: AgreedFolder | None
    remote: Folder | None
    directory: str | None
    busy: bool = False
    whole: bool = True
    hidden: bool = False


def _never(_path: object) -> bool:
    return False


def _no_folder(_path: str) -> AgreedFolder | None:
    return None


@dataclass(frozen=True, slots=True)
class Ground:
    """What surrounds the folders: look-ups that answer from one snapshot.

    `folder(id)`, `folder_at(directory)`: the agreed ones. `occupied(path)`: a file, or a directory under an equal but
    other name, is there. `exists(path)`: exactly this directory is there. `filed(path)`: a mirrored file is there.
    `ignored(path)`: by the rules. `left_alone(path)`: something is there, or above it, that is not mirrored.
    `refused(id)`: the remote has refused to rename the folder.
    """

    direction: Direction
    abilities: Abilities
    folder: Callable[[int], AgreedFolder | None]
    folder_at: Callable[[str], AgreedFolder | None] = _no_folder
    occupied: Callable[[str], bool] = _never
    exists: Callable[[str], bool] = _never
    filed: Callable[[str], bool] = _never
    ignored: Callable[[str], bool] = _never
    left_alone: Callable[[str], bool] = _never
    refused: Callable[[int], bool] = _never


@dataclass(slots=True)
class Overlay:
    """The agreed folders as they will be after the steps planned so far, the directories that will have moved, the
    folders that only made way, and (`located`) whose directories are elsewhere than agreed. `given`: directories that
    were there and are another folder's from now on."""

    ground: Ground
    moved: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    aside: set[int] = field(default_factory=set)
    located: dict[str, int] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _paths: dict[int, str] = field(default_factory=dict)
    _owners: dict[str, AgreedFolder] = field(default_factory=dict)

    def is_moving(self, path: str) -> bool:
        """Whether a directory above this one moves in this plan, or is still to: what is in it is not known yet."""
        for above in names.above(path):
            found = self.located.get(above)
            stays = found is None or above in self.moved or self._paths.get(found) == above
            if above in self.arrived or not stays:
                return True
        return False

    def settle(self, folder: AgreedFolder, path: str) -> None:
        """From now on the folder is at `path`."""
        self._paths[folder.id] = path
        self._owners[names.path_key(path)] = folder

    def path(self, folder: int | None) -> str | None:
        """The directory of a folder; None while it has none."""
        if folder is None:
            return ""
        if folder in self._paths:
            return self._paths[folder]
        agreed = self.ground.folder(folder)
        return agreed.path if agreed else None

    def at(self, path: str) -> AgreedFolder | None:
        """Whose directory this is."""
        if owner := self._owners.get(names.path_key(path)):
            return owner
        agreed = self.ground.folder_at(path)
        return None if agreed and self._paths.get(agreed.id, path) != path else agreed

    def exists(self, path: str) -> bool:
        """Whether the directory will be there."""
        return path in self._made or (self.ground.exists(path) and path not in self.moved)

    def is_filed(self, path: str) -> bool:
        """Whether a file is where this directory, or one above it, was: the directory cannot come back there."""
        while path:
            if self.ground.filed(path):
                return True
            path = names.parent_of(path)
        return False

    def make(self, path: str) -> None:
        """From now on the directory is there, and those above it."""
        while path:
            self._made.add(path)
            path = names.parent_of(path)

    def free_path(self, folder: Folder, own: str | None) -> str:
        """The directory for a folder's title: the plain one unless another folder or a file has it. `own` is where its
        directory is now; its parent must have one."""
        parent = self.path(folder.parent)
        assert parent is not None
        *above, last = names.directory_components(folder.title)
        for component in above:
            parent = self._give(parent, component, folder.id, lambda path: self._blocked(path, own))
        return self._give(
            parent, last, folder.id, lambda path: self._blocked(path, own) or self._has_other(path, folder)
        )

    def _blocked(self, path: str, own: str | None) -> bool:
        if own is None or names.path_key(path) != names.path_key(own):
            return self.ground.occupied(path)
        return path != own and (self.ground.left_alone(path) or self.ground.filed(path))  # just this spelling is taken

    def _has_other(self, path: str, folder: Folder) -> bool:
        owner = self.at(path)
        found = None if path in self.moved else self.located.get(path)
        return (owner is not None and owner.id != folder.id) or (found is not None and found != folder.id)

    @staticmethod
    def _give(parent: str, component: str, identity: int, taken: Callable[[str], bool]) -> str:
        name = names.give(component, identity, lambda name: taken(names.join(parent, name)), directory=True)
        return names.join(parent, name)
