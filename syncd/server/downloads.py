"""Files, thumbnails and the pages of short links: what the addresses in the API's answers open."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from syncd.server import pages
from syncd.server.addresses import Addresses, base36, read_signed, version_uuid
from syncd.server.model import Blob, Stack
from syncd.server.pictures import Box, offered, thumbnail
from syncd.server.vault import Vault


class Downloads:
    """Whatever a vault holds, by address. Files answer Range; nobody is asked for a token, as in the real Sta.sh."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        # Each picture may take some hundred MB while it is decoded.
        self._decoding = threading.Semaphore(2)

    async def signed(self, request: Request) -> Response:
        """The original behind a signed address: 401 with the real server's JSON once that has ended."""
        try:
            signed = read_signed(self._vault, request.query_params.get("downloadToken", ""))
        except TimeoutError as expired:
            return JSONResponse({"message": str(expired), "code": 401, "payload": None}, 401)
        if signed is None:
            return JSONResponse({"message": "invalid token", "code": 401, "payload": None}, 401)
        return _file(self._vault.blobs.path(signed.key), signed.mime, signed.filename)

    async def lasting(self, request: Request) -> Response:
        """The original behind a lasting address."""
        blob = self._blob(request)
        if blob is None:
            return _missing()
        return _file(self._vault.blobs.path(blob.key), blob.mime, blob.filename)

    async def scaled(self, request: Request) -> Response:
        """A thumbnail in one of the offered sizes, made now if nobody asked before."""
        blob = self._blob(request)
        size = re.match(r"w_(\d{1,5}),h_(\d{1,5}),", request.path_params["spec"])
        if blob is None or blob.width is None or blob.height is None or size is None:
            return _missing()
        box = Box(int(size[1]), int(size[2]))
        if (box.width, box.height) not in offered(blob.width, blob.height).values():
            return _missing()
        made = await run_in_threadpool(self._thumbnail, blob.key, box)
        return _missing() if made is None else _file(made, "image/jpeg", None)

    async def page(self, request: Request) -> Response:
        """`/0<base36>` and `/1<decimal>`: an item; `/2<base36>`: a stack."""
        link = re.fullmatch(r"(?:0([0-9a-z]{1,11})|1([0-9]{1,16})|2([0-9a-z]{1,11}))", request.path_params["link"])
        shown = None
        if link is not None and link[3]:
            shown = self._stack(int(link[3], 36))
        elif link is not None:
            addresses = Addresses(self._vault, str(request.base_url).rstrip("/"))
            shown = self._item(int(link[1], 36) if link[1] else int(link[2]), addresses)
        return HTMLResponse(pages.message("Not found"), 404) if shown is None else HTMLResponse(shown)

    def _thumbnail(self, key: str, box: Box) -> Path | None:
        with self._decoding:
            return thumbnail(self._vault.blobs.path(key), self._vault.thumbnails, box)

    def _item(self, itemid: int, addresses: Addresses) -> str | None:
        found = self._vault.find_item(itemid)
        if found is None:
            return None
        item = found[1]
        picture = addresses.scaled(item).get("fullview")
        download = None if item.blob is None else addresses.lasting(item)
        return pages.item(item.title, None if picture is None else picture.address, download, item.html)

    def _stack(self, stackid: int) -> str | None:
        owner = self._vault.find_stack(stackid)
        if owner is None:
            return None
        with self._vault.reading(owner) as stash:
            held = stash.contents(stackid)
            links = [(f"/{2 if isinstance(thing, Stack) else 0}{base36(thing.id)}", thing.title) for thing in held]
            return pages.stack(stash.stack(stackid).title, links)

    def _blob(self, request: Request) -> Blob | None:
        """The file that a path names, if the version in it is the current one."""
        match = re.match(r"d([0-9a-z]{1,12})-([0-9a-f-]{36})", request.path_params["name"])
        version = 0 if match is None else int(match[1], 36)
        if match is not None and request.path_params["uuid"] == match[2] == str(version_uuid(version)):
            return self._vault.file(version)
        return None


class _Opened(FileResponse):
    """A file that is open from now until it is sent: a deletion meanwhile takes its name, not its bytes."""

    def __init__(self, file: BinaryIO, mime: str, filename: str | None) -> None:
        self._file = file
        path, opened = f"/proc/self/fd/{file.fileno()}", os.fstat(file.fileno())
        headers = {"X-Content-Type-Options": "nosniff"}
        super().__init__(path, media_type=mime, filename=filename, stat_result=opened, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)


def _file(path: Path, mime: str, filename: str | None) -> Response:
    try:
        return _Opened(path.open("rb"), mime, filename)
    except FileNotFoundError:
        return _missing()


def _missing() -> Response:
    return JSONResponse({"message": "not found", "code": 404, "payload": None}, 404)
