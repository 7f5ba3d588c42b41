"""An item's place: which request or which move brings its name and directory together again.

Law: each of name and directory goes the way of the side that changed it, and the remote's where both did
(W9, W12, W13).
"""

from __future__ import annotations

from syncd.core import names
from syncd.core.actions import Adopt, Follow, MoveFile, MoveItem, Retitle, Upload
from syncd.core.model import Agreed, Direction, LocalFile
from syncd.core.places import is_displaced, wanted_path
from syncd.core.state import State, World
from syncd.core.steps import LIVE, Left, Scene, Step, Waiting, item_of
from syncd.core.verdicts import Here


def place_step(state: State, scene: Scene) -> Step | None:
    """What to do about the place of an item that both sides hold; None where its file is where it belongs."""
    agreed, local = state.agreed, state.local
    if not agreed or not local or state.hidden or agreed.released or agreed.superseded or state.there not in LIVE:
        return None
    world = scene.world
    theirs = world.direction is not Direction.PUSH
    renamed_there = theirs and state.renamed_there
    moved_there = theirs and (state.moved_there or is_displaced(agreed, world))
    if world.direction is not Direction.PULL:
        if names.parent_of(local.path) != names.parent_of(agreed.path) and not moved_there:
            return _move_item(state, agreed, local, scene)
        if names.name_of(local.path) != names.name_of(agreed.path) and not renamed_there:
            return _retitle(state, agreed, local, world)
    if renamed_there or moved_there or (world.direction is Direction.PULL and local.path != agreed.path):
        return _move_file(state, agreed, local, scene)
    return None


def _move_item(state: State, agreed: Agreed, local: LocalFile, scene: Scene) -> Step:
    directory, world = names.parent_of(local.path), scene.world
    if scene.targets.exists(directory) and scene.targets.folder(directory) == agreed.folder:
        return Follow(agreed, local, "its folder is the same")
    if not world.abilities.move:
        return Left(local.path, "not-offered")
    if state.remote is None:
        return Waiting(local.path, agreed.id, "the server has not listed it yet")
    target = scene.targets.target(directory)
    if target is None:
        return Waiting(local.path, agreed.id, "its folder is being made")
    if scene.targets.exists(directory) or world.abilities.moves_make_folders:
        return MoveItem(state.remote.item, agreed, local, target, "moved here")
    return Upload(
        local, agreed.title, target, state.remote.item, "moved here into a folder that only a submission can make"
    )


def _retitle(state: State, agreed: Agreed, local: LocalFile, world: World) -> Step:
    title = names.title_of_file(names.name_of(local.path))
    if title == agreed.title:
        return Follow(agreed, local, "its title is the same")
    if not world.abilities.edit:
        return Left(local.path, "not-offered")
    return Retitle(item_of(state), agreed, local, title, "renamed here")


def _move_file(state: State, agreed: Agreed, local: LocalFile, scene: Scene) -> Step | None:
    remote = state.remote
    if remote is None:
        return None
    reverted = not state.renamed_there and not state.moved_there and not is_displaced(agreed, scene.world)
    wanted = agreed.path if reverted else wanted_path(state, scene.world)
    if wanted is None:
        return Waiting(local.path, agreed.id, "its folder has no directory yet")
    going = scene.places.move(agreed.id, wanted)
    if going is None:
        return Waiting(local.path, agreed.id, f"{wanted} is still another item's")
    path, final = going
    if path == local.path:
        return Adopt(remote.item, remote.folder, local, "its name stays") if state.here is Here.SAME else None
    reason = "renamed or moved here, where nothing is to be changed" if reverted else "renamed or moved there"
    return MoveFile(remote.item, remote.folder, agreed, local, path, final, reason)
