"""Taking in a whole delta: 100,000 entries in pages of 120, beside raw `executemany` upserts into the same schema.

Ours is the store's own way from a page of entries to the last commit: staged page by page, then applied whole with its
cursor. The yardstick writes the same rows into the same tables, with their triggers, one transaction a page. Each turn
begins with a new database; then the same entries come once more.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncd.core.model import Entry, Folder, Item
from syncd.store.rows import ITEM_COLUMNS, item_values
from syncd.store.schema import open_database
from syncd.store.store import Store
from tests.bench.filling import Recipe
from tests.bench.made_up import folder, item
from tests.bench.options import Options
from tests.bench.row import Found, Point, Row, alternate, at_least, spread
from tests.bench.world import workshop

PAGE = 120
IN_A_FOLDER = 99
"""Items; with their folder they are a hundred entries."""
ITEMS = f"""
INSERT INTO remote_item ({ITEM_COLUMNS}, seen, appeared) VALUES ({", ".join("?" * 11)}, 'live', 1)
ON CONFLICT (id) DO UPDATE SET
  title = excluded.title, folder = excluded.folder, version = excluded.version, extension = excluded.extension,
  size = excluded.size, text = excluded.text, comments = excluded.comments, keywords = excluded.keywords,
  original_url = excluded.original_url, created = excluded.created
"""
FOLDERS = """
INSERT INTO remote_folder (id, title, parent, listed, automatic) VALUES (?, ?, ?, 1, 0)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, parent = excluded.parent
"""

Pages = Sequence[Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds for the first time and for the second, of the wall and of the processor."""

    first: float
    again: float
    first_cpu: float


def ingest(options: Options) -> Iterator[Found]:
    """The row's own size, its repetition, and the curve."""
    for size in sorted({*options.sizes, 100_000} if not options.quick else options.sizes):
        pages = paged(size)
        turns = alternate(
            options.pairs if size == 100_000 or options.quick else 1,
            lambda pages=pages: in_new_folder(lambda path: take_in(path, pages)),  # type: ignore[misc]
            lambda pages=pages: in_new_folder(lambda path: _raw(path, pages)),  # type: ignore[misc]
            warm=False,
        )
        ours, raw = [size / mine.first for mine, _ in turns], [size / theirs.first for _, theirs in turns]
        yield Point("delta ingest", size, size / spread(ours).middle, "s", size / spread(raw).middle, "executemany")
        if size == 100_000 or options.quick:
            yield from _rows(size, turns)


def paged(entries: int) -> Pages:
    """So many entries as pages, folders first, as a server tells them."""
    recipe = Recipe(entries * IN_A_FOLDER // (IN_A_FOLDER + 1), in_a_folder=IN_A_FOLDER)
    told: list[Entry] = [folder(recipe, number) for number in range(0, recipe.items, IN_A_FOLDER)]
    told += [item(recipe, number) for number in range(recipe.items)]
    return [told[start : start + PAGE] for start in range(0, len(told), PAGE)]


def _rows(size: int, turns: list[tuple[Took, Took]]) -> Iterator[Row]:
    yield Row(
        name=f"delta ingest, {size:,} entries",
        unit="1/s",
        ours=tuple(size / ours.first for ours, _ in turns),
        yardstick=tuple(size / raw.first for _, raw in turns),
        against="raw executemany, a transaction a page",
        bound=at_least(0.9),
        note=f"CPU {min(o.first_cpu for o, _ in turns):.2f} s, raw {min(r.first_cpu for _, r in turns):.2f} s",
    )
    yield Row(
        name=f"delta ingest, {size:,} entries told again",
        unit="1/s",
        ours=tuple(size / ours.again for ours, _ in turns),
        yardstick=tuple(size / raw.first for _, raw in turns),
        against="raw executemany, the first time",
        bound=at_least(5.0),
        note=f"ours, the first time: {size / min(ours.first for ours, _ in turns):,.0f} 1/s",
    )


def in_new_folder(work: Callable[[Path], Took]) -> Took:
    """Does the work in a folder that is made for it, and goes."""
    path = workshop() / "ingest"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    try:
        return work(path)
    finally:
        shutil.rmtree(path)


def _twice(work: Callable[[], None]) -> Took:
    times = [(time.perf_counter(), time.process_time())]
    for _ in range(2):
        work()
        times.append((time.perf_counter(), time.process_time()))
    return Took(times[1][0] - times[0][0], times[2][0] - times[1][0], times[1][1] - times[0][1])


def take_in(path: Path, pages: Pages) -> Took:
    """The store's own way, twice."""
    store = Store(path / "state.db")

    def all_pages() -> None:
        store.remote.begin()
        for page in pages:
            store.remote.stage(page)
        store.remote.apply(cursor="the end", whole=True)

    try:
        return _twice(all_pages)
    finally:
        store.close()


def _raw(path: Path, pages: Pages) -> Took:
    connection = open_database(path / "state.db")
    rows = [
        (
            [item_values(entry) for entry in page if isinstance(entry, Item)],
            [(entry.id, entry.title, entry.parent) for entry in page if isinstance(entry, Folder)],
        )
        for page in pages
    ]

    def write() -> None:
        for items, folders in rows:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(FOLDERS, folders)
            connection.executemany(ITEMS, items)
            connection.execute("COMMIT")

    try:
        return _twice(write)
    finally:
        connection.close()
