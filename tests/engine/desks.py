"""A desk for engine tests: a real folder and database, a real server over HTTP, and a clock that waiting moves on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncd.core.model import Folder, FolderGone, Item, ItemGone
from syncd.engine import Clock, Eyes, Mirror, Policy, Run, open_mirror, settle
from syncd.local.root import Root
from syncd.remotes.faces import Page, Remote, Reset, Snapshot, Token
from syncd.remotes.http import MemoryBackoff
from syncd.remotes.registry import RemoteSettings, build
from syncd.server import Choices, Settings, serving
from syncd.store.store import Store
from tests.remotes.fakes import MemoryTokens


@dataclass
class Hours:
    """A clock whose `sleep` returns at once and moves the time on."""

    ahead: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return time.time() + self.ahead

    def steady(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        self.slept.append(seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.steady, self.sleep)


@dataclass
class Desk:
    """One mirror, and the server's side of it (`there`: the same account through a client of its own)."""

    folder: Path
    state: Path
    mirror: Mirror
    there: Remote
    hours: Hours
    serving: Any
    dialect: str

    def sync(self, **options: Any) -> Run:
        run = settle(self.mirror, **options)
        if run.error is not None:
            raise run.error
        return run

    def actions(self, run: Run) -> list[tuple[str, str]]:
        return [(action.action, action.path) for action in run.actions]

    # --- the folder

    def write(self, path: str, content: bytes | str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.mirror.eyes.lost()
        return file

    def touched(self) -> None:
        self.mirror.eyes.lost()

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".syncd" not in path.relative_to(self.folder).parts
        }

    def directories(self) -> set[str]:
        return {
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_dir() and ".syncd" not in path.relative_to(self.folder).parts
        }

    def trash(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder / ".syncd/trash").rglob("*")) if path.is_file()]

    # --- the server

    def submit(self, name: str, content: bytes | str, **place: Any) -> Item:
        data = content.encode() if isinstance(content, str) else content
        path = self.state / "theirs.bin"
        path.write_bytes(data)
        from syncd.core.model import AtRoot

        target = place.pop("target", AtRoot("Sta.sh Uploads 9"))
        title = place.pop("title", name.rpartition(".")[0] or name)
        snapshot = Snapshot(path, name, len(data), hashlib.sha256(data).hexdigest())
        return self.there.submit(snapshot, title, target, lambda _size: None)

    def overwrite(self, item: Item, name: str, content: bytes | str) -> Item:
        data = content.encode() if isinstance(content, str) else content
        path = self.state / "theirs.bin"
        path.write_bytes(data)
        current = self.there.read(item.id)
        assert isinstance(current, Item)
        return self.there.replace(current, Snapshot(path, name, len(data), hashlib.sha256(data).hexdigest()), lambda _: None)

    def listing(self) -> tuple[dict[int, Item], dict[int, Folder]]:
        items: dict[int, Item] = {}
        folders: dict[int, Folder] = {}
        for step in self.there.drain(None, lambda _folder: False):
            if isinstance(step, Reset):
                items, folders = {}, {}
            if isinstance(step, Page):
                for entry in step.entries:
                    match entry:
                        case Item():
                            items[entry.id] = entry
                        case Folder():
                            folders[entry.id] = entry
                        case ItemGone() | FolderGone():
                            items.pop(entry.id, None)
                            folders.pop(entry.id, None)
        return items, folders

    def titles(self) -> dict[str, bytes]:
        """What the server holds: path of titles -> bytes."""
        items, folders = self.listing()
        found: dict[str, bytes] = {}
        for item in items.values():
            parts = [item.title]
            folder = folders.get(item.folder) if item.folder is not None else None
            while folder is not None:
                if not folder.title.startswith("Sta.sh Uploads") and folder.title:
                    parts.insert(0, folder.title)
                folder = folders.get(folder.parent) if folder.parent is not None else None
            key = "/".join(parts)
            while key in found:
                key += "+"
            found[key] = self.content(item)
        return found

    def content(self, item: Item) -> bytes:
        with self.there.open(item.id, item.version) as content:
            return b"".join(content.chunks)

    def publish(self, itemid: int) -> None:
        with self.serving.vault.changing(self.serving.login.user) as stash:
            stash.publish(itemid)


@contextmanager
def desk(tmp_path: Path, dialect: str, *, choices: Choices | None = None, policy: Policy | None = None) -> Iterator[Desk]:
    """A desk with a server of its own."""
    with serving(tmp_path / "server", settings=Settings(choices=choices or Choices())) as server, at_server(
        tmp_path, server, dialect, policy
    ) as one:
        yield one


@contextmanager
def at_server(tmp_path: Path, server: Any, dialect: str, policy: Policy | None = None, name: str = "a") -> Iterator[Desk]:
    """Another mirror of the same account."""
    state = tmp_path / name / "state"
    state.mkdir(parents=True, exist_ok=True)
    hours = Hours()
    settings = RemoteSettings(server=server.server, dialect=dialect, client_id=server.login.client_id, client_secret=server.login.client_secret)
    token = Token(server.login.access_token, server.login.refresh_token, server.login.expires_at)
    tokens = MemoryTokens(token)
    folder = tmp_path / name / "Stash"
    with ThreadPoolExecutor(8) as pool:
        one = Desk(
            folder=folder,
            state=state,
            mirror=Mirror(
                name="stash",
                store=Store(state / "state.db"),
                root=Root(folder),
                remote=build("stash", settings, tokens, MemoryBackoff()),
                policy=policy or Policy(),
                clock=hours.clock,
                pool=pool,
                eyes=Eyes(),
            ),
            there=build("stash", settings, tokens, MemoryBackoff()),
            hours=hours,
            serving=server,
            dialect=dialect,
        )
        try:
            open_mirror(one.mirror, server.server)
            yield one
        finally:
            one.mirror.remote.close()
            one.there.close()
            one.mirror.store.close()


def reopened(one: Desk) -> Desk:
    """The same mirror after a restart: nothing of the process is left but the disk."""
    one.mirror.store.close()
    mirror = replace(one.mirror, store=Store(one.state / "state.db"), eyes=Eyes(), root=Root(one.folder), rules=None)
    one.mirror = mirror
    open_mirror(mirror, one.serving.server)
    return one
