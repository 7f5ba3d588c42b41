"""What an action is called towards people: its word in interface.md's JSON, its path, its item."""

from __future__ import annotations

from syncd.core import names
from syncd.core.actions import (
    Action,
    Adopt,
    AgreeFolder,
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Follow,
    Forget,
    ForgetFolder,
    MoveDirectory,
    MoveFile,
    MoveItem,
    RenameFolder,
    Replace,
    Retitle,
    UnmakeFolder,
    Upload,
)
from syncd.core.steps import subject

_WORDS: dict[type[Action], str] = {
    Download: "download",
    Upload: "upload",
    Replace: "replace",
    Retitle: "rename",
    MoveItem: "move",
    DeleteItem: "delete-remote",
    DeleteFile: "delete-local",
    Adopt: "adopt",
    Follow: "rename",
    Forget: "adopt",
    Conflict: "conflict",
    AgreeFolder: "mkdir",
    RenameFolder: "rename-folder",
    MoveDirectory: "rename-folder",
    ForgetFolder: "rmdir",
    UnmakeFolder: "rmdir",
}


def word_of(action: Action) -> str:
    """The action's word."""
    if isinstance(action, MoveFile):
        same = names.parent_of(action.file.path) == names.parent_of(action.path)
        return "rename" if same else "move"
    if isinstance(action, Upload) and action.supersedes is not None:
        return "move"
    return _WORDS[type(action)]


def path_of(action: Action) -> str:
    """The path that the action is about: where the file is, or will be."""
    match action:
        case Download():
            return action.path or (action.agreed.path if action.agreed else names.component(action.item.title))
        case MoveFile() | AgreeFolder() | RenameFolder() | MoveDirectory():
            return action.path
        case DeleteItem() | Forget() | ForgetFolder() | UnmakeFolder():
            return action.agreed.path
        case _:
            return action.file.path


def itemid_of(action: Action) -> int | None:
    """The item that the action is about, if it has an id yet."""
    match action:
        case Upload():
            return None
        case Download() | Replace() | Retitle() | MoveItem() | MoveFile() | DeleteItem() | Adopt() | Conflict():
            return action.item.id
        case DeleteFile() | Follow() | Forget():
            return action.agreed.id
        case _:
            return None


def subject_of(action: Action) -> str:
    """What a failure of the action is filed under: its item or folder, else its path."""
    match action:
        case AgreeFolder():
            return f"folder:{action.folder.id}"
        case RenameFolder() | MoveDirectory() | ForgetFolder() | UnmakeFolder():
            return f"folder:{action.agreed.id}"
        case _:
            itemid = itemid_of(action)
            return f"path:{path_of(action)}" if itemid is None else f"item:{itemid}"


def deletion_subject(action: DeleteItem | DeleteFile) -> str:
    """What an answer about the deletion binds to."""
    return subject("remote" if isinstance(action, DeleteItem) else "local", action.agreed)


def size_of(action: Action) -> int:
    """How many bytes the action transfers, as far as known."""
    match action:
        case Download() | Conflict():
            return action.item.size or 0
        case Upload() | Replace():
            return action.file.fingerprint.size
        case _:
            return 0
