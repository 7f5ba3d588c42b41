"""The wire of draft10, draft15 and /api/oauth2, endpoint by endpoint, as the drafts' page tells it."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.server.model import Submission
from tests.server.conftest import DRAFTS, Make, Sta, png

API = "/api/draft15/stash"
every_draft = pytest.mark.parametrize("prefix", DRAFTS)


def submit(sta: Sta, name: str = "fox.png", content: bytes = b"fox", **fields: Any) -> Any:
    return sta.post(f"{API}/submit", data=fields, files={"any": (name, content)})


@every_draft
def test_every_prefix_has_placebo_and_whoami(sta: Sta, prefix: str) -> None:
    for method in ("GET", "POST"):
        assert sta.http.request(method, f"{prefix}/placebo").json() == {"status": "success"}
    told = sta.get(f"{prefix}/user/whoami")
    assert (told["username"], told["userid"]) == ("artist", sta.vault.userids["artist"])


@every_draft
def test_a_submission_answers_ids_as_strings_and_is_listed_with_numbers(sta: Sta, prefix: str) -> None:
    fields = {
        "title": "Fox",
        "folder": "Foxes",
        "keywords": "red fox",
        "artist_comments": "hi",
        "original_url": "http://a/b",
    }
    answer = sta.post(f"{prefix}/stash/submit", data=fields, files={"any": ("fox.png", png())})
    assert answer == {
        "status": "success",
        "stashid": answer["stashid"],
        "folder": "Foxes",
        "folderid": answer["folderid"],
    }
    delta = sta.get(f"{prefix}/stash/delta")
    assert {key: delta[key] for key in ("has_more", "reset")} == {"has_more": False, "reset": False}
    assert "next_offset" not in delta
    folder, item = delta["entries"]
    assert folder["folderid"] == int(answer["folderid"])
    thumb = folder["metadata"].pop("thumb")
    assert folder["metadata"] == {
        "folderid": folder["folderid"], "is_folder": True, "title": "Foxes", "description": "", "size": 1,
    }  # fmt: skip
    assert (item["stashid"], item["folderid"]) == (int(answer["stashid"]), folder["folderid"])
    files = item["metadata"].pop("files")
    assert item["metadata"] == {
        "stashid": item["stashid"], "folderid": folder["folderid"], "is_folder": False, "title": "Fox",
        "artist_comments": "hi", "keywords": "red fox", "original_url": "http://a/b", "category": "",
    }  # fmt: skip
    assert set(files) == {"original", "fullview", "150", "200H", "300W"}
    assert thumb == files["150"]


def test_the_original_address_changes_exactly_when_the_content_is_replaced(sta: Sta) -> None:
    stashid = submit(sta)["stashid"]

    def original() -> str:
        return str(sta.get(f"{API}/metadata", params={"stashid": stashid})["files"]["original"])

    first = original()
    sta.post(f"{API}/submit", data={"stashid": stashid, "title": "other"})
    sta.post(f"{API}/move", data={"stashid": stashid, "folder": "Foxes"})
    assert original() == first
    assert sta.http.get(first).content == b"fox"
    submit(sta, content=b"hare", stashid=stashid)
    assert original() != first
    assert sta.http.get(original()).content == b"hare"
    assert sta.http.get(first).status_code == 404


def test_media_tells_the_exact_size(sta: Sta) -> None:
    content = png(40, 30)
    told = sta.get(f"{API}/media", params={"stashid": submit(sta, content=content)["stashid"]})
    assert (told["size"], told["width"], told["height"]) == (len(content), 40, 30)
    assert sta.http.get(told["url"]).content == content
    plain = sta.get(f"{API}/media", params={"stashid": submit(sta, "a.rar", b"abc")["stashid"]})
    assert set(plain) == {"url", "size"}


def test_metadata_lists_a_folder_with_or_without_its_contents(sta: Sta) -> None:
    first = submit(sta, folder="Foxes")
    second = submit(sta, folderid=first["folderid"])
    assert second["folderid"] == first["folderid"]
    full = sta.post(f"{API}/metadata", data={"folderid": first["folderid"]})
    assert [str(item["stashid"]) for item in full["contents"]] == [first["stashid"], second["stashid"]]
    assert full["size"] == 2
    bare = sta.post(f"{API}/metadata", data={"folderid": first["folderid"], "list": "false"})
    assert bare == {key: value for key, value in full.items() if key != "contents"}


def test_an_item_can_be_moved_renamed_in_its_folder_and_deleted(sta: Sta) -> None:
    stashid = submit(sta)["stashid"]
    moved = sta.post(f"{API}/move", data={"stashid": stashid, "folder": "Foxes"})
    assert moved == {"status": "success", "stashid": stashid, "folder": "Foxes", "folderid": moved["folderid"]}
    renamed = sta.post(f"{API}/folder", data={"folderid": moved["folderid"], "folder": "Hares"})
    assert renamed == {"status": "success", "folder": "Hares", "folderid": moved["folderid"]}
    cursor = sta.get(f"{API}/delta")["cursor"]
    assert sta.post(f"{API}/delete", data={"stashid": stashid}) == {"status": "success", "stashid": stashid}
    entries = sta.get(f"{API}/delta", params={"cursor": cursor})["entries"]
    assert {"stashid": int(stashid), "folderid": None, "metadata": None} in entries
    assert [entry["metadata"]["size"] for entry in entries if entry["metadata"]] == [0]


def test_a_folder_that_went_is_a_tombstone(sta: Sta) -> None:
    answer = submit(sta)
    cursor = sta.get(f"{API}/delta")["cursor"]
    sta.post(f"{API}/delete", data={"stashid": answer["stashid"]})
    entries = sta.get(f"{API}/delta", params={"cursor": cursor})["entries"]
    assert {"folderid": int(answer["folderid"]), "metadata": None} in entries


def test_pages_hold_a_hundred_entries_under_the_original_cursor(sta: Sta) -> None:
    cursor = sta.get(f"{API}/delta")["cursor"]
    with sta.vault.changing("artist") as stash:
        for index in range(60):
            stash.submit(Submission(title=str(index), html="x"), 0)
    first = sta.post(f"{API}/delta", data={"cursor": cursor})
    assert (len(first["entries"]), first["has_more"], first["next_offset"]) == (100, True, 100)
    last = sta.post(f"{API}/delta", data={"cursor": cursor, "offset": "100"})
    assert (len(last["entries"]), last["has_more"]) == (20, False)
    assert last["cursor"] == first["cursor"]


def test_an_invalid_cursor_is_no_error(sta: Sta) -> None:
    submit(sta)
    response = sta.http.get(f"{API}/delta", params={"cursor": "nonsense"})
    assert response.status_code == 200
    assert response.json()["reset"] is True
    assert len(response.json()["entries"]) == 2


def test_the_last_page_may_say_null(make: Make) -> None:
    assert make(draft_null_next_offset=True).get(f"{API}/delta")["next_offset"] is None


def test_a_writer_item_has_its_text_where_files_would_be(sta: Sta) -> None:
    with sta.vault.changing("artist") as stash:
        item = stash.submit(Submission(title="Poem", html="<b>x</b>"), 0).item
    told = sta.get(f"{API}/metadata", params={"stashid": item.id})
    assert told["html"] == "<b>x</b>"
    assert "files" not in told
    assert sta.get(f"{API}/media", params={"stashid": item.id})["html"] == "<b>x</b>"


def test_uploaded_html_stays_a_file(sta: Sta) -> None:
    told = sta.get(f"{API}/metadata", params={"stashid": submit(sta, "x.html", b"<p>")["stashid"]})
    assert sta.http.get(told["files"]["original"]).content == b"<p>"


def test_a_published_item_names_no_folder(sta: Sta) -> None:
    stashid = submit(sta)["stashid"]
    with sta.vault.changing("artist") as stash:
        stash.publish(int(stashid))
    assert "folderid" not in sta.get(f"{API}/metadata", params={"stashid": stashid})
    assert sta.post(f"{API}/submit", data={"stashid": stashid, "title": "x"}) == {
        "status": "success",
        "stashid": stashid,
    }


def test_space_is_told_in_bytes(sta: Sta) -> None:
    submit(sta, content=b"12345")
    assert sta.get(f"{API}/space") == {"available_space": 10 * 1024**3 - 5, "total_space": 10 * 1024**3}


@pytest.mark.parametrize(
    ("call", "fields", "slug"),
    [
        ("delete", {"stashid": "1"}, "invalid_stashid"),
        ("delete", {}, "invalid_stashid"),
        ("media", {"stashid": "1"}, "invalid_stashid"),
        ("metadata", {"stashid": "1"}, "invalid_stashid"),
        ("metadata", {"folderid": "1"}, "invalid_folderid"),
        ("metadata", {}, "internal_error_missing_metadata"),
        ("move", {"stashid": "1", "folder": "A"}, "invalid_stashid"),
        ("folder", {"folderid": "1", "folder": "A"}, "invalid_folderid"),
        ("folder", {"folderid": "1"}, "invalid_request"),
        ("folder", {"folder": "A"}, "invalid_request"),
        ("submit", {"stashid": "1", "title": "x"}, "invalid_stashid"),
        ("submit", {"title": "nothing"}, "internal_error_upload_failure"),
        ("submit", {"folderid": "1"}, "invalid_folderid"),
        ("submit", {"stashid": "one"}, "invalid_request"),
    ],
)
def test_an_error_is_http_400_with_a_slug(sta: Sta, call: str, fields: dict[str, str], slug: str) -> None:
    response = sta.http.post(f"{API}/{call}", data=fields)
    assert response.status_code == 400
    assert (response.json()["status"], response.json()["error"]) == ("error", slug)
    assert response.json()["error_description"]


def test_another_users_things_are_refused_as_such(sta: Sta) -> None:
    answer = submit(sta, folder="Foxes")
    other = sta.as_user("thief")
    for call, fields, slug in (
        ("delete", {"stashid": answer["stashid"]}, "invalid_access_author"),
        ("metadata", {"stashid": answer["stashid"]}, "invalid_access_author"),
        ("folder", {"folderid": answer["folderid"], "folder": "Mine"}, "invalid_access_folder"),
    ):
        response = sta.http.post(f"{API}/{call}", data=fields, headers=other)
        assert (response.status_code, response.json()["error"]) == (400, slug)
    assert sta.http.get(f"{API}/delta", headers=other).json()["entries"] == []


def test_what_does_not_fit_is_refused_and_leaves_nothing_behind(make: Make) -> None:
    sta = make(total_space=10, largest_file=8)
    assert submit(sta, content=b"1234567")["status"] == "success"
    answer = submit(sta, content=b"12345")
    assert answer["error"] == "quota_exceeded"
    assert "(10 bytes, 7 of which are currently used)" in answer["error_description"]
    assert submit(sta, content=b"123456789")["error"] == "internal_error_file_too_large"
    assert len(list(sta.vault.blobs.folder.iterdir())) == 1


def test_a_folder_title_that_a_sibling_has_is_a_duplicate(sta: Sta) -> None:
    submit(sta, folder="Foxes")
    folderid = submit(sta, folder="Hares")["folderid"]
    answer = sta.post(f"{API}/folder", data={"folderid": folderid, "folder": "Foxes"})
    assert "duplicate entry" in answer["error_description"]


def test_a_part_without_a_filename_is_a_server_error(sta: Sta) -> None:
    response = sta.http.post(f"{API}/submit", files={"file": (None, b"bytes"), "title": (None, b"Fox")})
    assert response.status_code == 500
    assert response.json() == {
        "error": "server_error", "error_description": "Internal Server Error.", "status": "error",
    }  # fmt: skip


def test_writing_calls_want_their_fields_in_the_body(sta: Sta) -> None:
    stashid = submit(sta)["stashid"]
    assert sta.http.get(f"{API}/delete", params={"stashid": stashid}).status_code == 405
    assert sta.http.post(f"{API}/delete", params={"stashid": stashid}).json()["error"] == "invalid_stashid"


def test_a_move_must_say_where(sta: Sta) -> None:
    stashid = submit(sta)["stashid"]
    for fields in ({}, {"folderid": "1"}):
        answer = sta.post(f"{API}/move", data={"stashid": stashid, **fields})
        assert answer["error"] == "invalid_folderid"


def test_a_large_part_without_a_filename_is_a_server_error_too(sta: Sta) -> None:
    response = sta.http.post(f"{API}/submit", files={"file": (None, b"x" * (2 << 20))})
    assert (response.status_code, response.json()["error"]) == (500, "server_error")


def test_the_folder_of_an_existing_item_is_not_changed_by_submit(sta: Sta) -> None:
    stashid = submit(sta, folder="Foxes")["stashid"]
    answer = sta.post(f"{API}/submit", data={"stashid": stashid, "title": "x", "folder": "Hares", "folderid": "1"})
    assert answer["folder"] == "Foxes"


def test_what_v1_answers_to_a_submission_changes_nothing_for_the_drafts(make: Make) -> None:
    sta = make(submit_answers_leaf=True)
    told = sta.post("/api/draft15/stash/submit", data={"folder": "Foxes"}, files={"any": ("a.bin", b"a")})
    assert told["folder"] == "Foxes"
    assert sta.post("/api/draft15/stash/metadata", data={"folderid": told["folderid"]})["title"] == "Foxes"
