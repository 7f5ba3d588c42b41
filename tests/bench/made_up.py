"""A settled mirror without a server: so many items that nobody ever told, with their files on the disk.

The rows are written through the store's own functions, window by window, and each window is planned, which must be
nothing to do. For what happens on this side alone: a rescan, a plan.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from syncd.core.model import Folder, Item
from syncd.core.state import RemoteItem, Seen
from syncd.engine import Clock, Eyes, Mirror, Policy, open_mirror
from syncd.engine.look_here import look_here
from syncd.local.root import Root
from syncd.remotes.faces import Token
from syncd.remotes.http import MemoryBackoff
from syncd.remotes.registry import RemoteSettings, build
from syncd.store.store import Store
from tests.bench.filling import Recipe
from tests.bench.settled import agree_on_folder, agree_on_item, settle_marks
from tests.bench.world import workshop
from tests.remotes.fakes import MemoryTokens

SERVER = "https://nowhere.invalid"
CLOCK = Clock(now=time.time, steady=time.monotonic, sleep=time.sleep)
WINDOW = 200
"""Folders that are made at once."""
FIRST_FOLDER = 10**9


def item(recipe: Recipe, number: int) -> Item:
    """The item as the drafts would tell it."""
    version = f"https://nowhere.invalid/f/00000000-0000-4000-8000-{number:012x}/d{number:x}-00000000-{number:012x}.png"
    return Item(number + 1, f"Item {number:07}", folder_id(recipe, number), version, extension="png")


def folder_id(recipe: Recipe, number: int) -> int:
    """The folder of an item."""
    return FIRST_FOLDER + number // recipe.in_a_folder


def folder(recipe: Recipe, number: int) -> Folder:
    """The same, as it would be told."""
    return Folder(folder_id(recipe, number), recipe.folder(number), None)


def path_of(recipe: Recipe) -> Path:
    """Where the mirror is kept."""
    return workshop() / f"made-up-{recipe.items}"


@contextmanager
def made_up(recipe: Recipe) -> Iterator[Mirror]:
    """The mirror, made if it was not made before."""
    path = path_of(recipe)
    done = path / "done"
    if not done.exists():
        shutil.rmtree(path, ignore_errors=True)
        (path / "state").mkdir(parents=True)
        with opened(path) as mirror:
            open_mirror(mirror, SERVER)
            look_here(mirror, full=True)  # the first look notes the rules, and marks everything for them
            for first in range(0, recipe.items, WINDOW * recipe.in_a_folder):
                _make_window(mirror, recipe, range(first, min(first + WINDOW * recipe.in_a_folder, recipe.items)))
            mirror.store.facts.put("met", "yes")
        done.touch()
    with opened(path) as mirror:
        open_mirror(mirror, SERVER)
        yield mirror


@contextmanager
def opened(path: Path) -> Iterator[Mirror]:
    """The mirror in a folder, with a remote that is never asked."""
    tokens = MemoryTokens(Token("a", "b", 2e9))
    remote = build("stash", RemoteSettings(server=SERVER, dialect="draft15"), tokens, MemoryBackoff())
    store = Store(path / "state" / "state.db")
    store.facts.put("account", "nobody")
    with ThreadPoolExecutor(8) as pool:
        try:
            yield Mirror("big", store, Root(path / "Stash"), remote, Policy(), CLOCK, pool, Eyes())
        finally:
            remote.close()
            store.close()


def _make_window(mirror: Mirror, recipe: Recipe, numbers: range) -> None:
    store = mirror.store
    firsts = [number for number in numbers if number % recipe.in_a_folder == 0]
    store.remote.begin()
    store.remote.stage([folder(recipe, number) for number in firsts])
    store.remote.stage([item(recipe, number) for number in numbers])
    store.remote.apply(cursor=f"after {numbers.stop}", whole=False)
    with store.transaction():
        for number in firsts:
            agree_on_folder(mirror, folder_id(recipe, number), recipe.folder(number))
        for number in numbers:
            told = item(recipe, number)
            agree_on_item(mirror, recipe, number, RemoteItem(told, told.folder, Seen.LIVE, None))
    settle_marks(mirror)
