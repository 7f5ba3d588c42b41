"""The remote in memory tells the same as the shipped client over HTTP, of any state of the server.

One stash is built by chance in the embedded server, copied into memory, and asked by both; addresses differ only in
the host. Then both sides are changed by the same requests, and must answer alike again.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from syncd.core.errors import SyncdError
from syncd.core.model import AtRoot, Changes, Folder, Into, Item, Make, Target
from syncd.remotes.faces import Page, Remote, Snapshot, SubmittedButUnfinished
from syncd.server import Choices, Settings, Stash, Vault, serving
from syncd.server.errors import StashError
from syncd.server.model import InStack, NamedFolder, NamedStack, Submission
from tests.contract.conftest import connected
from tests.sim.account import SERVER, Account, File
from tests.sim.clock import START, VirtualClock
from tests.sim.memory import memory_remote

SEEDS = range(6)
NAMES = ("Fox.txt", "Fox.png", "plain", "\u00e9 x.jpeg", 'a "b".md')


class _Quiet:
    """Nothing happens at any seam."""

    def seam(self, name: str) -> str | None:
        return None

    def sends(self, call: Any, posted: Any, file: Any) -> None:
        return

    def late(self, apply: Callable[[], object]) -> None:
        raise AssertionError

    def twice(self) -> None:
        raise AssertionError

    def hides(self) -> None:
        raise AssertionError

    def pauses(self, until: float) -> None:
        raise AssertionError

    def allows(self, lie: str, itemid: int | None) -> bool:
        raise AssertionError


@dataclass
class Pair:
    """The same stash twice."""

    real: Remote
    memory: Remote
    vault: Vault
    user: str
    account: Account
    folder: Path

    def asked(self, ask: Callable[[Remote], Any]) -> tuple[Any, Any]:
        return _plain(_answer(self.real, ask)), _plain(_answer(self.memory, ask))

    def snapshot(self, content: bytes, name: str) -> Snapshot:
        path = self.folder / "sent"
        path.write_bytes(content)
        return Snapshot(path, name, len(content), hashlib.sha256(content).hexdigest())


def _answer(remote: Remote, ask: Callable[[Remote], Any]) -> Any:
    try:
        return ask(remote)
    except SubmittedButUnfinished as unfinished:
        return type(unfinished.cause).__name__
    except SyncdError as error:
        return type(error).__name__, error.message


def _plain(answer: Any) -> str:
    """Without what cannot be the same: the host, what is signed, the time."""
    text = re.sub(r"https?://[a-z0-9.:]+", "", repr(answer))
    return re.sub(r"created=\d+|0x[0-9a-f]+", "", text)


@pytest.fixture(params=("v1", "draft15"))
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pairs(dialect: str, tmp_path: Path) -> Iterator[Callable[[int, Choices], Pair]]:
    with ExitStack() as stack:

        def made(seed: int, choices: Choices) -> Pair:
            settings = Settings(choices=choices, clock=lambda: START)
            served = stack.enter_context(serving(tmp_path / f"server {seed}", settings=settings))
            user, account = served.login.user, Account(VirtualClock(), seed, choices)
            with served.vault.changing(user) as stash:
                stash.tree._ids = _ids(seed)
                _fill(random.Random(seed), stash, served.vault, account)
                account.stash = stash.copy()
                # What is made later has the same ids on both sides.
                account.stash.tree._ids = _ids(seed + 1)
                stash.tree._ids = _ids(seed + 1)
            remote = connected(stack, served.vault, served.login, dialect, tmp_path).remote
            return Pair(
                remote, memory_remote(account, dialect, VirtualClock(), _Quiet()), served.vault, user, account, tmp_path
            )

        yield made


def _ids(seed: int) -> Callable[[], int]:
    source = random.Random(seed)
    return lambda: source.randrange(1, 2**53)


def _content(draw: random.Random) -> bytes:
    words = draw.randbytes(draw.choice((1, 10, 2000)))
    return _png() + words if draw.random() < 0.4 else words


@cache
def _png() -> bytes:
    """A picture that Pillow takes for one too."""
    written = io.BytesIO()
    Image.new("RGB", (40, 20)).save(written, "PNG")
    return written.getvalue()


def _fill(draw: random.Random, stash: Stash, vault: Vault, account: Account) -> None:
    """A stash with folders, pictures, texts, moved, deleted and published items."""
    for number in range(25):
        places = (None, NamedFolder("D"), NamedStack("E"), InStack(draw.choice([*stash.tree.stacks, 1])))
        file = File(draw.choice(NAMES), _content(draw))
        path = vault.blobs.path(file.blob.key)
        if not path.exists():
            path.write_bytes(file.content)
        html = f"<p>{number}</p>" if draw.random() < 0.2 else None
        blob = None if html else account.keep(file)
        known = draw.choice([None, None, *stash.tree.items]) if html is None else None
        try:
            sent = Submission(
                itemid=known, place=draw.choice(places), title=draw.choice(("a", "b/c", "")), blob=blob, html=html
            )
            item = stash.submit(sent, int(START)).item
            if draw.random() < 0.2:
                stash.delete(draw.choice([*stash.tree.items]))
            if draw.random() < 0.1:
                stash.publish(item.id)
            if draw.random() < 0.3:
                stash.move_stack(draw.choice([*stash.tree.stacks]), draw.choice([0, *stash.tree.stacks]))
        except StashError:
            continue


def _habits(seed: int) -> Choices:
    return (
        Choices(),
        Choices(named_leaf=True, leaves_listed=False, submit_answers_leaf=True),
        Choices(html_listed=False, title_length=2, unknown_id_status=404),
    )[seed % 3]


def _told(remote: Remote) -> list[Any]:
    return list(remote.drain(None, lambda _folder: False))


def _known(remote: Remote) -> tuple[list[Item], list[Folder]]:
    entries = [entry for told in _told(remote) if isinstance(told, Page) for entry in told.entries]
    return [e for e in entries if isinstance(e, Item)], [e for e in entries if isinstance(e, Folder)]


def _read(remote: Remote, itemid: int, version: str | None, start: int) -> Any:
    with remote.open(itemid, version, start) as content:
        return content.start, content.size, content.version, content.extension, b"".join(content.chunks)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_tell_the_same_of_a_stash(seed: int, pairs: Callable[[int, Choices], Pair]) -> None:
    pair = pairs(seed, _habits(seed))
    real, memory = pair.asked(_told)
    assert _without_cursors(memory) == _without_cursors(real)
    assert pair.asked(lambda remote: remote.space())[0] == pair.asked(lambda remote: remote.space())[1]
    for itemid in (*pair.account.stash.tree.items, *list(pair.account.stash.tree.deleted)[:2], 5):
        for ask in (
            lambda remote, itemid=itemid: remote.read(itemid),
            lambda remote, itemid=itemid: _read(remote, itemid, None, 0),
            lambda remote, itemid=itemid: remote.tail(itemid, None, 7),
        ):
            real, memory = pair.asked(ask)
            assert memory == real, itemid
    for stack in (*pair.account.stash.tree.stacks, 5):
        real, memory = pair.asked(lambda remote, stack=stack: remote.read_folder(stack))  # type: ignore[misc]
        assert memory == real, stack


@pytest.mark.parametrize("seed", SEEDS)
def test_both_answer_the_same_to_changes(seed: int, dialect: str, pairs: Callable[[int, Choices], Pair]) -> None:
    pair = pairs(seed, _habits(seed))
    draw = random.Random(seed)
    for _ in range(12):
        ask = _change(draw, pair)
        real, memory = pair.asked(ask)
        assert memory == real
        assert _without_cursors(pair.asked(_told)[1]) == _without_cursors(pair.asked(_told)[0])


def _change(draw: random.Random, pair: Pair) -> Callable[[Remote], Any]:
    items, folders = _known(pair.memory)
    item = draw.choice(items)
    target: Target = draw.choice((Make(draw.choice("DXY"), None), AtRoot(f"Sta.sh Uploads {draw.randrange(90, 99)}")))
    if draw.random() < 0.5:
        target = Into(draw.choice(folders).id)
    content, name, title = _content(draw), draw.choice(NAMES), draw.choice(("t", "u/v", "w"))
    folder = draw.choice(folders)
    return draw.choice(
        (
            lambda remote: remote.submit(pair.snapshot(content, name), title, target, lambda _size: None),
            lambda remote: remote.replace(item, pair.snapshot(content, name), lambda _size: None),
            lambda remote: remote.edit(item.id, Changes(title=title, keywords=("a", "b"))),
            lambda remote: remote.move(item, target),
            lambda remote: remote.delete(item.id),
            lambda remote: remote.rename_folder(folder.id, title),
        )
    )


def _without_cursors(told: str) -> str:
    return re.sub(r"cursor='[0-9a-f]+'", "", told)


def test_the_simulated_server_has_a_name_of_its_own() -> None:
    assert SERVER.startswith("https://")
