"""The other side of the demo: somebody at the website, who draws, renames and deletes over plain HTTP.

Law: it speaks draft15 while the mirror speaks v1, and shares no code with the remotes; so what it sees is a second
opinion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from syncd.cli.samples import Artwork

API = "/api/draft15/stash"


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as the website shows it."""

    itemid: int
    title: str
    sha256: str


class Website:
    """A browser, so to speak."""

    def __init__(self, server: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "syncd-demo", "Accept-Encoding": "gzip"}
        self._http = httpx.Client(base_url=server, headers=headers, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        """Ready."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Closes its connections."""
        self._http.close()

    def add(self, artwork: Artwork) -> int:
        """A new item; answers its id."""
        fields = {"title": artwork.title} | ({"folder": artwork.stack} if artwork.stack else {})
        answer = self._post("submit", fields, {"file": (artwork.filename, artwork.content)})
        return int(answer["stashid"])

    def rename(self, itemid: int, title: str) -> None:
        """Another title."""
        self._post("submit", {"stashid": str(itemid), "title": title})

    def replace(self, itemid: int, filename: str, content: bytes) -> None:
        """Another file of the same item."""
        self._post("submit", {"stashid": str(itemid)}, {"file": (filename, content)})

    def delete(self, itemid: int) -> None:
        """The item goes."""
        self._post("delete", {"stashid": str(itemid)})

    def items(self) -> dict[int, Shown]:
        """Every item, with the hash of its original as it can be downloaded."""
        found: dict[int, Shown] = {}
        offset, more = 0, True
        while more:
            answer = self._http.get(f"{API}/delta", params={"offset": offset}).raise_for_status().json()
            for entry in answer["entries"]:
                if "stashid" in entry and entry["metadata"]:
                    found[int(entry["stashid"])] = self._shown(int(entry["stashid"]), entry["metadata"])
            more, offset = bool(answer["has_more"]), int(answer.get("next_offset") or 0)
        return found

    def _shown(self, itemid: int, metadata: dict[str, Any]) -> Shown:
        original = self._http.get(metadata["files"]["original"]).raise_for_status().content
        return Shown(itemid, metadata["title"], hashlib.sha256(original).hexdigest())

    def _post(self, call: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None) -> Any:
        return self._http.post(f"{API}/{call}", data=fields, files=files).raise_for_status().json()
