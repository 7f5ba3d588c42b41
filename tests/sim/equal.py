"""Both sides at rest: everything that is not listed with a reason is equal on the disk, on the server and in the agreed
rows (I15, I17)."""

from __future__ import annotations

import os
from typing import Any

from syncd.core.model import LeftAlone
from syncd.server.model import ROOT, Item, is_automatic
from tests.sim.machine import Machine
from tests.sim.oneway import judge_pull, judge_push
from tests.sim.oracle import Violation
from tests.sim.spots import entries_below, is_utf8, visible
from tests.sim.world import World


def judge(world: World, machine: Machine) -> None:
    """Both sides and the agreed rows are equal, but for what is listed."""
    mirror, report = machine.mirror, machine.last
    assert mirror and report
    store = mirror.store
    listed = {f.itemid for f in report.failures} | {f.path for f in report.failures}
    agreed = {row.id: row for row in store.agreed.every() if not row.released}
    left, twins = _left(machine), store.twins.every()  # a twin is held, or left alone by a person's word (W1, I17)
    match world.setting.direction:
        case "pull":
            live = world.account.live()
            ignored = {i.id for i in live if _is_ignored(world, machine, i) or _is_blocked(world, machine, i, left)}
            judge_pull(
                world, machine, listed | {row.path for row in agreed.values() if _is_left(row.path, left)}, ignored
            )
            return
        case "push":
            judge_push(world, machine, listed, left)
            return
    for item in world.account.live():
        row = agreed.pop(item.id, None)
        if _is_blocked(world, machine, item, left):
            comes_back = row is not None and not (machine.folder / row.path).exists() and "blocked" in report.ignored
            if row is not None and row.path not in listed and not _is_left(row.path, left) and not comes_back:
                _judge_bytes(world, machine, item, row)  # only its place has to wait
            elif row is None and item.id not in twins and not report.ignored:
                raise Violation("I17", f"{item.title!r} is left alone on {machine.name}, and not counted")
            continue
        if item.id in listed or (row is None and item.id in twins) or _is_ignored(world, machine, item):
            continue
        if row is None:
            raise Violation(
                "I15", f"{world.oracle.name(key_of(world, item))} ({item.title!r}) never came to {machine.name}"
            )
        if row.path in listed or _is_left(row.path, left) or _is_refused_elsewhere(world, machine, item, row, listed):
            continue
        _judge_item(world, machine, item, row)
    for row in agreed.values():
        if _is_left(
            row.path, left
        ):  # of what is left alone nothing is concluded, in either direction (interface.md, on disk)
            continue
        raise Violation("I15", f"{row.path!r} is agreed on {machine.name}, but its item is not there")
    paths = {row.path for row in store.agreed.every()}
    for path in visible(machine.folder):
        name = os.fsencode(path.relative_to(machine.folder)).decode(errors="backslashreplace")
        if name not in paths and name not in listed and not _is_left(name, left):
            raise Violation("I15", f"{name!r} on {machine.name} was never sent")


def judge_heard(world: World) -> None:
    """Of what is agreed both sides hold the same, or a true-up has yet to prove it (W25): nothing that changed on the
    server was missed. Of two machines the first may not have heard yet what the other one did."""
    (*_, machine) = world.machines
    if machine.mirror is None or world.setting.direction != "two-way":
        return
    store = machine.mirror.store
    if store.failures.every() or store.decisions.held():
        return
    for row in store.agreed.every():
        item = world.account.item(row.id)
        if (
            row.released
            or row.provisional
            or store.local.is_hidden(row.path)
            or not (machine.folder / row.path).is_file()
        ):
            continue
        if item is None:
            raise Violation("I15", f"{row.path!r} is agreed on {machine.name}, but its item is not there any more")
        _judge_bytes(world, machine, item, row)


def _judge_item(world: World, machine: Machine, item: Item, row: Any) -> None:
    assert machine.mirror
    what = _judge_bytes(world, machine, item, row)
    if row.title != item.title:
        raise Violation("I15", f"{what}: agreed on the title {row.title!r}, but it is {item.title!r}")
    folder = _folder(world, item)
    if row.folder != folder:
        raise Violation("I15", f"{what}: agreed on the folder {row.folder}, but it is {folder}")
    home = "" if folder is None else getattr(machine.mirror.store.agreed.folder(folder), "path", None)
    if home != row.path.rpartition("/")[0]:
        raise Violation("I15", f"{what}: it is in the folder {home!r}")


def _judge_bytes(world: World, machine: Machine, item: Item, row: Any) -> str:
    """The file is what the item is; answers how to call both."""
    spot, key = machine.folder / row.path, key_of(world, item)
    what = f"{world.oracle.name(key)} at {row.path!r} on {machine.name}"
    if not spot.is_file() or world.oracle.hash(spot) != key:
        raise Violation("I15", f"{what}: the file is not what the item is")
    return what


def key_of(world: World, item: Item) -> str:
    """The digest of what an item holds."""
    return world.account.key(item)


def _folder(world: World, item: Item) -> int | None:
    """The user's folder of an item, automatic wrappers looked through."""
    tree = world.account.stash.tree
    assert item.stack is not None
    stack = tree.stacks[item.stack]
    if world.setting.dialect != "v1":
        found = world.account.stash.folder_of(item)
        assert found
        lone = is_automatic(found.title) and len(world.account.stash.folder_items(found.id)) == 1
        return None if lone else found.id
    if not is_automatic(stack.title):
        return stack.id
    return None if stack.parent == ROOT else stack.parent


def _left(machine: Machine) -> set[str]:
    """What is left alone on this disk."""
    assert machine.mirror
    store = machine.mirror.store
    found: set[str] = set()
    top = str(machine.folder)
    below = [e.path[len(top) + 1 :] for e in entries_below(top) if e.is_dir(follow_symlinks=False)]
    for directory in ("", *filter(is_utf8, below)):
        found |= store.local.left_in(directory).keys()
    return found


def _is_left(name: str, left: set[str]) -> bool:
    """Whether this is left alone, or below something that is."""
    return name in left or any(name.startswith(f"{directory}/") for directory in left)


def _is_blocked(world: World, machine: Machine, item: Item, left: set[str]) -> bool:
    """Whether the item belongs into a directory that is another thing now, which is left alone and counted."""
    assert machine.mirror
    folder = _folder(world, item)
    home = machine.mirror.store.agreed.folder(folder) if folder is not None else None
    return home is not None and _is_left(home.path, left)


def _is_refused_elsewhere(world: World, machine: Machine, item: Item, row: Any, listed: set[Any]) -> bool:
    """Whether the item's file was moved, and perhaps edited there, and that is what is listed, under its new path: a
    new submission says so."""
    spots = [spot for spot in visible(machine.folder) if str(spot.relative_to(machine.folder)) in listed]
    inodes = [world.disk.stamp(spot.stat().st_ino).inode for spot in spots]
    return row.inode in inodes or any(world.oracle.hash(spot) == key_of(world, item) for spot in spots)


def _is_ignored(world: World, machine: Machine, item: Item) -> bool:
    """An item whose name is ignored is not fetched, and one that gets such a name is no longer followed (interface.md,
    on disk: "ignoring what was synced stops both directions")."""
    assert machine.mirror and machine.mirror.rules
    assert LeftAlone.IGNORED
    name = item.blob.filename if item.blob else ""
    return item.title.endswith((".tmp", "~")) or name.endswith(".tmp")
