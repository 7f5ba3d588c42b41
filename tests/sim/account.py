"""One account: the server's pure state, the bytes that its items name, and the server's own endpoints on top of it.

Nothing is written to a disk and nothing goes over a wire, but what is asked and answered is what the server's own code
for each generation of the API takes and gives.
"""

from __future__ import annotations

import hashlib
import random
import re
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from syncd.server import draft, refusals, v1
from syncd.server.addresses import Addresses, version_uuid
from syncd.server.blobs import Staged
from syncd.server.choices import Choices
from syncd.server.errors import StashError
from syncd.server.model import Blob, Item
from syncd.server.pictures import media_type
from syncd.server.stash import Stash
from syncd.server.vault import Vault
from syncd.server.wire import Call, WireError
from tests.sim.clock import VirtualClock

SERVER = "https://stash.sim"
USER = "artist"
DRAINS = 5
"""So often a listing is repeated until its pages name one cursor; after that the last one counts (W21)."""
_PNG = b"\x89PNG\r\n\x1a\n"


def picture(content: bytes) -> bytes:
    """Bytes that count as a picture, and hold `content`."""
    header = struct.pack(">II5B", 40, 20, 8, 2, 0, 0, 0)
    return _PNG + struct.pack(">I", 13) + b"IHDR" + header + content


def measure(content: bytes) -> tuple[int, int] | None:
    """Width and height, if these bytes are a picture."""
    return struct.unpack(">II", content[16:24]) if content.startswith(_PNG) and len(content) > 33 else None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a submission."""

    name: str
    content: bytes

    @property
    def blob(self) -> Blob:
        """What the state holds of it."""
        width, height = measure(self.content) or (None, None)
        key = hashlib.sha256(self.content).hexdigest()
        name = re.split(r"[/\\]", self.name)[-1] or "file"
        return Blob(key, len(self.content), media_type(name), name, width, height)


@dataclass(slots=True)
class _Call(Call):
    """One request to the server's endpoints, with its file in memory."""

    file: File | None = None

    @contextmanager
    def upload(self) -> Iterator[tuple[Staged, Blob] | None]:
        blob = None if self.file is None else self.file.blob
        yield None if blob is None else (Staged(Path(), blob.key, blob.size), blob)


class _Addresses(Addresses):
    """Addresses whose signature is only their number."""

    number = 0

    def signed(self, item: Item) -> str:
        _Addresses.number += 1
        return f"{SERVER}/_api/download/file?downloadToken=s{_Addresses.number}.{item.version}"


@lru_cache(maxsize=1024)
def _endpoint(path: str) -> tuple[str, str, tuple[int, ...]]:
    """The generation of the API, the name of the endpoint, and the numbers in its place, of a path below /api/."""
    generation, rest = ("v1", path[10:]) if path.startswith("v1/oauth2/") else ("draft", path.partition("/")[2])
    numbers = re.findall(r"(?<=/)\d+(?=/|$)", rest)
    return generation, re.sub(r"(?<=/)\d+(?=/|$)", "*", rest), tuple(map(int, numbers))


class Account:
    """The stash of one user; `past` are earlier states of it, for answers that come late."""

    def __init__(self, clock: VirtualClock, seed: int, choices: Choices, *, page: int = 100) -> None:
        random_ids = random.Random(seed)
        self.stash = Stash(lambda: random_ids.randrange(1, 2**53), b"simulated", choices)
        self.contents: dict[str, bytes] = {}
        self.past: list[Stash] = []
        self.taken: Callable[[File], File] = lambda file: file
        """A submitted file as the server keeps it."""
        self.came: Callable[[File, File], None] = lambda _sent, _kept: None
        """Hears of a file that was submitted, and not refused: as it was sent, and as it is kept."""
        self.drains: deque[set[str]] = deque(maxlen=DRAINS)
        """The cursors that the pages of each of the last listings named."""
        self._reset = False
        self._page = page
        self._shown: Stash | None = None
        settings = SimpleNamespace(choices=choices, clock=clock.now)
        self._vault = cast("Vault", SimpleNamespace(settings=settings, userids={USER: "1"}, **self._doors()))
        self._addresses = _Addresses(self._vault, SERVER)

    def _doors(self) -> dict[str, Any]:
        @contextmanager
        def stash(_user: str) -> Iterator[Stash]:
            yield self._shown or self.stash

        return {"reading": stash, "changing": stash, "keep": lambda _staged: None}

    def keep(self, file: File) -> Blob:
        """Takes the bytes of a file in; they stay for good, so that the oracle may ask for them."""
        blob = file.blob
        self.contents[blob.key] = file.content
        return blob

    def remember(self) -> None:
        """Keeps the state of this moment among the last few, for stale answers."""
        if not self.past or self.past[-1].revision != self.stash.revision:
            self.past = [*self.past[-3:], self.stash.copy()]

    def item(self, itemid: int) -> Item | None:
        """The item of this id, a published one too."""
        return self.stash.tree.items.get(itemid)

    def live(self) -> list[Item]:
        """The items that are in the stash, by id."""
        return [item for _, item in sorted(self.stash.tree.items.items()) if item.stack is not None]

    def content(self, item: Item) -> bytes:
        """The bytes of an item."""
        return self.contents[item.blob.key] if item.blob is not None else (item.html or "").encode()

    def key(self, item: Item) -> str:
        """What the bytes of an item are known by: their SHA-256."""
        return item.blob.key if item.blob is not None else hashlib.sha256(self.content(item)).hexdigest()

    def file_of(self, version: int) -> tuple[Blob, bytes] | None:
        """The file of this version, while it is the current one of its item."""
        found = next((i.blob for i in self.stash.tree.items.values() if i.version == version and i.blob), None)
        return None if found is None else (found, self.contents[found.key])

    def ask(
        self,
        path: str,
        asked: Mapping[str, str],
        posted: dict[str, list[str]] | None,
        file: File | None,
        *,
        stale: bool,
    ) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a request below /api/; `posted` None is a GET. `stale`: as it was before."""
        generation, name, numbers = _endpoint(path)
        query = {key: [value] for key, value in asked.items()}
        if name == "stash/delta" and generation == "v1":
            query["limit"] = [str(min(self._page, int(query["limit"][0])))]
        call = _Call(self._vault, self._addresses, "GET" if posted is None else "POST", numbers, query, posted or {})
        call.user, call.file, call.is_multipart = USER, file, file is not None
        call.files = [cast("Any", file)] if file is not None else []
        if file is not None:
            call.file = self.taken(file)
            self.keep(call.file)
        self._shown = self.past[0] if stale and self.past else None
        try:
            body = (v1 if generation == "v1" else draft).ENDPOINTS[name].action(call)
            if name == "stash/delta":
                self._list(asked, body)
            if file is not None and call.file is not None:
                self.came(file, call.file)
            return 200, body
        except StashError as refusal:
            return self.refused(path, refusal)
        except WireError as error:
            return error.status, error.body()
        finally:
            self._shown = None

    def _list(self, asked: Mapping[str, str], body: Mapping[str, Any]) -> None:
        begun_again = self._reset and "cursor" not in asked
        goes_on = "offset" in asked or begun_again
        if not goes_on or not self.drains:
            self.drains.append(set())
        self.drains[-1].add(body["cursor"])
        self._reset = bool(body.get("reset"))

    @property
    def is_never_steady(self) -> bool:
        """Whether the pages of each of the last five listings named several cursors (W21)."""
        return len(self.drains) == DRAINS and all(len(cursors) > 1 for cursors in self.drains)

    def refused(self, path: str, refusal: StashError) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer that refuses a request, in the words of its generation."""
        status = self.stash.choices.unknown_id_status
        error = refusals.to_v1(refusal, status) if "v1/oauth2/" in path else refusals.to_draft(refusal)
        return error.status, error.body()


def lasting_version(account: Account, url: str) -> int | None:
    """Which version an address stands for, if it is one that the account gave."""
    signed = re.fullmatch(rf"{SERVER}/_api/download/file\?downloadToken=s\d+\.(\d+)", url)
    if signed:
        return int(signed[1])
    named = re.match(rf"{SERVER}/f/([0-9a-f-]+)/d([0-9a-z]+)-\1", url)
    version = int(named[2], 36) if named else None
    return version if named and version is not None and str(version_uuid(version)) == named[1] else None
