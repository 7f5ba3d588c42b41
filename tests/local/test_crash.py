"""Crash points: killed at every one, nothing of the user's is lost, nothing half-made is visible, and the work can be
done again (I1, I2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from syncd.core.errors import FileChanged
from syncd.local import kernel, trash
from syncd.local.place import (
    Partial,
    clear_stage,
    make_directories,
    move,
    move_directory,
    partial,
    place,
    remove_directory,
    snapshot,
)
from syncd.local.points import POINTS
from syncd.local.root import Root
from syncd.local.scan import stat
from tests.local.folder import MARKER, Folder, Killed
from tests.local.test_place import unable

Work = Callable[[Folder], object]
USERS = {"x": b"user's x", "y": b"user's y", "d/z": b"user's z"}
OURS = b"received"


def create(folder: Folder) -> object:
    root = Root(folder.path.parent / "second", folder.root.at)
    root.create(MARKER)
    return root


def receive(folder: Folder) -> object:
    return Partial(folder.root, "key").receive([OURS[:4], OURS[4:]], 0, reserve=0)


def put_new(folder: Folder) -> object:
    return place(folder.root, folder.receive(OURS), "new", None)


def replace(folder: Folder) -> object:
    return place(folder.root, folder.receive(OURS), "x", folder.look("x"))


def replace_edited(folder: Folder) -> object:
    folder.strikes["place.checked"] = lambda: folder.save_over("x", b"edited x")
    try:
        return place(folder.root, folder.receive(OURS), "x", folder.look("x"))
    except FileChanged:
        return None


def replace_by_rename(folder: Folder) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "renameat2", unable)
        return replace(folder)


def swap(folder: Folder) -> object:
    move(folder.root, "x", "aside", folder.look("x"))
    move(folder.root, "y", "x", folder.look("y"))
    return move(folder.root, "aside", "y", folder.look("aside"))


def throw_and_restore(folder: Folder) -> object:
    return trash.restore(folder.root, trash.throw(folder.root, "x", folder.look("x"), "id"), "back")


def purge(folder: Folder) -> object:
    trashed = trash.throw_staged(folder.root, folder.receive(OURS), "ours", "id")
    trash.purge(folder.root, trashed)
    return trashed


def directories(folder: Folder) -> object:
    make_directories(folder.root, "a/b")
    move_directory(folder.root, "d", "a/b/d")
    make_directories(folder.root, "e")
    return remove_directory(folder.root, "e")


def send(folder: Folder) -> object:
    snapshot(folder.root, "x", folder.look("x"), "send")
    Partial(folder.root, "send").discard()
    return clear_stage(folder.root, ())


WORKS: list[Work] = [
    create,
    receive,
    put_new,
    replace,
    replace_edited,
    replace_by_rename,
    swap,
    throw_and_restore,
    purge,
    directories,
    send,
]


def prepared(path: Path) -> Folder:
    folder = Folder(path)
    for name, content in USERS.items():
        folder.write(name, content)
    return folder


def run(path: Path, work: Work, kill_at: int | None) -> tuple[Folder, bool]:
    folder = prepared(path)
    folder.kill_at = kill_at
    try:
        work(folder)
    except Killed:
        killed = True
    else:
        killed = False
    folder.kill_at = None
    folder.strikes.clear()
    return folder, killed


def check(folder: Folder, work: Work) -> None:
    """Every visible file is one whole version; every version is kept, but one that was replaced as agreed."""
    replaced = {USERS["x"]} if work in (replace, replace_edited, replace_by_rename) else set()
    assert folder.kept() >= set(USERS.values()) - replaced
    assert set(folder.visible().values()) <= {*USERS.values(), OURS, b"edited x"}
    assert USERS["x"] in folder.kept() or {OURS, b"edited x"} & set(folder.visible().values())
    if "place.checked" in folder.struck:
        assert b"edited x" in folder.kept()


@pytest.mark.parametrize("work", WORKS)
def test_killed_at_every_point_nothing_is_lost(tmp_path: Path, work: Work) -> None:
    for number in range(1000):
        folder, killed = run(tmp_path / str(number) / "mirror", work, number)
        check(folder, work)
        clear_stage(folder.root, ())
        check(folder, work)
        assert folder.staged() == []
        folder.root.create(MARKER)
        if not killed:
            break
        if all(stat(folder.root, name) for name in USERS):
            with suppress(FileChanged):  # it was done already, durably
                work(folder)
            check(folder, work)
    else:
        pytest.fail("it never came to its end")


def test_every_point_is_passed_by_some_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A point without coverage proves nothing, and one that is not in the list is not enumerated by others."""
    monkeypatch.setattr(partial, "MARK_EVERY", 5)
    passed = {
        point for number, work in enumerate(WORKS) for point in run(tmp_path / str(number) / "m", work, None)[0].passed
    }
    assert passed == set(POINTS)
    assert len(POINTS) == len(set(POINTS))
