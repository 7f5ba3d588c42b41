"""`syncd sync` of 10,000 items beside `rclone bisync` and unison on the same tree, as whole processes.

Both peers keep two local folders the same, which is their fastest case: they ask no server. syncd asks its server over
HTTP. What is changed is changed alike for all of them, and left for longer than syncd's quiet time before they run.

rclone reads every file each time, to hash it, and lets the system forget what it has read. Whether somebody else has
read the files in between makes a great difference to it: so both cases are measured.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.filling import Recipe
from tests.bench.options import Options
from tests.bench.peers import NotInstalled, peer
from tests.bench.row import Bound, Found, Point, Row, alternate, at_most, spread
from tests.bench.settled import settled
from tests.bench.spent import Spent, spent
from tests.bench.world import World
from tests.engine.desks import CHANGING

LARGEST = 100_000
QUIET = 2.2
"""Longer than `settle_seconds`, and than what a file's times leave open."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two folders that a peer keeps the same, both copies of the mirrored folder; and the peer's own state."""

    name: str
    world: World

    @property
    def here(self) -> Path:
        """The folder that is changed."""
        return self.world.path / self.name / "here"

    def make(self) -> None:
        """Copies the mirrored folder twice, and lets the peer meet it."""
        shutil.rmtree(self.world.path / self.name, ignore_errors=True)
        for side in ("here", "there"):
            shutil.copytree(self.world.stash, self.here.with_name(side), ignore=shutil.ignore_patterns(".syncd"))
        self.sync("--resync") if self.name == "rclone" else self.sync()

    def sync(self, *more: str) -> Spent:
        """Makes both folders the same."""
        there, state = self.here.with_name("there"), self.here.with_name("state")
        environ = {**self.world.environ, "UNISON": str(state)}
        if self.name == "rclone":
            own = ["bisync", "--config", "", "--workdir", str(state), *more]
        else:
            own = ["-batch", "-silent", "-times"]
        return spent([peer(self.name), *own, str(self.here), str(there)], environ, self.world.path / "output")

    def check(self) -> None:
        """Both folders must hold the same, or the peer did not do what it was measured for."""
        here, there = _listed(self.here), _listed(self.here.with_name("there"))
        assert here == there, f"{self.name}: {sorted(here ^ there)[:4]}"


def _listed(folder: Path) -> set[tuple[str, bytes]]:
    return {(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*.png")}


Change = Callable[[Path, int], None]
"""Changes something in a folder; the number tells one turn from the next."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is changed, and how long the work may take beside rclone's. `between`: the peers' folders are
    read after each turn, and not only after the last one."""

    name: str
    change: Change
    bound: Bound
    between: bool = True


def edit(folder: Path, turn: int) -> None:
    """Writes other bytes into every hundredth file."""
    files = sorted(path for path in folder.glob("Folder*/*.png"))
    for path in files[::100]:
        path.write_bytes(f"turn {turn} of {path.name}".encode().ljust(40))


def rename(folder: Path, turn: int) -> None:
    """Renames one directory, the same one each time."""
    now = next(iter(sorted(folder.glob("Folder 00003*"))))
    now.rename(folder / f"Folder 00003 {turn}")


def leave(_folder: Path, _turn: int) -> None:
    """Changes nothing."""


TASKS = (
    Task("nothing changed", leave, at_most(0.3)),
    Task("nothing changed, files not read in between", leave, at_most(0.3), between=False),
    Task("1 % changed here", edit, at_most(0.3)),
    Task("1 % changed here, files not read in between", edit, at_most(0.3), between=False),
    Task("a directory of 50 renamed", rename, at_most(0.2)),
)


def beside_bisync(options: Options) -> Iterator[Found]:
    """Nothing, one file in a hundred, and a renamed directory."""
    peer("rclone")
    with settled("bisync", Recipe(options.items(10_000))) as made:
        pairs = [Pair(name, made) for name in ("rclone", "unison") if _is_here(name)]
        for pair in pairs:
            pair.make()
        made.run("sync")
        for task in TASKS:
            yield from _measured(options, made, pairs, task)


def _measured(options: Options, made: World, pairs: list[Pair], task: Task) -> Iterator[Found]:
    costs: list[list[Spent]] = []
    documents: list[dict[str, Any]] = []
    for _ in range(options.pairs + 1):
        turn = time.time_ns()
        for folder in (made.stash, *(pair.here for pair in pairs)):
            task.change(folder, turn)
        os.sync()
        time.sleep(0.0 if task.change is leave else QUIET)
        ours = made.spent("sync", "--json")
        documents.append(json.loads((made.path / "output").read_text()))
        costs.append([ours, *(pair.sync() for pair in pairs)])
        for pair in pairs if task.between else ():
            pair.check()
    for pair in pairs:
        pair.check()
    yield from _rows(made, pairs, task, costs[1:])
    if task.change is rename:
        yield from _counts(task, documents[1:])


def _counts(task: Task, documents: list[dict[str, Any]]) -> Iterator[Row]:
    """What a renamed directory cost on the wire, as `sync --json` tells it."""
    changing = tuple(float(sum(told["requests"].get(name, 0) for name in CHANGING)) for told in documents)
    moved = tuple(float(sum(told["bytes"].values())) for told in documents)
    yield Row(name=f"sync, {task.name}: changing requests", unit="", ours=changing, bound=at_most(1))
    yield Row(name=f"sync, {task.name}: bytes of files", unit="bytes", ours=moved, bound=at_most(0))


def _rows(made: World, pairs: list[Pair], task: Task, costs: list[list[Spent]]) -> Iterator[Row]:
    ours, *peers = zip(*costs, strict=True)
    for pair, theirs in zip(pairs, peers, strict=True):
        for what in ("wall", "cpu"):
            yield Row(
                name=f"sync, {made.recipe.items:,} items, {task.name}: {what}",
                unit="s",
                ours=tuple(getattr(cost, what) for cost in ours),
                yardstick=tuple(getattr(cost, what) for cost in theirs),
                against="rclone bisync" if pair.name == "rclone" else "unison",
                bound=task.bound if pair.name == "rclone" else None,
            )


def bisync_curve(options: Options) -> Iterator[Found]:
    """A sync that finds nothing, by the number of items, as far as the embedded server holds them well."""
    peer("rclone")
    for size in (size for size in options.sizes if size <= LARGEST):
        with settled("settled", Recipe(size)) as made:
            pair = Pair("rclone", made)
            pair.make()
            made.run("sync")
            turns = alternate(options.pairs, lambda made=made: made.spent("sync"), pair.sync)  # type: ignore[misc]
        ours, theirs = (spread([cost.cpu for cost in side]).middle for side in zip(*turns, strict=True))
        yield Point("sync, nothing changed (CPU)", size, ours, "s", theirs, "rclone bisync")


def _is_here(name: str) -> bool:
    try:
        peer(name)
    except NotInstalled:
        return False
    return True
