"""The first mirror: everything there is comes here. Beside rclone and curl, which fetch the same bytes from one nginx.

rclone lists nginx's index and is spared its HEAD for each file (`--http-no-head`), which is its fastest case; it
neither hashes, nor syncs to the disk, nor records what it did.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.filling import Recipe
from tests.bench.front import Front
from tests.bench.options import Options
from tests.bench.peers import peer
from tests.bench.row import Found, Row, alternate, at_least, at_most
from tests.bench.spent import Spent, spent
from tests.bench.world import WAIT, World, world

TRANSFERS = 8
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Fetching:
    """How the same bytes are fetched: by syncd, by rclone, by curl. `address` is nginx's, quick or slow."""

    world: World
    address: str

    def syncd(self) -> Spent:
        """`syncd sync` into an empty folder."""
        self.world.configure(self.address)
        self.world.afresh()
        cost = self.world.spent("sync")
        self._whole(self.world.stash)
        return cost

    def rclone(self) -> Spent:
        """`rclone copy` into an empty folder."""
        target = self._empty()
        source = ("--http-url", f"{self.address}/tree/", "--http-no-head", ":http:")
        command = [peer("rclone"), "copy", "--config", "", "--transfers", str(TRANSFERS), *source, str(target)]
        cost = spent(command, self.world.environ, self.world.path / "output")
        self._whole(target)
        return cost

    def curl(self) -> Spent:
        """`curl --parallel` into an empty folder."""
        target, orders = self._empty(), self.world.path / "urls"
        paths = [self.world.recipe.path(number).replace(" ", "%20") for number in range(self.world.recipe.items)]
        orders.write_text(
            "".join(f'url="{self.address}/tree/{p}"\noutput="{target}/{i}"\n' for i, p in enumerate(paths))
        )
        command = [peer("curl"), "--silent", "--fail", "--parallel", "--parallel-max", str(TRANSFERS)]
        cost = spent([*command, "--config", str(orders)], self.world.environ, self.world.path / "output")
        self._whole(target)
        return cost

    def synced(self) -> float:
        """Seconds in which as many threads as there are transfers write the same files and sync each to the disk: what
        the disk allows, without any network, database or rename."""
        target, recipe = self._empty(), self.world.recipe
        content = recipe.content(0)

        def put(number: int) -> None:
            with (target / str(number)).open("wb") as file:
                file.write(content)
                os.fsync(file.fileno())

        began = time.perf_counter()
        with ThreadPoolExecutor(TRANSFERS) as pool:
            deque(pool.map(put, range(recipe.items)), maxlen=0)
        return time.perf_counter() - began

    def _empty(self) -> Path:
        target = self.world.path / "fetched"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        return target

    def _whole(self, folder: Path) -> None:
        count, size = 0, 0
        for path in folder.rglob("*"):
            if path.is_file() and ".syncd" not in path.parts:
                count, size = count + 1, size + path.stat().st_size
        wanted = (self.world.recipe.items, self.world.recipe.items * self.world.recipe.size)
        assert (count, size) == wanted, f"{folder} has {count} files of {size} bytes instead of {wanted}"


def many_small(options: Options) -> Iterator[Found]:
    """10,000 files of 20 KB, as fast as they come."""
    peer("rclone")
    made = world("first", Recipe(options.items(10_000), 20_000), "draft15")
    with made.fronted() as nginx:
        fetching = Fetching(made, nginx.quick)
        both = alternate(options.pairs, fetching.syncd, lambda: (fetching.rclone(), fetching.synced()), warm=False)
    items, turns = made.recipe.items, [(ours, rclone) for ours, (rclone, _) in both]
    to_rclone = Row(
        name=f"first mirror, {items:,} x 20 KB, no latency",
        unit="files/s",
        ours=tuple(items / ours.wall for ours, _ in turns),
        yardstick=tuple(items / theirs.wall for _, theirs in turns),
        against="rclone copy --transfers 8",
        bound=at_least(0.3),
        note=_cpu(turns, items),
    )
    yield to_rclone
    synced = tuple(items / seconds for _, (_, seconds) in both)
    against = f"{TRANSFERS} threads that write and fsync the same files"
    yield replace(to_rclone, yardstick=synced, against=against, bound=None, note="what the disk allows")


def at_a_distance(options: Options) -> Iterator[Found]:
    """2,000 files of 50 KB, 50 ms before each answer."""
    made = world("far", Recipe(options.items(2_000), 50_000), "draft15")
    items, limit = made.recipe.items, TRANSFERS / WAIT
    with made.fronted() as nginx:
        fetching = Fetching(made, nginx.slow)
        reached = items / fetching.curl().wall / limit
        turns = alternate(options.pairs, fetching.syncd, fetching.rclone, warm=False)
        asked = _requests_per_item(made, nginx)
    ours = tuple(items / mine.wall for mine, _ in turns)
    to_bound = Row(
        name=f"first mirror, {items:,} x 50 KB, 50 ms",
        unit="files/s",
        ours=ours,
        yardstick=(limit / asked,) * len(turns),
        against=f"{TRANSFERS} transfers / (50 ms x {asked:g} request an item)",
        bound=at_least(0.8),
        note=f"curl from the same nginx reaches {reached:.2f} of the bound",
    )
    yield to_bound
    theirs = tuple(items / rclone.wall for _, rclone in turns)
    yield replace(to_bound, yardstick=theirs, against="rclone copy --transfers 8", bound=at_least(1.0), note="")


def large(options: Options) -> Iterator[Found]:
    """200 files of 2 MB: bytes a second, and what is resident."""
    made = world("large", Recipe(options.items(200), 2_000_000), "draft15")
    total = made.recipe.items * made.recipe.size / MEGABYTE
    with made.fronted() as nginx:
        fetching = Fetching(made, nginx.quick)
        turns = alternate(options.pairs, fetching.syncd, fetching.curl)
    yield Row(
        name=f"{made.recipe.items} files of 2 MB",
        unit="MB/s",
        ours=tuple(total / mine.wall for mine, _ in turns),
        yardstick=tuple(total / theirs.wall for _, theirs in turns),
        against="curl --parallel",
        bound=at_least(0.4),
    )
    yield Row(
        name=f"{made.recipe.items} files of 2 MB: resident",
        unit="MB",
        ours=tuple(mine.resident / MEGABYTE for mine, _ in turns),
        bound=at_most(90),
    )


def _requests_per_item(made: World, nginx: Front) -> float:
    """Requests for files in the last run of syncd, for each item: what the bound reckons with."""
    asked = sum(path.startswith("/f/") for _, _, path in nginx.requests())
    runs = sum(path.endswith("/user/whoami") for _, _, path in nginx.requests())
    return asked / runs / made.recipe.items


def _cpu(turns: list[tuple[Spent, Spent]], items: int) -> str:
    mine = min(ours.cpu for ours, _ in turns) / items * 1000
    theirs = min(rclone.cpu for _, rclone in turns) / items * 1000
    return f"CPU a file: {mine:.2f} ms, rclone {theirs:.2f} ms"
