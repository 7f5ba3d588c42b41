"""Durability: what was answered is there after reopening, whatever happened; blobs come and go with what names them."""

from __future__ import annotations

import hashlib
import io
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from syncd.server import Choices, Settings, Vault
from syncd.server.errors import NotYours, StashError, UnknownItem
from syncd.server.model import Blob, NamedStack, Submission, View
from syncd.server.stash import Stash
from tests.server.conftest import V1, Make, Sta, png
from tests.server.states import Copy, check
from tests.server.test_delta import Adversary


def everything(stash: Stash) -> Any:
    """All that a stash says, now and of its past."""
    listings = [stash.delta(view, None, 0, 10**6) for view in View]
    tree = stash.tree
    order = {parent: list(children) for parent, children in tree.children.items()}
    held = dict(tree.items), dict(tree.stacks), order, set(tree.deleted)
    return listings, held, tree.uploads, stash.revision, stash.used_space


def upload(vault: Vault, user: str, content: bytes, itemid: int | None = None) -> int:
    """Submit a file as the wire does."""
    staged = vault.blobs.stage(io.BytesIO(content))
    with vault.changing(user) as stash:
        done = stash.submit(Submission(itemid=itemid, blob=Blob(staged.key, staged.size)), 0)
        vault.keep(staged)
    return done.item.id


@pytest.mark.parametrize("seed", range(6))
def test_a_reopened_stash_says_the_same_now_and_of_its_past(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    settings = Settings(choices=Choices(leaves_listed=seed % 2 == 0, named_leaf=seed % 3 == 0))
    vault = Vault(tmp_path, settings)
    vault.add_user("artist")
    copies, before = [], None
    for _ in range(40):
        try:
            with vault.changing("artist") as stash:
                Adversary(stash, drawn).act()
        except StashError:
            pass
        with vault.reading("artist") as stash:
            copies += [Copy(view).follow(stash) for view in View]
            before = everything(stash)
    vault.close()
    vault = Vault(tmp_path, settings)
    with vault.reading("artist") as stash:
        assert everything(stash) == before
        check(stash, emptied_may_be_automatic=True)
        truth = {view: Copy(view).follow(stash) for view in View}
        assert all(copy.follow(stash) == truth[copy.view] for copy in copies)
    vault.close()


def test_a_cursor_survives_the_restart_of_the_server(make: Make) -> None:
    sta = make()
    answer = sta.post(f"{V1}/stash/submit", files={"a": ("a.png", png())})
    cursor, old = sta.get(f"{V1}/stash/delta")["cursor"], sta.get(f"{V1}/stash/item/{answer['itemid']}")
    sta.vault.close()
    again = make()
    assert again.get(f"{V1}/stash/delta", params={"cursor": cursor})["entries"] == []
    assert again.get(f"{V1}/stash/delta")["cursor"] == cursor
    new = again.get(f"{V1}/stash/item/{answer['itemid']}")
    assert new["files"][:-1] == old["files"][:-1]
    assert again.http.get(old["files"][-1]["src"]).content == png()
    assert again.http.get(f"{V1}/placebo", headers=sta.http.headers).status_code == 200


def test_equal_files_are_kept_once_and_go_with_the_last_item(sta: Sta) -> None:
    sta.vault.add_user("other")
    first, second, third = (upload(sta.vault, user, b"same") for user in ("artist", "artist", "other"))
    key = hashlib.sha256(b"same").hexdigest()
    assert [path.name for path in sta.vault.blobs.folder.iterdir()] == [key]
    with sta.vault.changing("artist") as stash:
        stash.delete(first)
    upload(sta.vault, "artist", b"other", itemid=second)
    assert sta.vault.blobs.path(key).read_bytes() == b"same"
    with sta.vault.changing("other") as stash:
        stash.delete(third)
    assert not sta.vault.blobs.path(key).exists()


def test_a_published_item_keeps_its_file(sta: Sta) -> None:
    itemid = upload(sta.vault, "artist", b"art")
    with sta.vault.changing("artist") as stash:
        stash.publish(itemid)
    assert len(list(sta.vault.blobs.folder.iterdir())) == 1


def test_what_a_crash_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    vault = Vault(tmp_path, Settings())
    vault.add_user("artist")
    upload(vault, "artist", b"kept")
    vault.keep(vault.blobs.stage(io.BytesIO(b"orphan")))
    vault.blobs.stage(io.BytesIO(b"half"))
    vault.thumbnails.mkdir()
    (vault.thumbnails / "gone-1x1.jpg").touch()
    vault.close()
    vault = Vault(tmp_path, Settings())
    assert [path.read_bytes() for path in vault.blobs.folder.iterdir()] == [b"kept"]
    assert list(vault.thumbnails.iterdir()) == []
    vault.close()


def test_a_change_that_cannot_be_saved_did_not_happen(sta: Sta) -> None:
    kept = upload(sta.vault, "artist", b"kept")
    with sta.vault.reading("artist") as stash:
        before = everything(stash)

    full = "CREATE TRIGGER full BEFORE INSERT ON thing BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    sta.vault.database.connection.execute(full)
    response = sta.http.post(f"{V1}/stash/submit", files={"a": ("a.txt", b"lost")}, data={"stack": "Foxes"})
    assert response.status_code == 500
    sta.vault.database.connection.execute("DROP TRIGGER full")
    with sta.vault.reading("artist") as stash:
        assert everything(stash) == before
    assert [path.read_bytes() for path in sta.vault.blobs.folder.iterdir()] == [b"kept"]
    assert sta.post(f"{V1}/stash/delete", data={"itemid": kept}) == {"success": True}


def test_a_change_writes_only_the_rows_that_changed(sta: Sta) -> None:
    with sta.vault.changing("artist") as stash:
        for index in range(200):
            stash.submit(Submission(title=str(index), html="x", place=NamedStack("Foxes")), 0)
        itemid = next(iter(stash.tree.items))
    before = sta.vault.database.connection.total_changes
    with sta.vault.changing("artist") as stash:
        stash.submit(Submission(itemid=itemid, title="new"), 0)
    assert sta.vault.database.connection.total_changes - before <= 3  # the item, perhaps counted twice, and its user


def test_another_users_id_is_not_merely_unknown(sta: Sta) -> None:
    sta.vault.add_user("other")
    itemid = upload(sta.vault, "artist", b"mine")
    with pytest.raises(NotYours), sta.vault.changing("other") as stash:
        stash.delete(itemid)
    with pytest.raises(UnknownItem), sta.vault.changing("other") as stash:
        stash.delete(1)


def test_two_servers_do_not_share_a_folder(sta: Sta) -> None:
    with pytest.raises(OSError, match="another server has this folder"):
        Vault(sta.vault.data, Settings())


def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    Vault(tmp_path, Settings()).close()
    connection = sqlite3.connect(tmp_path / "server.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OSError, match="newer version"):
        Vault(tmp_path, Settings())
