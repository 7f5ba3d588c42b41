"""token.json: durable, for the owner only, refreshed by one process at a time (W28)."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from syncd.core.errors import Misconfigured
from syncd.core.token import Token
from syncd.store.store import StoredBackoff
from syncd.store.tokens import TokenFile, parse_token

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
