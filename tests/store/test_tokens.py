"""token.json: durable, for the owner only, refreshed by one process at a time (W28)."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from syncd.core.errors import DiskFailed, Misconfigured
from syncd.core.token import Token
from syncd.store.keyring import KeyringUnavailable
from syncd.store.store import StoredBackoff
from syncd.store.tokens import Seed, TokenFile, parse_token

TOKEN = Token("access-secret", "refresh-secret", 1234.5)


def test_a_token_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "state")
    assert tokens.load() is None
    tokens.save(TOKEN)
    assert TokenFile(tmp_path / "state").load() == TOKEN
    tokens.forget()
    assert tokens.load() is None
    tokens.forget()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        TokenFile(tmp_path / "state").save(TOKEN)
    finally:
        os.umask(before)
    assert (tmp_path / "state/token.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["token.json"]


def test_it_is_synced_before_it_is_renamed_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    TokenFile(tmp_path).save(TOKEN)
    assert steps == ["file", "rename", "folder"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"access_token": ""}', '{"access_token": "a", "expires_at": "soon"}', "null"]
)
def test_what_is_no_token_is_said_without_quoting_it(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        parse_token(text, "token.json")
    assert "token.json" in caught.value.message
    assert "soon" not in caught.value.message


def test_a_token_never_prints_itself() -> None:
    assert "secret" not in repr(TOKEN) + str(TOKEN)


def _hold(folder: Path, took: object, let_go: object) -> None:
    with TokenFile(folder).lock():
        took.set()  # type: ignore[attr-defined]
        let_go.wait(20)  # type: ignore[attr-defined]
        TokenFile(folder).save(TOKEN)


def test_another_process_waits_for_the_lock_and_then_finds_the_new_token(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    took, let_go = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, took, let_go))
    other.start()
    assert took.wait(20)
    assert TokenFile(tmp_path).load() is None
    let_go.set()
    with TokenFile(tmp_path).lock():
        assert TokenFile(tmp_path).load() == TOKEN
    other.join()


def test_a_backoff_survives_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    StoredBackoff(tmp_path).save(99.5, 3)
    assert StoredBackoff(tmp_path).load() == (99.5, 3)
    (tmp_path / "backoff.json").write_text("{")
    assert StoredBackoff(tmp_path).load() == (0.0, 0)


def seed(access: str, refresh: str = "r") -> Seed:
    return Seed(json.dumps({"access_token": access, "refresh_token": refresh, "expires_at": 9.0}), "SYNCD_TOKEN_STASH")


def test_a_seed_counts_once_and_then_what_became_of_it_wins(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path, seed("given"))
    assert tokens.is_there()
    assert tokens.load() == Token("given", "r", 9.0)
    assert not (tmp_path / "token.json").exists()
    tokens.adopt()
    assert TokenFile(tmp_path).load() == Token("given", "r", 9.0)
    tokens.save(TOKEN)
    assert TokenFile(tmp_path, seed("given")).load() == TOKEN
    TokenFile(tmp_path, seed("given")).adopt()
    assert TokenFile(tmp_path, seed("given")).load() == TOKEN


def test_a_refresh_before_the_seed_was_taken_in_counts_as_taking_it_in(tmp_path: Path) -> None:
    TokenFile(tmp_path, seed("given")).save(TOKEN)
    assert TokenFile(tmp_path, seed("given")).load() == TOKEN


def test_another_seed_wins_again_once(tmp_path: Path) -> None:
    TokenFile(tmp_path, seed("first")).save(TOKEN)
    second = TokenFile(tmp_path, seed("second"))
    assert second.load() == Token("second", "r", 9.0)
    second.adopt()
    assert TokenFile(tmp_path, seed("first")).load() == Token("second", "r", 9.0)
    TokenFile(tmp_path).save(TOKEN)
    assert TokenFile(tmp_path, seed("second")).load() == TOKEN


def test_a_login_in_a_shell_that_knows_no_seed_wins_over_one_that_was_taken_in(tmp_path: Path) -> None:
    TokenFile(tmp_path, seed("given")).adopt()
    TokenFile(tmp_path).keep_in_file(TOKEN)
    assert TokenFile(tmp_path, seed("given")).load() == TOKEN


def test_who_logged_out_is_not_logged_in_again_by_the_same_seed(tmp_path: Path) -> None:
    TokenFile(tmp_path, seed("given")).adopt()
    TokenFile(tmp_path).forget()
    tokens = TokenFile(tmp_path, seed("given"))
    assert (tokens.load(), tokens.is_there()) == (None, False)
    tokens.adopt()
    assert tokens.load() is None
    assert "given" not in (tmp_path / "token.json").read_text()


def test_a_seed_never_prints_its_token_and_one_that_is_none_is_named_by_its_origin(tmp_path: Path) -> None:
    assert "given" not in repr(seed("given"))
    broken = TokenFile(tmp_path, Seed('{"access_token": 5}', "the credential stash.token"))
    for what in (broken.load, broken.adopt):
        with pytest.raises(Misconfigured, match=r"the credential stash\.token: access_token"):
            what()
    assert not (tmp_path / "token.json").exists()


def test_a_disk_that_fails_is_said_and_the_old_token_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = TokenFile(tmp_path)
    tokens.save(TOKEN)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFailed, match="No space left"):
        tokens.save(Token("new", "new", 0.0))
    assert tokens.load() == TOKEN


class Box:
    """A keyring that works, or does not."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def load(self, entry: str) -> str | None:
        self._check()
        return self.kept.get(entry)

    def save(self, entry: str, text: str) -> None:
        self._check()
        self.kept[entry] = text

    def delete(self, entry: str) -> None:
        self._check()
        self.kept.pop(entry, None)

    def _check(self) -> None:
        if self.locked:
            raise KeyringUnavailable("locked")


def test_what_was_logged_into_a_keyring_stays_there(tmp_path: Path) -> None:
    box = Box()
    tokens = TokenFile(tmp_path, strongbox=box)
    tokens.keep_in_keyring(TOKEN)
    assert tokens.load() == TOKEN
    assert "secret" not in (tmp_path / "token.json").read_text()
    before = (tmp_path / "token.json").stat().st_ino
    tokens.save(Token("renewed-secret", "r", 5.0))
    assert tokens.load() == Token("renewed-secret", "r", 5.0)
    assert "secret" not in (tmp_path / "token.json").read_text()
    assert (tmp_path / "token.json").stat().st_ino != before, "whoever waits for a login sees another file"
    tokens.forget()
    assert (box.kept, tokens.load(), tokens.is_there()) == ({}, None, False)


def test_a_locked_keyring_is_no_logout(tmp_path: Path) -> None:
    box = Box()
    tokens = TokenFile(tmp_path, strongbox=box)
    tokens.keep_in_keyring(TOKEN)
    box.locked = True
    for what in (tokens.load, lambda: tokens.save(TOKEN), tokens.forget):
        with pytest.raises(KeyringUnavailable):
            what()
    assert tokens.is_there()
    box.locked = False
    assert tokens.load() == TOKEN


def test_a_login_into_the_file_takes_the_token_out_of_the_keyring(tmp_path: Path) -> None:
    box = Box()
    tokens = TokenFile(tmp_path, strongbox=box)
    tokens.keep_in_keyring(Token("old", "old", 0.0))
    tokens.keep_in_file(TOKEN)
    assert (tokens.load(), box.kept) == (TOKEN, {})


@pytest.mark.parametrize("text", ['{"seeds": [1]}', '{"keyring": 5}', '{"seeds": "x", "access_token": "a"}'])
def test_a_damaged_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "token.json").write_text(text)
    with pytest.raises(Misconfigured):
        TokenFile(tmp_path).load()
    TokenFile(tmp_path).keep_in_file(TOKEN)
    assert TokenFile(tmp_path).load() == TOKEN
