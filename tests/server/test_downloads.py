"""Files and pictures by address: ranges, expiry, thumbnails, short links, and files that are not what they say."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
import zlib
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from starlette.requests import Request

from syncd.server.addresses import base36
from syncd.server.downloads import Downloads
from syncd.server.pictures import Box, fitted
from tests.server.conftest import V1, Sta, png

API = f"{V1}/stash"


def submit(sta: Sta, name: str, content: bytes, **fields: Any) -> Any:
    answer = sta.post(f"{API}/submit", data=fields, files={"any": (name, content)})
    return sta.get(f"{API}/item/{answer['itemid']}")


def test_a_file_comes_whole_and_in_ranges(sta: Sta) -> None:
    content = bytes(range(256)) * 1000
    address = submit(sta, "a b.bin", content)["files"][-1]["src"]
    whole = sta.http.get(address)
    assert whole.content == content
    assert whole.headers["accept-ranges"] == "bytes"
    assert "a%20b.bin" in whole.headers["content-disposition"]
    for sent, expected in (
        ("bytes=10-19", content[10:20]),
        ("bytes=255990-", content[255990:]),
        ("bytes=-64", content[-64:]),
    ):
        part = sta.http.get(address, headers={"Range": sent})
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["content-range"].endswith(f"/{len(content)}")
    assert sta.http.get(address, headers={"Range": "bytes=256000-"}).status_code == 416


def test_a_signed_address_ends_after_610_seconds(sta: Sta) -> None:
    address = submit(sta, "a.bin", b"a")["files"][-1]["src"]
    sta.clock.now += 609
    assert sta.http.get(address).status_code == 200
    sta.clock.now += 1
    response = sta.http.get(address)
    assert response.status_code == 401
    assert response.json() == {"message": "token expired", "code": 401, "payload": None}


@pytest.mark.parametrize(
    "spoil", [lambda a: a[:-2], lambda a: a.partition("=")[0] + "=x.y.z", lambda a: a.partition("?")[0]]
)
def test_a_forged_signed_address_opens_nothing(sta: Sta, spoil: Any) -> None:
    assert sta.http.get(spoil(submit(sta, "a.bin", b"a")["files"][-1]["src"])).status_code == 401


def test_thumbnails_have_the_size_that_was_told_and_are_kept(sta: Sta) -> None:
    files = submit(sta, "a.png", png(3000, 1500))["files"]
    assert [(file["width"], file["height"]) for file in files] == [
        (150, 75), (300, 150), (400, 200), (1024, 512), (3000, 1500),
    ]  # fmt: skip
    for file in files[:-1]:
        with Image.open(io.BytesIO(sta.http.get(file["src"]).content)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (file["width"], file["height"]))
    assert len(list(sta.vault.thumbnails.iterdir())) == 4
    assert sta.http.get(files[0]["src"]).status_code == 200


def test_only_the_offered_sizes_are_made(sta: Sta) -> None:
    address = submit(sta, "a.png", png())["files"][0]["src"]
    for other in ("w_151,h_112,", "w_1,h_1,", "w_99999,h_99999,", "x"):
        assert sta.http.get(address.replace("w_150,h_112,", other)).status_code == 404


def test_an_address_with_another_uuid_or_version_opens_nothing(sta: Sta) -> None:
    address = submit(sta, "a.png", png())["files"][3]["src"]
    uuid = address.split("/f/")[1].split("/")[0]
    other = uuid.replace(uuid[0], "0" if uuid[0] != "0" else "1", 1)
    assert sta.http.get(address).status_code == 200
    assert sta.http.get(address.replace(uuid, other)).status_code == 404
    assert sta.http.get(address.replace(f"/{uuid}/d", f"/{uuid}/d1")).status_code == 404
    assert sta.http.get(f"/f/{uuid}/anything.png").status_code == 404


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_picture_that_claims_too_much_is_kept_but_not_decoded(sta: Sta) -> None:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + _chunk(b"IEND", b"")
    files = submit(sta, "bomb.png", bomb)["files"]
    assert sta.http.get(files[0]["src"]).status_code == 404
    assert sta.http.get(files[-1]["src"]).content == bomb


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", png()[:100], png()[:-200], b"\xff\xd8\xff\xe0" + b"\0" * 50, b"BM" + b"\xff" * 60]
)
def test_a_broken_picture_is_a_file_like_any_other(sta: Sta, content: bytes) -> None:
    files = submit(sta, "broken.png", content)["files"]
    assert sta.http.get(files[-1]["src"]).content == content
    for file in files[:-1]:
        assert sta.http.get(file["src"]).status_code in (200, 404)


@pytest.mark.parametrize(
    ("width", "height", "result"), [(780, 760, (150, 146)), (10, 10, (10, 10)), (9000, 1, (150, 1))]
)
def test_a_picture_is_scaled_down_but_never_up(width: int, height: int, result: tuple[int, int]) -> None:
    assert fitted(width, height, Box(150, 150)) == result


def test_short_links_open_an_item_by_both_numbers_and_a_stack(sta: Sta) -> None:
    item = submit(sta, "a.png", png(), title="<Fox>", stack="Foxes & hares")
    parent = sta.get(f"{API}/{item['stackid']}")["parentid"]
    for link in (f"/0{base36(item['itemid'])}", f"/1{item['itemid']}"):
        page = sta.http.get(link)
        assert page.headers["content-type"].startswith("text/html")
        assert "&lt;Fox&gt;" in page.text
    assert "Foxes &amp; hares" in sta.http.get(f"/2{base36(parent)}").text
    for nothing in ("/0zz", "/2zz", "/1zz", "/3abc", "/favicon.ico"):
        assert sta.http.get(nothing).status_code == 404


def test_base36_is_that_of_the_documentation() -> None:
    assert (base36(4502318545176648), base36(0)) == ("18bxsl3dm4o", "0")


class Recorded:
    """One request for a file, answered in two steps: the response is made, and sent later."""

    def __init__(self, sta: Sta, address: str) -> None:
        parts = urlsplit(address)
        uuid, name = parts.path.removeprefix("/f/").split("/")
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": parts.path,
            "headers": [],
            "asgi": {"spec_version": "2.4"},
        }
        asked = Request({**self.scope, "path_params": {"uuid": uuid, "name": name}, "query_string": b""})
        self.response = asyncio.run(Downloads(sta.vault).lasting(asked))
        self.body = b""

    def sent(self) -> bytes:
        async def send(message: Any) -> None:
            self.body += message.get("body", b"")

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        asyncio.run(self.response(self.scope, receive, send))
        return self.body


def test_a_file_that_is_deleted_while_it_is_fetched_comes_whole_and_is_gone_then(sta: Sta) -> None:
    content = b"fox" * 100_000
    stashid = sta.post("/api/draft15/stash/submit", files={"any": ("a.bin", content)})["stashid"]
    address = sta.get("/api/draft15/stash/media", params={"stashid": stashid})["url"]
    early = Recorded(sta, address)
    blob = next(sta.vault.blobs.folder.iterdir())
    sta.post("/api/draft15/stash/delete", data={"stashid": stashid})
    assert not blob.exists()
    assert (early.response.status_code, early.sent()) == (200, content)
    assert sta.http.get(address).status_code == 404


def test_a_blob_that_is_gone_is_not_found_however_it_is_asked_for(sta: Sta) -> None:
    item = submit(sta, "a.bin", b"a")
    sta.vault.blobs.remove(hashlib.sha256(b"a").hexdigest())
    assert sta.http.get(item["files"][-1]["src"]).status_code == 404
