"""An item's place: which request or which move brings its name and directory together again.

Law: each of name and directory goes the way of the side that changed it, and the remote's where both did
(W9, W12, W13).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import assert_never

from syncd.core import names
from syncd.core.actions import Adopt, Download, Follow, MoveFile, MoveItem, Retitle, Upload
from syncd.core.model import Agreed, Direction, LocalFile
from syncd.core.places import is_displaced, wanted_path
from syncd.core.sending import folder_of, has_folder
from syncd.core.state import State, World
from syncd.core.steps import LIVE, Left, Scene, Step, Waiting, item_of
from syncd.core.verdicts import Here, There


class Way(Enum):
    """What the place of an item wants next."""

    STAY = auto()
    MOVE_ITEM = auto()
    RETITLE = auto()
    FOLLOW = auto()
    MOVE_FILE = auto()


def way(state: State, world: World) -> Way:
    """What the place of an item wants next; STAY where its file is where it belongs, or nothing may be done."""
    agreed, local = state.agreed, state.local
    if not agreed or not local or state.hidden or agreed.superseded:
        return Way.STAY
    elsewhere = local.path != agreed.path
    if agreed.released and state.there not in LIVE - {There.UNSEEN}:
        return Way.FOLLOW if elsewhere else Way.STAY
    theirs = world.direction is not Direction.PUSH
    if state.there not in LIVE:  # one that others deleted, and that is not sent again, still has its file
        return Way.FOLLOW if elsewhere and not theirs and state.there is There.DELETED else Way.STAY
    moved_there = theirs and (state.moved_there or is_displaced(agreed, world))
    if elsewhere and world.direction is not Direction.PULL:
        here = _way_here(agreed, local, world, moved_there=moved_there, renamed_there=theirs and state.renamed_there)
        if here is not Way.STAY:
            return here
    elsewhere = elsewhere and world.direction is Direction.PULL
    return Way.MOVE_FILE if elsewhere or moved_there or (theirs and state.renamed_there) else Way.STAY


def _way_here(agreed: Agreed, local: LocalFile, world: World, *, moved_there: bool, renamed_there: bool) -> Way:
    """What is to be told of a file that was renamed or moved here, and not there as well."""
    directory = names.parent_of(local.path)
    at_home = has_folder(directory, world) and folder_of(directory, world) == agreed.folder
    if directory != names.parent_of(agreed.path) and not moved_there and not at_home:
        return Way.MOVE_ITEM
    if renamed_there:
        return Way.STAY
    if names.name_of(local.path) != names.name_of(agreed.path) and title_here(agreed, local) != agreed.title:
        return Way.RETITLE
    return Way.STAY if moved_there else Way.FOLLOW


def leaving(states: Sequence[State], world: World) -> set[int | None]:
    """Folders that are an item's own container, and go along with it where it moves (a named leaf of v1). Of those that
    would change places one is not waited for."""
    movers = [s for s in states if world.abilities.nested and s.remote and s.remote.item.folder == s.remote.folder]
    going = {
        state.remote.folder: folder_of(names.parent_of(state.local.path), world)
        for state in movers
        if state.remote and state.local and way(state, world) is Way.MOVE_ITEM
    }
    found = set(going)
    for folder in going:
        ring = [folder]
        while (ahead := going.get(ring[-1])) in found and ahead not in ring:
            ring.append(ahead)
        if ahead == folder:
            found.discard(folder)
    return found


def title_here(agreed: Agreed, local: LocalFile) -> str:
    """The title that the file's name says; the agreed one, if the file kept its name."""
    name = names.name_of(local.path)
    return agreed.title if name == names.name_of(agreed.path) else names.title_of_file(name, agreed.id)


def place_step(state: State, scene: Scene) -> Step | None:
    """What to do about the place of an item that both sides hold; None where its content comes first, or it is well."""
    agreed, local, next_way = state.agreed, state.local, way(state, scene.world)
    if not agreed or not local:
        return None
    match next_way:
        case Way.STAY:
            return None
        case Way.MOVE_ITEM:
            return _move_item(state, agreed, local, scene)
        case Way.RETITLE:
            if not scene.world.abilities.edit:
                return Left(local.path, "not-offered")
            path, title = _path_once_titled(agreed, local, scene), title_here(agreed, local)
            return Retitle(item_of(state), agreed, local, path, title, "renamed here")
        case Way.FOLLOW:
            reason = "renamed or moved here, which says nothing new there"
            return Follow(agreed, local, agreed.title, agreed.folder, reason)
        case Way.MOVE_FILE:
            return _move_file(state, agreed, local, scene)
        case _:
            assert_never(next_way)


def _move_item(state: State, agreed: Agreed, local: LocalFile, scene: Scene) -> Step | None:
    directory, world = names.parent_of(local.path), scene.world
    by_move = has_folder(directory, world) or world.abilities.moves_make_folders
    able = world.abilities.move if by_move else world.abilities.submit and world.abilities.delete
    if not able:
        return Left(local.path, "not-offered")
    if state.remote is None:
        return Waiting(local.path, agreed.id, "the server has not listed it yet")
    if not by_move and _is_to_be_fetched(state, world):
        return Download(state.remote.item, None, state.remote.folder, None, agreed, "is it still what was sent?")
    if not by_move and state.there is not There.SAME:
        return None
    if not by_move and world.blocked(local):
        return Waiting(local.path, agreed.id, "it is not known yet what became of its submission")
    target = scene.targets.target(directory)
    if target is None:
        return Waiting(local.path, agreed.id, "its folder is being made")
    if by_move:
        return MoveItem(
            state.remote.item, agreed, local, _path_once_moved(state, agreed, local, scene), target, "moved here"
        )
    reason = "moved here into a folder that only a submission can make"
    return Upload(local, title_here(agreed, local), target, state.remote.item, reason)


def _is_to_be_fetched(state: State, world: World) -> bool:
    """Whether what the item holds is to be known before its file is submitted in its place. (Where the mirror may
    write here, an item that may have changed is fetched anyway.)"""
    pushes = world.direction is Direction.PUSH
    return world.abilities.fetch and (state.is_taken_for_ours or (pushes and state.there is There.LOOK))


def _path_once_moved(state: State, agreed: Agreed, local: LocalFile, scene: Scene) -> str:
    """What is agreed once the item is moved: the file's path; with its old name while the new one is to be told, and
    then no name of anybody else's, whose file there would be taken for the item's."""
    name, world = names.name_of(agreed.path), scene.world
    stays = state.renamed_there and world.direction is not Direction.PUSH  # the remote's name wins (W9)
    if stays or name == names.name_of(local.path):
        return local.path
    return _free_path(names.parent_of(local.path), name, agreed, scene)


def _path_once_titled(agreed: Agreed, local: LocalFile, scene: Scene) -> str:
    """What is agreed once the item has its new title: the old directory, and the file's name; as above. Where that
    directory is left alone by now, the file's path: no name there is to be had."""
    directory, name = names.parent_of(agreed.path), names.name_of(local.path)
    if directory == names.parent_of(local.path) or scene.world.left_alone(directory):
        return local.path
    return _free_path(directory, name, agreed, scene)


def _free_path(directory: str, name: str, agreed: Agreed, scene: Scene) -> str:
    if scene.world.restless(names.join(directory, name)):
        name = names.with_suffix(name, names.base36(agreed.id))
    return scene.places.give(names.join(directory, name), agreed.id)


def destination(state: State, world: World) -> str | None:
    """Where the file of an item moves by the remote's words; None if it does not move, or cannot yet."""
    if way(state, world) is not Way.MOVE_FILE or not state.local:
        return None
    path = wanted_path(state, world)
    return None if path is None or path == state.local.path or _kept_out(path, world) else path


def _kept_out(path: str, world: World) -> str | None:
    """Why no file may be put there; the word that `status` counts it by."""
    if world.ignored(path):
        return "ignored"
    return "blocked" if world.left_alone(names.parent_of(path)) else None


def _move_file(state: State, agreed: Agreed, local: LocalFile, scene: Scene) -> Step | None:
    wanted = wanted_path(state, scene.world)
    if wanted is None:
        return Waiting(local.path, agreed.id, "its folder has no directory yet")
    folder = state.remote.folder if state.remote else agreed.folder
    if why := _kept_out(wanted, scene.world):
        if local.path == agreed.path or scene.world.direction is Direction.PULL:
            return Left(local.path, why)
        return Follow(agreed, local, agreed.title, folder, "renamed or moved here, and kept out of its place there")
    path, final = scene.places.moves.get(agreed.id, (local.path, True))
    if path != local.path:
        reason = "renamed or moved there" if final else "makes way in a rotation of names"
        if state.local and not (state.renamed_there or state.moved_there or is_displaced(agreed, scene.world)):
            reason = "renamed or moved here, where nothing is to be changed"
        return MoveFile(item_of(state), folder, agreed, local, path, final, reason)
    if state.here is Here.SAME and state.there is There.SAME:
        return Adopt(item_of(state), folder, local, "its name stays")
    followed = Follow(agreed, local, item_of(state).title, folder, "it is there already")
    return followed if local.path != agreed.path else None
