"""Somebody at the website: raw HTTP in each dialect, sharing nothing with the client."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import httpx

WRAPPER = re.compile(r"Sta\.sh Uploads \d+|")


@dataclass(frozen=True)
class Shown:
    """An item as the website shows it: its id, its folder (titles joined by /), title and bytes."""

    itemid: int
    folder: str
    title: str
    content: bytes

    @property
    def place(self) -> str:
        return f"{self.folder}/{self.title}".lstrip("/")


class Artist:
    """The stash through one dialect."""

    prefix: str
    item_id: str
    folder_field: str

    def __init__(self, server: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "artist", "Accept-Encoding": "gzip"}
        self.http = httpx.Client(base_url=server, headers=headers, timeout=30, trust_env=False)

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(f"{self.prefix}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, files: Any = None, **fields: Any) -> Any:
        data = {name: str(value) for name, value in fields.items()}
        answer = self.http.post(f"{self.prefix}/{path}", data=data, files=files)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def entries(self) -> list[Any]:
        found: list[Any] = []
        offset, more = 0, True
        while more:
            page = self.get("stash/delta", offset=offset, limit=100)
            found += page["entries"]
            more, offset = page["has_more"], page.get("next_offset")
        return found

    def add(self, name: str, content: bytes, folder: str = "") -> int:
        fields = {"title": name.rpartition(".")[0]} | ({self.folder_field: folder} if folder else {})
        return int(self.post("stash/submit", {"file": (name, content)}, **fields)[self.item_id])

    def rename(self, itemid: int, title: str) -> None:
        self.post("stash/submit", **{self.item_id: itemid, "title": title})

    def replace(self, itemid: int, name: str, content: bytes) -> None:
        self.post("stash/submit", {"file": (name, content)}, **{self.item_id: itemid})

    def delete(self, itemid: int) -> None:
        self.post("stash/delete", **{self.item_id: itemid})

    def items(self) -> dict[str, Shown]:
        """Every item by its place."""
        return {place: replace(shown, content=self.original(told)) for place, (shown, told) in self.listed().items()}

    def places(self) -> set[str]:
        """The places of all items, without asking for their bytes: for looking while things change."""
        return set(self.listed())

    def listed(self) -> dict[str, tuple[Shown, Any]]:
        entries = self.entries()
        titles = self.folders(entries)
        found = {}
        for entry in entries:
            if entry.get(self.item_id) and (told := entry["metadata"]):
                shown = Shown(int(entry[self.item_id]), self.folder(entry, titles), told["title"], b"")
                found[shown.place] = (shown, told)
        return found

    def folders(self, entries: list[Any]) -> dict[int, str]:
        raise NotImplementedError

    def folder(self, entry: Any, titles: dict[int, str]) -> str:
        raise NotImplementedError

    def original(self, told: Any) -> bytes:
        raise NotImplementedError

    def move(self, itemid: int, folder: str) -> None:
        raise NotImplementedError

    def rename_folder(self, folder: str, title: str) -> None:
        raise NotImplementedError


class Draft(Artist):
    """draft10 and draft15."""

    item_id = "stashid"
    folder_field = "folder"

    def __init__(self, server: str, token: str, dialect: str) -> None:
        super().__init__(server, token)
        self.prefix = f"/api/{dialect}"

    def folders(self, entries: list[Any]) -> dict[int, str]:
        return {e["folderid"]: e["metadata"]["title"] for e in entries if "stashid" not in e and e["metadata"]}

    def folder(self, entry: Any, titles: dict[int, str]) -> str:
        title = titles.get(entry["folderid"], "")
        return "" if WRAPPER.fullmatch(title) else title

    def original(self, told: Any) -> bytes:
        return self.http.get(told["files"]["original"]).content if "files" in told else told["html"].encode()

    def move(self, itemid: int, folder: str) -> None:
        self.post("stash/move", stashid=itemid, folder=folder)

    def rename_folder(self, folder: str, title: str) -> None:
        folderid = next(i for i, name in self.folders(self.entries()).items() if name == folder)
        self.post("stash/folder", folderid=folderid, folder=title)


class V1(Artist):
    """v1."""

    prefix = "/api/v1/oauth2"
    item_id = "itemid"
    folder_field = "stack"

    def folders(self, entries: list[Any]) -> dict[int, str]:
        stacks = {e["stackid"]: e["metadata"] for e in entries if not e.get("itemid") and e["metadata"]}
        leaves = {e["stackid"] for e in entries if e.get("itemid")}

        def path(stackid: int | None) -> str:
            if stackid is None or stackid not in stacks:
                return ""
            told = stacks[stackid]
            own = "" if stackid in leaves or WRAPPER.fullmatch(told["title"]) else told["title"]
            return f"{path(told.get('parentid'))}/{own}".strip("/")

        return {stackid: path(stackid) for stackid in stacks}

    def folder(self, entry: Any, titles: dict[int, str]) -> str:
        return titles.get(entry["stackid"], "")

    def original(self, told: Any) -> bytes:
        return self.http.get(told["files"][-1]["src"]).content if "files" in told else told["html"].encode()

    def move(self, itemid: int, folder: str) -> None:
        leaf = next(e["stackid"] for e in self.entries() if e.get("itemid") == itemid)
        self.post(f"stash/move/{leaf}", targetid=self.stack(folder))

    def rename_folder(self, folder: str, title: str) -> None:
        self.post(f"stash/update/{self.stack(folder)}", title=title)

    def stack(self, folder: str) -> int:
        entries = self.entries()
        leaves = {e["stackid"] for e in entries if e.get("itemid")}
        return next(i for i, path in self.folders(entries).items() if path == folder and i not in leaves)


def artist(dialect: str, server: str, token: str) -> Artist:
    """Somebody who uses that dialect."""
    return V1(server, token) if dialect == "v1" else Draft(server, token, dialect)
