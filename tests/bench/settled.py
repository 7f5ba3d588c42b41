"""A mirror in which all is the same, made at once: the server is asked for its whole list, as a mirror would; files and
agreed rows are written through the store's own functions, as we know what they hold.

To download and record 100,000 files takes minutes, and what is measured here begins after that. That the mirror is as
a real one is shown by a true-up, which must find nothing to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncd.cli.wiring import wiring
from syncd.config import load
from syncd.core.model import AgreedFolder, Fingerprint, LocalDirectory, LocalFile
from syncd.core.state import RemoteItem
from syncd.daemon.opening import bind, opened
from syncd.engine import Mirror, settle
from syncd.engine.look_there import look_there
from syncd.engine.planning import plan_for_folders, plan_items
from syncd.engine.record import agreed_of
from syncd.local.birth import birth
from syncd.local.scan import fingerprint_of
from syncd.remotes.kinds import KINDS
from tests.bench.filling import Recipe
from tests.bench.world import World, world


@contextmanager
def at(made: World) -> Iterator[Mirror]:
    """The world's mirror, opened as `syncd sync` opens it, in this process."""
    settings = load(None, made.environ, kinds=KINDS)
    section = settings.mirror("big")
    assert section is not None
    with opened(section, settings.daemon.transfers, wiring()) as mirror:
        bind(mirror, section.server)
        yield mirror


@contextmanager
def settled(name: str, recipe: Recipe) -> Iterator[World]:
    """The world of this name with its server running and its mirror settled, made so if it was not before."""
    made = world(name, recipe)
    with made.server():
        done = made.path / "settled"
        if not done.exists():
            made.afresh()
            with at(made) as mirror:
                look_there(mirror, epoch=True)
                agree_on_all(mirror, recipe)
                _prove(mirror)
            done.touch()
        yield made


def agree_on_all(mirror: Mirror, recipe: Recipe) -> None:
    """Writes the files of all items that the remote told, and records that both sides hold them."""
    store = mirror.store
    folders: dict[int, list[tuple[int, RemoteItem]]] = {}
    for item in store.remote.every():
        number = int(item.item.title.removeprefix("Item "))
        assert item.folder is not None
        folders.setdefault(item.folder, []).append((number, item))
    with store.transaction():
        for folder, items in folders.items():
            path = recipe.folder(items[0][0])
            agree_on_folder(mirror, folder, path)
            for number, item in items:
                agree_on_item(mirror, recipe, number, item)
    settle_marks(mirror)


def agree_on_folder(mirror: Mirror, folder: int, path: str) -> None:
    directory = mirror.root.path / path
    directory.mkdir(parents=True, exist_ok=True)
    status = directory.stat()
    mirror.store.local.put_directory(LocalDirectory(path, status.st_ino, status.st_dev))
    mirror.store.agreed.put_folder(AgreedFolder(folder, path, path, None, status.st_ino, status.st_dev))


def agree_on_item(mirror: Mirror, recipe: Recipe, number: int, remote: RemoteItem) -> None:
    content, path, item = recipe.content(number), recipe.path(number), remote.item
    fingerprint = _written(mirror.root.path / path, content)
    file = LocalFile(path, fingerprint, _digest(content), birth(mirror.root, path, fingerprint.inode))
    mirror.store.local.put_file(file, racy=False)
    mirror.store.agreed.put(agreed_of(item, remote.folder, file, ours=False))
    mirror.store.remote.learn(item.id, item.version, file.sha256, item.extension)


def _written(path: Path, content: bytes) -> Fingerprint:
    path.write_bytes(content)
    return fingerprint_of(path.stat())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def settle_marks(mirror: Mirror) -> None:
    """Plans what is marked, which must be nothing to do, and takes the marks away."""
    assert not plan_for_folders(mirror)
    mirror.store.folder_states.settle(())
    made, more = plan_items(mirror)
    assert not made.actions and not made.waiting and more is None
    mirror.store.states.settle(made.settled)


def _prove(mirror: Mirror) -> None:
    """A true-up must find both sides the same; after it the mirror is as after a first sync."""
    run = settle(mirror, true_up=True)
    assert run.error is None and run.report.settled and not run.actions, (
        run.error,
        run.actions[:3],
        run.report.waiting,
    )
