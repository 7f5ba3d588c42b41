"""The plan for folders: which directory is which folder, and who follows whom.

Law: a folder's directory sticks like a file's name; it changes when somebody renames or moves either. The remote wins
where both did. No folder is ever deleted on the remote, and no directory that has anything of the user's in it.
Folders are settled before the items in them, shallow ones first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from syncd.core import names
from syncd.core.actions import AgreeFolder, FolderAction, ForgetFolder, MoveDirectory, RenameFolder, UnmakeFolder
from syncd.core.ground import FolderState, Ground, Overlay
from syncd.core.model import AgreedFolder, Direction, Folder
from syncd.core.sending import folder_title, nearest_folder

__all__ = ["FolderState", "Ground", "differing", "plan_folders"]


class _Way(Enum):
    """Who follows whom."""

    NEITHER = auto()
    DIRECTORY = auto()
    FOLDER = auto()


_Pending = Mapping[int, FolderState]


def plan_folders(states: Sequence[FolderState], ground: Ground) -> list[FolderAction]:
    """What to do about these folders; an empty list once they are settled. Repeatable; order does not matter.

    The actions are carried out in their order. A folder waits for the one that has its name and is to leave it; in a
    rotation the first makes way, and the next plan brings it home.
    """
    elsewhere = [s for s in states if s.agreed and s.directory is not None and s.directory != s.agreed.path]
    overlay = Overlay(ground, located={s.directory: s.agreed.id for s in elsewhere if s.agreed and s.directory})
    actions: list[FolderAction] = []
    pending = {_id(state): state for state in sorted(states, key=_order)}
    while pending:
        ready = [state for state in pending.values() if not _waits(state, overlay, pending)]
        free = [state for state in ready if _rival(state, overlay, pending) is None]
        for state in free or ready[:1]:
            step = (
                _step(state, overlay)
                if state in free or not _turns(state, overlay, pending)
                else _aside(state, overlay)
            )
            actions += [step] if step else []
            del pending[_id(state)]
        if not ready:
            break
    return actions


def differing(states: Sequence[FolderState], ground: Ground) -> set[int]:
    """The folders that one side has otherwise than agreed. While a step for another fails, they may wait for it."""
    fresh = {_id(state) for state in states if state.remote and not state.agreed}
    return fresh | {_id(state) for state in states if _way(state, ground) is not _Way.NEITHER}


def _id(state: FolderState) -> int:
    return state.agreed.id if state.agreed else state.remote.id if state.remote else 0


def _order(state: FolderState) -> tuple[int, int]:
    return state.agreed.path.count("/") if state.agreed else 0, _id(state)


def _way(state: FolderState, ground: Ground) -> _Way:
    agreed, remote = state.agreed, state.remote
    if agreed is None or remote is None or ground.ignored(agreed.path):
        return _Way.NEITHER
    renamed_there = (remote.title, remote.parent) != (agreed.title, agreed.parent)
    if renamed_there and ground.direction is not Direction.PUSH:
        return _Way.DIRECTORY
    moved_here = agreed.made and state.directory is not None and state.directory != agreed.path
    return _Way.FOLDER if moved_here and ground.direction is not Direction.PULL else _Way.NEITHER


def _waits(state: FolderState, overlay: Overlay, pending: _Pending) -> bool:
    """Whether the folder's parent has no directory yet, or is itself still to be decided in this plan; or, of a new
    one, whose directory a directory above its own will be."""
    parent = state.remote.parent if state.remote else None
    if parent is not None:
        above = pending.get(parent)
        undecided = above is not None and (above.agreed is None or _way(above, overlay.ground) is not _Way.NEITHER)
        if undecided or parent in overlay.aside or overlay.path(parent) is None:
            return True
    if state.agreed or not state.remote or not overlay.located:
        return False
    return any(overlay.located.get(above) in pending for above in names.above(overlay.free_path(state.remote, None)))


def _rival(state: FolderState, overlay: Overlay, pending: _Pending) -> FolderState | None:
    """Who has the name that this folder is to get, and is to leave it in this plan."""
    agreed, remote = state.agreed, state.remote
    way = _way(state, overlay.ground)
    if way is _Way.NEITHER or not agreed or not remote:
        return None
    others = [s for s in pending.values() if s is not state and _way(s, overlay.ground) is way]
    if way is _Way.FOLDER:
        wanted = _title_here(agreed, state.directory or "", overlay)
        return next((s for s in others if s.remote and (s.remote.title, s.remote.parent) == wanted), None)
    path = names.join(overlay.path(remote.parent) or "", "/".join(names.directory_components(remote.title)))
    owner = overlay.at(path)
    return next((s for s in others if owner and s.agreed and s.agreed.id == owner.id), None)


def _turns(state: FolderState, overlay: Overlay, pending: _Pending) -> bool:
    """Whether the folder is in a rotation of names, or next to one; not whether it waits for one that cannot move."""
    rival = _rival(state, overlay, pending)
    if rival is None or _waits(rival, overlay, pending) or state.directory is None:
        return False
    return state.whole or _way(state, overlay.ground) is _Way.FOLDER


def _aside(state: FolderState, overlay: Overlay) -> FolderAction | None:
    """Make way on the side that is to follow; what is agreed of the other side stays, so this is not the end of it."""
    agreed, remote = state.agreed, state.remote
    assert agreed and remote
    suffix, reason = names.base36(agreed.id), "makes way in a rotation of names"
    overlay.aside.add(agreed.id)
    if _way(state, overlay.ground) is _Way.FOLDER:
        return RenameFolder(agreed, agreed.path, f"{agreed.title} ({suffix})", agreed.parent, reason)
    before = Folder(agreed.id, agreed.title, agreed.parent, remote.listed)
    name = names.with_suffix(names.name_of(agreed.path), suffix, directory=True)
    return _move(state, before, names.join(names.parent_of(agreed.path), name), overlay, reason)


def _step(state: FolderState, overlay: Overlay) -> FolderAction | None:
    agreed, remote = state.agreed, state.remote
    if agreed is None:
        return _agree(remote, overlay) if remote else None
    if remote is None:
        return None if state.busy else ForgetFolder(agreed, "gone there")
    here = state.directory
    if state.hidden:
        return None
    if here is not None and any(names.within(here, above) for above in overlay.moved):
        return None  # it moves with what is above it; the next plan sees where it is then
    if here is not None and not overlay.ground.exists(here):
        return None  # it is another thing now, or below one, and is left alone
    way = _way(state, overlay.ground)
    if way is _Way.DIRECTORY:
        return _move(state, remote, overlay.free_path(remote, state.directory), overlay, "renamed or moved there")
    if way is _Way.FOLDER:
        return _follow_local(agreed, remote, state.directory or "", overlay)
    return _stay(state, agreed, remote, overlay)


def _stay(state: FolderState, agreed: AgreedFolder, remote: Folder, overlay: Overlay) -> FolderAction | None:
    if overlay.ground.ignored(agreed.path):
        return None
    if state.directory is None:
        if overlay.ground.direction is not Direction.PUSH and overlay.is_filed(agreed.path):
            return _move(state, remote, overlay.free_path(remote, None), overlay, "a file is where its directory was")
        return UnmakeFolder(agreed, "its directory was deleted here") if agreed.made else None
    comes_home = overlay.ground.direction is Direction.PULL and state.busy  # (it is known by a file of its items)
    if not agreed.made and not comes_home:
        return _move(state, remote, state.directory, overlay, "its directory is back")
    if state.directory != agreed.path:
        return _move(state, remote, agreed.path, overlay, "renamed here, where nothing is to be changed")
    return None


def _agree(remote: Folder, overlay: Overlay) -> FolderAction | None:
    path = overlay.free_path(remote, None)
    if overlay.is_moving(path):
        return None
    overlay.settle(AgreedFolder(remote.id, path, remote.title, remote.parent, 0, 0), path)
    ground = overlay.ground
    may = ground.direction is not Direction.PUSH and not ground.ignored(path) and not ground.left_alone(path)
    make = may and not overlay.exists(path)
    if make:
        overlay.make(path)
    return AgreeFolder(remote, path, make=make, reason="new there")


def _move(state: FolderState, remote: Folder, path: str, overlay: Overlay, reason: str) -> FolderAction | None:
    """Bring the directory to the path; where it cannot be moved as one, its items move one by one."""
    agreed, here = state.agreed, state.directory
    assert agreed
    if here != path and (overlay.is_moving(path) or (here and overlay.ground.left_alone(names.parent_of(path)))):
        return None
    overlay.settle(agreed, path)
    fixed = not state.whole or here in overlay.given
    if here is None or path == here or fixed or names.within(path, here) or overlay.exists(path):
        make = here is not None and not overlay.exists(path)
        overlay.make(path) if make else overlay.given.add(path)
        return AgreeFolder(remote, path, make=make, reason=reason)
    overlay.moved.add(here)
    overlay.arrived.add(path)
    overlay.make(path)
    return MoveDirectory(agreed, remote, path, reason, here)


def _title_here(agreed: AgreedFolder, path: str, overlay: Overlay) -> tuple[str, int | None]:
    """The title and the parent that say that the folder is at `path`; its title stays if only what is above moved."""
    base, parent = nearest_folder(path, overlay.at, overlay.ground.abilities)
    below = names.below(path, base)
    same = ("/" + agreed.path).endswith("/" + below) and len(names.directory_components(agreed.title)) == below.count(
        "/"
    ) + 1
    return names.without_suffix(agreed.title if same else folder_title(below), agreed.id), parent


def _follow_local(agreed: AgreedFolder, remote: Folder, path: str, overlay: Overlay) -> FolderAction:
    title, parent = _title_here(agreed, path, overlay)
    overlay.settle(agreed, path)
    if overlay.ground.refused(agreed.id) and overlay.is_filed(agreed.path):
        return AgreeFolder(remote, path, make=False, reason="its renaming is refused, and a file is where it was")
    if not overlay.ground.abilities.rename_folders or (title, parent) == (agreed.title, agreed.parent):
        return AgreeFolder(remote, path, make=False, reason="renamed or moved here, which says nothing new there")
    return RenameFolder(agreed, path, title, parent, "renamed or moved here")
