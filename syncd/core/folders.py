"""The plan for folders: which directory is which folder, and who follows whom.

Law: a folder's directory sticks like a file's name; it changes when somebody renames or moves either. The remote wins
where both did. No folder is ever deleted on the remote, and no directory that has anything of the user's in it.
Folders are settled before the items in them, shallow ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from syncd.core import names
from syncd.core.actions import AgreeFolder, FolderAction, ForgetFolder, MoveDirectory, RenameFolder, UnmakeFolder
from syncd.core.model import Abilities, AgreedFolder, Direction, Folder
from syncd.core.sending import folder_title, nearest_folder


@dataclass(frozen=True, slots=True)
class FolderState:
    """One folder from three sides.

    `remote` is None once it is gone there (or is an automatic wrapper, which is no directory), and its `parent` is the
    user's folder it is in. `directory` is the path where its directory is now, None if nowhere. `busy`: agreed items
    are still in it. `whole`: every agreed folder whose directory is below its own is below it on the remote too.
    """

    agreed: AgreedFolder | None
    remote: Folder | None
    directory: str | None
    busy: bool = False
    whole: bool = True


def _never(_path: str) -> bool:
    return False


def _no_folder(_path: str) -> AgreedFolder | None:
    return None


@dataclass(frozen=True, slots=True)
class Ground:
    """What surrounds the folders: look-ups that answer from one snapshot.

    `folder(id)`, `folder_at(directory)`: the agreed ones. `occupied(path)`: a file, or a directory under an equal but
    other name, is there. `exists(path)`: exactly this directory is there. `ignored(path)`: by the rules.
    """

    direction: Direction
    abilities: Abilities
    folder: Callable[[int], AgreedFolder | None]
    folder_at: Callable[[str], AgreedFolder | None] = _no_folder
    occupied: Callable[[str], bool] = _never
    exists: Callable[[str], bool] = _never
    ignored: Callable[[str], bool] = _never


@dataclass(slots=True)
class _Overlay:
    """The agreed folders as they will be after the actions planned so far."""

    ground: Ground
    _paths: dict[int, str] = field(default_factory=dict)
    _owners: dict[str, AgreedFolder] = field(default_factory=dict)

    def settle(self, folder: AgreedFolder, path: str) -> None:
        self._paths[folder.id] = path
        self._owners[path] = folder

    def path(self, folder: int | None) -> str | None:
        if folder is None:
            return ""
        if folder in self._paths:
            return self._paths[folder]
        agreed = self.ground.folder(folder)
        return agreed.path if agreed else None

    def at(self, path: str) -> AgreedFolder | None:
        if path in self._owners:
            return self._owners[path]
        agreed = self.ground.folder_at(path)
        return None if agreed and self._paths.get(agreed.id, path) != path else agreed


def plan_folders(states: Sequence[FolderState], ground: Ground) -> list[FolderAction]:
    """What to do about these folders; an empty list once they are settled. Repeatable; order does not matter."""
    overlay = _Overlay(ground)
    actions: list[FolderAction] = []
    later = sorted(states, key=_order)
    while later:
        again: list[FolderState] = []
        for state in later:
            if _waits(state, overlay, again):
                again.append(state)
            elif action := _step(state, overlay):
                actions.append(action)
        if len(again) == len(later):
            break
        later = again
    return actions


def _order(state: FolderState) -> tuple[int, int]:
    depth = state.agreed.path.count("/") if state.agreed else 0
    return depth, state.agreed.id if state.agreed else state.remote.id if state.remote else 0


def _waits(state: FolderState, overlay: _Overlay, waiting: Iterable[FolderState]) -> bool:
    """Whether the folder's parent has no directory yet, or is itself still to be decided in this plan."""
    if state.remote is None or state.remote.parent is None:
        return False
    parent = state.remote.parent
    undecided = {s.remote.id for s in waiting if s.remote}
    return overlay.path(parent) is None or parent in undecided


def _step(state: FolderState, overlay: _Overlay) -> FolderAction | None:
    agreed, remote = state.agreed, state.remote
    if agreed is None:
        return _agree(remote, overlay) if remote else None
    if remote is None:
        return None if state.busy else ForgetFolder(agreed, "gone there")
    renamed_there = (remote.title, remote.parent) != (agreed.title, agreed.parent)
    if renamed_there and overlay.ground.direction is not Direction.PUSH:
        return _follow_remote(state, agreed, remote, overlay)
    if state.directory is None:
        overlay.settle(agreed, agreed.path)
        return UnmakeFolder(agreed, "its directory was deleted here") if agreed.made else None
    if not agreed.made:
        overlay.settle(agreed, state.directory)
        return AgreeFolder(remote, state.directory, make=False, reason="its directory is back")
    if state.directory != agreed.path:
        return _follow_local(agreed, remote, state.directory, overlay)
    return None


def _agree(remote: Folder, overlay: _Overlay) -> FolderAction | None:
    path = _free_path(remote, overlay)
    ground = overlay.ground
    if path is None or ground.ignored(path):
        return None
    overlay.settle(AgreedFolder(remote.id, path, remote.title, remote.parent, 0, 0), path)
    make = not ground.exists(path) and ground.direction is not Direction.PUSH
    return AgreeFolder(remote, path, make=make, reason="new there")


def _free_path(remote: Folder, overlay: _Overlay) -> str | None:
    """The directory for a folder's title: the plain one unless another folder or a file has it."""
    parent = overlay.path(remote.parent)
    if parent is None:
        return None
    *above, last = names.directory_components(remote.title)
    for component in above:
        parent = names.join(parent, component)

    def taken(name: str) -> bool:
        path = names.join(parent, name)
        owner = overlay.at(path)
        return overlay.ground.occupied(path) or (owner is not None and owner.id != remote.id)

    return names.join(parent, names.give(last, remote.id, taken, directory=True))


def _follow_remote(state: FolderState, agreed: AgreedFolder, remote: Folder, overlay: _Overlay) -> FolderAction | None:
    path = _free_path(remote, overlay)
    if path is None:
        return None
    overlay.settle(agreed, path)
    if path == state.directory or state.directory is None or not state.whole:
        make = state.directory is not None and path != state.directory
        return AgreeFolder(remote, path, make=make, reason="renamed or moved there")
    return MoveDirectory(agreed, remote, path, "renamed or moved there")


def _follow_local(agreed: AgreedFolder, remote: Folder, path: str, overlay: _Overlay) -> FolderAction | None:
    if overlay.ground.direction is Direction.PULL:
        return MoveDirectory(agreed, remote, agreed.path, "renamed here, where nothing is to be changed")
    base, parent = nearest_folder(path, overlay.at, overlay.ground.abilities)
    old_base = overlay.ground.folder(agreed.parent) if agreed.parent is not None else None
    old_below = names.below(agreed.path, old_base.path if old_base else "")
    new_below = names.below(path, base)
    title = agreed.title if new_below == old_below else folder_title(new_below)
    overlay.settle(agreed, path)
    return RenameFolder(agreed, path, title, parent, "renamed or moved here")
