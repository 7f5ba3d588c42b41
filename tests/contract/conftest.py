"""Every remote against a real server: one remote for each dialect, over HTTP on the loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncd.core.model import Folder, FolderGone, Item, ItemGone
from syncd.remotes.faces import Drained, Page, Problem, Reset, Snapshot, Token
from syncd.remotes.http import MemoryBackoff
from syncd.remotes.registry import RemoteSettings, build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash
from syncd.server import Choices, Login, Settings, Vault, serving
from syncd.server.stash import Stash
from tests.remotes.fakes import DIALECTS, MemoryTokens


@dataclass
class Stage:
    """A remote, the server behind it, and a folder for files to send."""

    dialect: str
    remote: DraftStash | V1Stash
    vault: Vault
    login: Login
    tokens: MemoryTokens
    folder: Path

    def snapshot(self, content: bytes, name: str = "Fox.bin") -> Snapshot:
        path = self.folder / hashlib.sha256(content + name.encode("utf-8", "replace")).hexdigest()
        path.write_bytes(content)
        return Snapshot(path, name, len(content), hashlib.sha256(content).hexdigest())

    def state(self) -> Stash:
        """The stash of the user as the server has it, to look at."""
        with self.vault.reading(self.login.user) as stash:
            return stash.copy()

    def publish(self, itemid: int) -> None:
        with self.vault.changing(self.login.user) as stash:
            stash.publish(itemid)

    def counted(self, since: dict[str, int]) -> dict[str, int]:
        """The requests sent since an earlier count."""
        now = self.remote.requests()
        return {name: count - since.get(name, 0) for name, count in now.items() if count > since.get(name, 0)}


@dataclass
class Seen:
    """What an engine would hold: entries applied in order, resets obeyed."""

    items: dict[int, Item]
    folders: dict[int, Folder]
    problems: list[Problem]
    end: Drained
    resets: int = 0

    def place(self, itemid: int) -> tuple[str, ...]:
        """The titles of the user's folders around an item: automatic ones are left out."""
        titles: list[str] = []
        at = self.items[itemid].folder
        while at is not None:
            folder = self.folders[at]
            if folder.title and not folder.title.startswith("Sta.sh Uploads "):
                titles.insert(0, folder.title)
            at = folder.parent
        return tuple(titles)


def look(stage: Stage, before: Seen | None = None) -> Seen:
    """Drains once, from where `before` ended."""
    items, folders = (dict(before.items), dict(before.folders)) if before else ({}, {})
    listed = {folder.id for folder in folders.values() if folder.listed}
    seen = Seen(items, folders, [], Drained("", epoch=False, steady=False))
    for told in stage.remote.drain(before.end.cursor if before else None, lambda folder: folder in listed):
        match told:
            case Page(entries, problems):
                seen.problems += problems
                for entry in entries:
                    match entry:
                        case Item():
                            seen.items[entry.id] = entry
                        case Folder():
                            seen.folders[entry.id] = entry
                        case ItemGone(gone):
                            seen.items.pop(gone, None)
                        case FolderGone(gone):
                            seen.folders.pop(gone, None)
            case Reset():
                seen.items.clear()
                seen.folders.clear()
                seen.resets += 1
            case Drained():
                seen.end = told
    return seen


Staging = Callable[..., Stage]


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def staging(dialect: str, tmp_path: Path) -> Iterator[Staging]:
    """Makes a stage with the server's choices as given; everything is closed in the end."""
    with ExitStack() as stack:

        def make(**choices: object) -> Stage:
            data = tmp_path / f"server {len(list(tmp_path.iterdir()))}"
            settings = Settings(choices=Choices(**choices))  # type: ignore[arg-type]
            served = stack.enter_context(serving(data, settings=settings))
            return connected(stack, served.vault, served.login, dialect, tmp_path)

        yield make


def connected(stack: ExitStack, vault: Vault, login: Login, dialect: str, folder: Path) -> Stage:
    tokens = MemoryTokens(Token(login.access_token, login.refresh_token, login.expires_at))
    settings = RemoteSettings(
        server=login.server, dialect=dialect, client_id=str(login.client_id), client_secret=login.client_secret
    )
    remote = build("stash", settings, tokens, MemoryBackoff())
    assert isinstance(remote, DraftStash | V1Stash)
    stack.callback(remote.close)
    return Stage(dialect, remote, vault, login, tokens, folder)


@pytest.fixture
def stage(staging: Staging) -> Stage:
    """A remote and a server with the likeliest choices."""
    return staging()
