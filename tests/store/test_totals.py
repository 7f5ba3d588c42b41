"""Totals are kept while rows come and go: at every moment they are what counting would tell."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.core.model import Agreed, Fingerprint, LocalDirectory, LocalFile
from syncd.store.store import Store

FILES = [f"{directory}{name}.png" for directory in ("", "Art/", "Art/Old/") for name in "abcde"]


def counted(path: Path) -> tuple[int, int, int, int]:
    """What a look through all rows tells: files, bytes, items, published ones."""
    with closing(sqlite3.connect(path)) as database:
        files, size = database.execute("SELECT count(*), ifnull(sum(size), 0) FROM local_file").fetchone()
        (items,) = database.execute("SELECT count(*) FROM agreed_item WHERE NOT superseded AND NOT released").fetchone()
        (released,) = database.execute("SELECT count(*) FROM agreed_item WHERE released").fetchone()
    return files, size, items, released


def kept(store: Store) -> tuple[int, int, int, int]:
    return (*store.local.totals(), store.agreed.count(), store.agreed.published())


def a_file(path: str, chance: random.Random) -> LocalFile:
    return LocalFile(path, Fingerprint(chance.randrange(10**6), 1, 1, chance.randrange(1, 99), 1), "a" * 64)


def an_item(itemid: int, chance: random.Random) -> Agreed:
    released, superseded = chance.choice([(False, False), (True, False), (False, True)])
    return Agreed(
        id=itemid,
        path=chance.choice(FILES),
        title="a",
        folder=None,
        extension="png",
        version="v",
        sha256="a" * 64,
        size=1,
        inode=1,
        device=1,
        born_ns=None,
        provisional=False,
        echo=False,
        released=released,
        superseded=superseded,
    )


def change(store: Store, chance: random.Random) -> None:
    """One write of any kind."""
    path, itemid = chance.choice(FILES), chance.randrange(1, 12)
    match chance.randrange(6):
        case 0 | 1:
            store.local.put_file(a_file(path, chance), racy=False)
        case 2:
            store.local.drop_file(path)
        case 3:
            store.agreed.put(an_item(itemid, chance))
        case 4:
            store.agreed.forget(itemid)
        case _:
            store.local.drop_directory("Older")
            store.local.move_directory("Art/Old", "Older", LocalDirectory("Older", 7, 1))


@pytest.mark.parametrize("seed", range(5))
def test_totals_are_what_counting_would_tell(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "state.db", random.Random(seed)
    store = Store(path)
    for _ in range(200):
        with store.transaction():
            change(store, chance)
        assert kept(store) == counted(path)
    store.close()


def test_what_is_rolled_back_does_not_count(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    with store.rehearsal():
        store.local.put_file(a_file("a.png", random.Random(1)), racy=False)
        assert kept(store)[0] == 1
    assert kept(store) == (0, 0, 0, 0)
    store.close()


def test_a_database_of_before_is_counted_once(tmp_path: Path) -> None:
    path, chance = tmp_path / "state.db", random.Random(3)
    store = Store(path)
    with store.transaction():
        for _ in range(60):
            change(store, chance)
    expected = kept(store)
    store.close()
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'total_%'").fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DROP TABLE total")
        database.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_keep_totals'")
        database.commit()
    store = Store(path)
    assert kept(store) == expected == counted(path)
    store.close()
    assert len(triggers) == 6
