"""Where the processor's time goes in the work that costs the most for each item."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.filling import Recipe
from tests.bench.made_up import made_up
from tests.bench.options import Options
from tests.bench.profiled import Line
from tests.bench.row import Found, Profile
from tests.bench.rows.upload import QUIET, emptied, write
from tests.bench.settled import settled
from tests.bench.spent import Spent, spent
from tests.bench.world import World, workshop, world


@dataclass(frozen=True, slots=True)
class Bare:
    """Runs a module once as it is, and once with profilers."""

    environ: dict[str, str]
    prepare: Callable[[], None]

    def profile(self, name: str, items: int, module: str, *arguments: str) -> Profile:
        """What the work costs, and where that goes."""
        self.prepare()
        bare = self._run(["-m", module, *arguments])
        self.prepare()
        out = workshop() / "profile"
        self._run(["-m", "tests.bench.profiled", str(out), module, *arguments])
        lines = tuple(Line(**line) for line in json.loads(out.read_text()))
        return Profile(name, items, bare.cpu, bare.wall, lines)

    def _run(self, arguments: list[str]) -> Spent:
        return spent([sys.executable, *arguments], self.environ, workshop() / "output")


def profiles(options: Options) -> Iterator[Found]:
    """First mirror, upload, a sync that finds nothing, a rescan and taking in a delta."""
    items = options.items(10_000)
    made = world("first", Recipe(items, 20_000), "draft15")
    with made.fronted():
        yield Bare(made.environ, made.afresh).profile(f"first mirror, {items:,} x 20 KB", items, "syncd", "sync")
    yield _upload(Recipe(options.items(1_000), 20_000))
    with settled("bisync", Recipe(items)) as same:
        yield Bare(same.environ, _nothing).profile(f"sync, nothing changed, {items:,} items", items, "syncd", "sync")
    many = options.items(100_000)
    with made_up(Recipe(many)) as mirror:
        environ = {"PATH": "", "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(workshop().parent)}
        assert mirror.store.remote.cursor
    bare = Bare(environ, _nothing)
    yield bare.profile(f"rescan, {many:,} files", many, "tests.bench.child", "rescan", str(many))
    yield bare.profile(f"delta ingest, {many:,} entries", many, "tests.bench.child", "ingest", str(many))


def _upload(recipe: Recipe) -> Profile:
    made = emptied("upload", "draft15")
    with made.fronted():
        bare = Bare(made.environ, lambda: _write_anew(made, recipe))
        return bare.profile(f"upload, {recipe.items:,} x 20 KB", recipe.items, "syncd", "sync")


def _write_anew(made: World, recipe: Recipe) -> None:
    """Other files than before, which have been quiet for long enough; what was sent before stays."""
    write(made, recipe, first=recipe.items if made.stash.exists() else 0)
    time.sleep(QUIET)


def _nothing() -> None:
    """Nothing is to be prepared."""
