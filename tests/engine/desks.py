"""A desk for engine tests: a real folder and database, a real server over HTTP, and a clock that waiting moves on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncd.core.model import AtRoot, Folder, FolderGone, Item, ItemGone
from syncd.engine import Eyes, Mirror, Policy, Run, open_mirror, settle
from syncd.local.root import Root
from syncd.remotes.faces import Page, Remote, Reset, Snapshot, Token
from syncd.remotes.http import MemoryBackoff
from syncd.remotes.registry import HERE, RemoteSettings, Surroundings, build
from syncd.server import Choices, Settings, serving
from syncd.store.store import Store
from tests.engine.hours import Hours
from tests.engine.lossy import Fate, Lossy
from tests.remotes.fakes import MemoryTokens

CHANGING = frozenset({"submit", "move", "folder", "update", "delete", "publish"})
"""The endpoints whose requests may change something on the server."""


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
    remote: Remote
    ever: set[bytes] = field(default_factory=set)
    """Every version of content that somebody made, and nobody who had seen it threw away."""

    @property
    def lossy(self) -> Lossy:
        """The remote as the mirror sees it: its answers can be made to get lost."""
        assert isinstance(self.mirror.remote, Lossy)
        return self.mirror.remote

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
        if file.is_file():
            self.ever.discard(file.read_bytes())
        data = content.encode() if isinstance(content, str) else content
        self.ever.add(data)
        file.write_bytes(data)
        self.mirror.eyes.lost()
        return file

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()
        self.mirror.eyes.lost()

    def rename(self, source: str, target: str) -> None:
        (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / source).rename(self.folder / target)
        self.mirror.eyes.lost()

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

    def visible(self) -> dict[str, tuple[int, int, int]]:
        """Every visible file: its inode, size and time."""
        found = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder)
            if not path.is_symlink() and path.is_file() and ".syncd" not in name.parts:
                status = path.stat()
                found[str(name)] = (status.st_ino, status.st_size, status.st_mtime_ns)
        return found

    def losses(self) -> set[bytes]:
        """The versions that are neither here nor there nor in the trash (I1)."""
        return self.ever - set(self.files().values()) - set(self.titles().values()) - set(self.trash())

    # --- the server

    def changing(self) -> dict[str, int]:
        """How many requests of ours may have changed something there."""
        return {name: count for name, count in self.remote.requests().items() if name in CHANGING}

    def submit(self, name: str, content: bytes | str, **place: Any) -> Item:
        data = content.encode() if isinstance(content, str) else content
        path = self.state / "theirs.bin"
        path.write_bytes(data)
        self.ever.add(data)
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
        self.ever.discard(self.content(current))
        self.ever.add(data)
        snapshot = Snapshot(path, name, len(data), hashlib.sha256(data).hexdigest())
        return self.there.replace(current, snapshot, lambda _size: None)

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
def desk(
    tmp_path: Path, dialect: str, *, choices: Choices | None = None, policy: Policy | None = None
) -> Iterator[Desk]:
    """A desk with a server of its own."""
    with (
        serving(tmp_path / "server", settings=Settings(choices=choices or Choices())) as server,
        at_server(tmp_path, server, dialect, policy) as one,
    ):
        yield one


def connected(server: Any, dialect: str, surroundings: Surroundings = HERE) -> Remote:
    """A client of the server's account."""
    login = server.login
    settings = RemoteSettings(
        server=server.server, dialect=dialect, client_id=login.client_id, client_secret=login.client_secret
    )
    tokens = MemoryTokens(Token(login.access_token, login.refresh_token, login.expires_at))
    return build("stash", settings, tokens, MemoryBackoff(), surroundings)


@contextmanager
def at_server(
    tmp_path: Path, server: Any, dialect: str, policy: Policy | None = None, name: str = "a"
) -> Iterator[Desk]:
    """Another mirror of the same account."""
    state = tmp_path / name / "state"
    state.mkdir(parents=True, exist_ok=True)
    hours, folder, remote = Hours(), tmp_path / name / "Stash", connected(server, dialect)
    with ThreadPoolExecutor(8) as pool:
        mirror = Mirror(
            name="stash",
            store=Store(state / "state.db"),
            root=Root(folder),
            remote=Lossy(remote),
            policy=policy or Policy(),
            clock=hours.clock,
            pool=pool,
            eyes=Eyes(),
        )
        one = Desk(folder, state, mirror, connected(server, dialect), hours, server, dialect, remote)
        try:
            open_mirror(mirror, server.server)
            yield one
        finally:
            remote.close()
            one.there.close()
            one.mirror.store.close()


def reopened(one: Desk, fate: Fate | None = None) -> Desk:
    """The same mirror after a restart: nothing of the process is left but the disk. `fate`: what is to befall it."""
    one.mirror.store.close()
    at = (fate or Fate()).at
    one.mirror = replace(
        one.mirror,
        store=Store(one.state / "state.db", at=at),
        eyes=Eyes(),
        root=Root(one.folder, at=at),
        remote=Lossy(one.remote),
        rules=None,
    )
    open_mirror(one.mirror, one.serving.server)
    return one
