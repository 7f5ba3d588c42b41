"""An item's content: its verdict turned into an action, or into the reason why there is none."""

from __future__ import annotations

from typing import assert_never

from syncd.core import names
from syncd.core.actions import (
    Adopt,
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Ending,
    Forget,
    Replace,
    Upload,
)
from syncd.core.model import Agreed, Direction, Keep
from syncd.core.places import plain_path, wanted_path
from syncd.core.state import Answer, State, World
from syncd.core.steps import Asked, Left, Scene, Step, Waiting, item_of, itemid_of, label
from syncd.core.verdicts import Here, Verdict


def content_step(state: State, what: Verdict, scene: Scene) -> Step | None:
    """What follows for an item whose file is where it belongs; None where all is well."""
    match what:
        case Verdict.NOTHING:
            return _other_version(state)
        case Verdict.LEAVE:
            return _left(state, scene.world)
        case Verdict.WAIT:
            return Waiting(label(state), itemid_of(state), "it is not known yet what became of it")
        case Verdict.FETCH:
            return _fetch(state, scene.world)
        case Verdict.TAKE:
            return _take(state, scene)
        case Verdict.SEND | Verdict.SEND_OVER:
            return _send(state, scene.world, over=what is Verdict.SEND_OVER)
        case Verdict.SEND_NEW:
            return _send_new(state, scene)
        case Verdict.CONFLICT:
            return _conflict(state, scene)
        case Verdict.MEET:
            return _meet(state, scene)
        case Verdict.FORGET:
            return _forget(state, "gone on both sides" if state.here is Here.GONE else "deleted there, edited here")
        case Verdict.RELEASE:
            return _release(state)
        case Verdict.DELETE_ITEM | Verdict.DELETE_FILE | Verdict.NEVER:
            raise AssertionError(f"not to be decided here: {what}")
        case _:
            assert_never(what)


def _other_version(state: State) -> Step | None:
    """Equal bytes under another version: take the version over, so that it is not looked at again."""
    agreed, remote, local = state.agreed, state.remote, state.local
    if not agreed or not remote or not local:
        return None
    if agreed.released:
        return Adopt(remote.item, agreed.folder, local, "it is back in the stash")
    if remote.sha256 is None or remote.item.version in {None, agreed.version}:
        return None
    return Adopt(remote.item, agreed.folder, local, "the same bytes under another version")


def _left(state: State, world: World) -> Step | None:
    if state.here is Here.HIDDEN and world.left_alone(label(state)):
        return None  # nothing is said, and nothing waits, until it is another thing
    if state.agreed and state.agreed.released:
        return Left(label(state), "published")
    if state.here is Here.HIDDEN and world.ignored(label(state)):
        return Left(label(state), "ignored")
    if state.here is Here.HIDDEN:
        return Waiting(label(state), itemid_of(state), "it is not quiet yet, or cannot be read")
    refused = world.direction is not Direction.PULL and state.here is Here.GONE and not world.abilities.delete
    return Left(label(state), "not-offered" if refused else "direction")


def _fetch(state: State, world: World) -> Step:
    remote, local = state.remote, state.local
    assert remote
    if state.agreed and local and state.here is Here.SAME and not _is_undone(state.agreed, world):
        return Download(remote.item, local.path, remote.folder, local, state.agreed, "changed there")
    return Download(remote.item, None, remote.folder, None, state.agreed, "its bytes may have changed there")


def _is_undone(agreed: Agreed, world: World) -> bool:
    """Whether a file that has the agreed bytes was changed all the same: others were sent to the item since, which may
    have held them when somebody replaced it."""
    return world.unanswered(agreed.id) is not None


def _take(state: State, scene: Scene) -> Step:
    remote, agreed, world = state.remote, state.agreed, scene.world
    assert remote
    if agreed and state.local:
        if _is_undone(agreed, world):
            return _conflict(state, scene)
        return Download(remote.item, state.local.path, remote.folder, state.local, agreed, "changed there")
    directory = world.directory(remote.folder)
    if directory is None:
        return Waiting(label(state), remote.item.id, "its folder has no directory yet")
    if not agreed and remote.item.extension is None and remote.sha256 is None:
        return Download(remote.item, None, remote.folder, None, None, "new there, of unknown type")
    path = (wanted_path(state, world) if agreed else None) or plain_path(remote, directory)
    if world.ignored(path):
        return Left(path, "ignored")
    if world.left_alone(names.parent_of(path)):
        return Left(path, "blocked")
    if world.restless(path) or (not agreed and world.being_placed(remote.item.id)):
        return Waiting(path, remote.item.id, "a file of this name is not quiet yet")
    reason = "gone here, but not to be gone: it comes back" if agreed else "new there"
    return Download(remote.item, scene.places.give(path, remote.item.id), remote.folder, None, agreed, reason)


def _send(state: State, world: World, *, over: bool) -> Step:
    agreed, local = state.agreed, state.local
    assert agreed and local
    step = Replace(item_of(state), agreed.folder, agreed, local, over, "changed here")
    return _replace(state, step, world) if world.abilities.replace else Left(local.path, "not-offered")


def _replace(state: State, step: Replace, world: World) -> Step:
    """The step, unless it would empty a version with content: that is asked first."""
    local, remote, agreed = step.file, state.remote, step.agreed
    if local.fingerprint.size or (agreed and not agreed.size and not step.save_theirs):
        return step
    subject = f"empty:{step.item.id}:{agreed.sha256[:16] if agreed else ''}"
    answer = world.answers.get(subject)
    if answer is Answer.REJECT and remote:
        return Download(remote.item, local.path, step.folder, local, agreed, "emptied here, and rejected")
    if answer is Answer.CONFIRM:
        return step
    return Asked("empty", subject, step, "an empty file would replace a version with content")


def _send_new(state: State, scene: Scene) -> Step:
    local = state.local
    assert local
    if state.agreed:
        return _forget(state, "deleted there, edited here: it is kept as a new item")
    if not scene.world.abilities.submit:
        return Left(local.path, "not-offered")
    if scene.world.blocked(local):
        return Waiting(local.path, None, "it is not known yet what became of its submission")
    if (scene.world.placed(local) or 0) < 0:
        return Waiting(local.path, None, "whether this copy stays, its conflict is to tell")
    target = scene.targets.target(names.parent_of(local.path))
    if target is None:
        return Waiting(local.path, None, "its folder is being made")
    return Upload(local, names.title_of_file(names.name_of(local.path)), target, None, "new here")


def _conflict(state: State, scene: Scene) -> Step:
    local, remote, agreed = state.local, state.remote, state.agreed
    assert local and remote
    if remote.sha256 == local.sha256:
        return Adopt(remote.item, agreed.folder if agreed else remote.folder, local, "both sides hold the same bytes")
    reason = "both sides changed it" if agreed else "both sides have a new one of this name"
    folder = agreed.folder if agreed else remote.folder
    writes_there = scene.world.direction is not Direction.PULL and scene.world.abilities.replace
    if scene.world.keep is Keep.LOCAL and writes_there:
        kept = f"{reason}; the policy keeps the local one"
        return _replace(state, Replace(remote.item, folder, agreed, local, save_theirs=True, reason=kept), scene.world)
    if scene.world.being_placed(-remote.item.id):
        return Waiting(local.path, remote.item.id, "the copy of it that was being made is not quiet yet")
    copy = None
    if scene.world.keep is not Keep.REMOTE:
        copy = scene.world.copied(remote.item.id) or scene.places.copy(local.path, local.sha256)
    return Conflict(remote.item, folder, agreed, local, copy, reason)


def _meet(state: State, scene: Scene) -> Step:
    local, remote = state.local, state.remote
    assert local and remote
    if remote.sha256 is None:
        return Download(remote.item, None, remote.folder, None, None, "is it the same as the new file here?")
    if remote.sha256 != local.sha256 and scene.world.direction is Direction.PUSH:
        return _send_new(State(local=local), scene)
    return _conflict(state, scene)


def _forget(state: State, reason: str) -> Step:
    assert state.agreed
    return Forget(state.agreed, Ending.GONE, reason)


def _release(state: State) -> Step:
    assert state.agreed
    if state.agreed.released:
        return Left(label(state), "published")
    return Forget(state.agreed, Ending.PUBLISHED, "published there: the file stays and is no longer synced")


def deletion(state: State, what: Verdict) -> DeleteItem | DeleteFile:
    """The step for a verdict that deletes."""
    agreed = state.agreed
    assert agreed
    if what is Verdict.DELETE_ITEM:
        reason = "its file was moved and submitted anew" if agreed.superseded else "deleted here"
        return DeleteItem(item_of(state), agreed, reason)
    assert state.local  # only what has the agreed bytes is deleted
    return DeleteFile(agreed, state.local, "deleted there")
