"""The wire of v1, endpoint by endpoint, with the shapes of section 1 of the reference."""

from __future__ import annotations

import re
from typing import Any

import pytest

from syncd.server.model import Submission
from syncd.server.shapes import size_text
from tests.server.conftest import V1, Make, Sta, png

API = f"{V1}/stash"


def submit(sta: Sta, name: str = "fox.png", content: bytes = b"fox", **fields: Any) -> Any:
    return sta.post(f"{API}/submit", data=fields, files={"any": (name, content)})


def item_of(sta: Sta, itemid: int, **params: Any) -> Any:
    return sta.get(f"{API}/item/{itemid}", params=params)


def test_a_submission_answers_numbers(sta: Sta) -> None:
    answer = submit(sta, title="Fox", stack="Foxes")
    assert answer == {"status": "success", "itemid": answer["itemid"], "stack": "Foxes", "stackid": answer["stackid"]}
    assert 0 < answer["itemid"] < 2**53
    assert re.fullmatch(r"Sta\.sh Uploads \d+", submit(sta)["stack"])


def test_the_delta_tells_items_and_stacks_with_positions(sta: Sta) -> None:
    answer = submit(sta, title="Fox", stack="Foxes")
    delta = sta.get(f"{API}/delta")
    assert {key: delta[key] for key in ("has_more", "next_offset", "reset")} == {
        "has_more": False, "next_offset": None, "reset": False,
    }  # fmt: skip
    parent, leaf, item = delta["entries"]
    assert parent == {
        "stackid": answer["stackid"], "position": 0,
        "metadata": {
            "title": "Foxes", "path": "Saved Submissions/Foxes", "size": 1, "description": "",
            "stackid": answer["stackid"],
        },
    }  # fmt: skip
    assert leaf["metadata"]["parentid"] == answer["stackid"]
    assert (item["itemid"], item["stackid"], item["position"]) == (answer["itemid"], leaf["stackid"], 0)
    assert (item["metadata"]["itemid"], item["metadata"]["stackid"]) == (answer["itemid"], leaf["stackid"])


def test_an_item_shows_its_metadata_and_the_extras_that_are_asked_for(sta: Sta) -> None:
    itemid = submit(sta, content=png(), title="Fox", artist_comments="hi", **{"tags[0]": "a", "tags[1]": "b"})["itemid"]
    plain, full = item_of(sta, itemid), item_of(sta, itemid, ext_submission="1", ext_stats="true", ext_camera="1")
    files = plain.pop("files")
    assert plain == {
        "title": "Fox", "description": None, "artist_comments": "hi", "original_url": "", "category": "",
        "creation_time": int(sta.clock()), "itemid": itemid, "stackid": plain["stackid"], "tags": ["a", "b"],
    }  # fmt: skip
    assert [(file["width"], file["height"]) for file in files] == [
        (150, 112),
        (300, 225),
        (267, 200),
        (400, 300),
        (400, 300),
    ]
    assert all(set(file) == {"src", "height", "width", "transparency"} for file in files)
    assert full["submission"]["resolution"] == "400x300"
    assert re.fullmatch(r"[\d.]+ (bytes|KB)", full["submission"]["file_size"])
    assert set(full["stats"]) == {"views", "views_today", "downloads", "downloads_today"}
    assert "camera" not in full


def test_the_original_is_last_and_signed_anew_each_time(sta: Sta) -> None:
    itemid = submit(sta, content=png())["itemid"]
    first, second = (item_of(sta, itemid)["files"] for _ in range(2))
    assert first[:-1] == second[:-1]
    assert first[-1]["src"] != second[-1]["src"]
    assert sta.http.get(first[-1]["src"]).content == png()


def test_the_unsigned_paths_up_to_v1_change_exactly_with_the_file(sta: Sta) -> None:
    itemid = submit(sta, content=png())["itemid"]

    def versions() -> set[str]:
        return {file["src"].partition("/v1/")[0] for file in item_of(sta, itemid)["files"][:-1]}

    first = versions()
    assert len(first) == 1
    sta.post(f"{API}/submit", data={"itemid": itemid, "title": "other"})
    sta.post(f"{API}/move/{item_of(sta, itemid)['stackid']}", data={"targetid": submit(sta)["stackid"]})
    assert versions() == first
    submit(sta, content=png(colour="blue"), itemid=itemid)
    assert versions().isdisjoint(first)


def test_a_file_that_is_no_picture_has_only_its_signed_original(sta: Sta) -> None:
    (file,) = item_of(sta, submit(sta, "a.rar", b"rar")["itemid"])["files"]
    assert "downloadToken=" in file["src"]


@pytest.mark.parametrize("listed", [True, False])
def test_a_writer_item_has_no_files(make: Make, listed: bool) -> None:
    sta = make(html_listed=listed)
    with sta.vault.changing("artist") as stash:
        item = stash.submit(Submission(title="Poem", html="<b>x</b>"), 0).item
    told = item_of(sta, item.id)
    assert told["html"] == "<b>x</b>"
    assert "files" not in told
    entry = sta.get(f"{API}/delta")["entries"][-1]
    assert ("html" in entry["metadata"]) is listed
    assert "files" not in entry["metadata"]


def test_the_tombstones_of_items_and_stacks(sta: Sta) -> None:
    answer = submit(sta)
    cursor = sta.get(f"{API}/delta")["cursor"]
    assert sta.post(f"{API}/delete", data={"itemid": answer["itemid"]}) == {"success": True}
    entries = sta.get(f"{API}/delta", params={"cursor": cursor})["entries"]
    assert {"itemid": answer["itemid"], "stackid": None, "metadata": None} in entries
    assert {"stackid": answer["stackid"], "metadata": None} in entries


def test_limit_is_ten_unless_said_and_at_most_120(sta: Sta) -> None:
    with sta.vault.changing("artist") as stash:
        for _ in range(100):
            stash.submit(Submission(title="x", html="x"), 0)

    def entries(**params: Any) -> Any:
        page = sta.get(f"{API}/delta", params=params)
        return len(page["entries"]), page["next_offset"]

    assert entries() == (10, 10)
    assert entries(limit=50) == (50, 50)
    assert entries(limit=500) == (120, 120)
    assert entries(limit=120, offset=120) == (80, None)


def test_a_larger_limit_may_be_refused(make: Make) -> None:
    sta = make(refuse_large_limit=True)
    assert sta.http.get(f"{API}/delta", params={"limit": 121}).status_code == 400
    assert sta.http.get(f"{API}/delta", params={"limit": 120}).status_code == 200


def test_contents_of_the_root_a_stack_and_a_leaf(sta: Sta) -> None:
    answers = [submit(sta, stack="Foxes") for _ in range(3)]
    (root,) = sta.get(f"{API}/0/contents")["results"]
    assert root == sta.get(f"{API}/{answers[0]['stackid']}")
    page = sta.get(f"{API}/{root['stackid']}/contents", params={"limit": 2})
    assert (page["has_more"], page["next_offset"], len(page["results"])) == (True, 2, 2)
    (item,) = sta.get(f"{API}/{page['results'][0]['stackid']}/contents")["results"]
    assert item["itemid"] == answers[0]["itemid"]


def test_a_move_tells_the_target_and_every_stack_it_changed_or_made(sta: Sta) -> None:
    moving, target = submit(sta)["stackid"], submit(sta)["stackid"]
    answer = sta.post(f"{API}/move/{moving}", data={"targetid": target})
    assert (answer["target"]["stackid"], answer["target"]["size"]) == (target, 2)
    assert [change["parentid"] for change in answer["changes"]] == [target, target]
    back = sta.post(f"{API}/move/{moving}", data={"targetid": 0})
    assert [change["stackid"] for change in back["changes"]] == [moving]
    assert "parentid" not in back["changes"][0]
    assert back["target"]["stackid"] == 0


def test_a_stack_can_be_renamed_described_and_positioned(sta: Sta) -> None:
    first, second = submit(sta, stack="A")["stackid"], submit(sta, stack="B")["stackid"]
    assert sta.post(f"{API}/update/{first}", data={"title": "C", "description": "d"}) == {"success": True}
    told = sta.get(f"{API}/{first}")
    assert (told["title"], told["description"]) == ("C", "d")
    sta.post(f"{API}/update/{first}", data={"description": "null"})
    assert sta.get(f"{API}/{first}")["description"] is None
    assert sta.post(f"{API}/position/{second}", data={"position": 0}) == {"success": True}
    assert [stack["stackid"] for stack in sta.get(f"{API}/0/contents")["results"]] == [second, first]
    answer = sta.post(f"{API}/update/{first}", data={"title": "B"})
    assert "duplicate entry" in answer["error_description"].lower()


def test_metadata_alone_and_tags_in_each_form(sta: Sta) -> None:
    itemid = sta.post(f"{API}/submit", data={"tags[]": ["a", "b"]}, files={"f": ("f.txt", b"f")})["itemid"]
    assert item_of(sta, itemid)["tags"] == ["a", "b"]
    sta.post(f"{API}/submit", data={"itemid": itemid, "title": "Hare"})
    assert (item_of(sta, itemid)["title"], item_of(sta, itemid)["tags"]) == ("Hare", ["a", "b"])
    sta.post(f"{API}/submit", data={"itemid": itemid, "tags[]": ""})
    assert item_of(sta, itemid)["tags"] == []


def test_a_published_item_answers_without_a_stack(sta: Sta) -> None:
    itemid = submit(sta)["itemid"]
    agreed = {"itemid": itemid, "agree_submission": "1", "agree_tos": "1"}
    answer = sta.post(f"{API}/publish", data=agreed)
    assert set(answer) == {"status", "url", "deviationid"}
    assert "stackid" not in item_of(sta, itemid)
    assert submit(sta, itemid=itemid, title="x") == {"status": "success", "itemid": itemid}
    assert sta.post(f"{API}/publish", data=agreed)["error_code"] == 9
    assert sta.post(f"{API}/publish", data={**agreed, "agree_tos": "0"})["error_code"] == 1
    assert sta.post(f"{API}/publish", data={**agreed, "itemid": 1})["error_code"] == 7


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("path", ["item/1", "1", "1/contents"])
def test_what_is_not_there_has_error_code_0(make: Make, path: str, status: int) -> None:
    response = make(unknown_id_status=status).http.get(f"{API}/{path}")
    assert response.status_code == status
    assert (response.json()["error"], response.json()["error_code"]) == ("invalid_request", 0)


@pytest.mark.parametrize(
    ("path", "fields", "code", "details"),
    [
        ("delete", {"itemid": "1"}, 0, None),
        ("delete", {}, None, {"itemid": "itemid is required"}),
        ("delete", {"itemid": "x"}, None, {"itemid": "itemid must be an integer"}),
        ("move/1", {"targetid": "0"}, 0, None),
        ("update/1", {"title": "x"}, 0, None),
        ("update/1", {"title": " "}, None, {"title": "title must not be empty"}),
        ("position/1", {}, None, {"position": "position is required"}),
        ("submit", {"title": "x"}, None, {"file": "Please include content to submit."}),
        ("submit", {"itemid": "1"}, 0, None),
    ],
)
def test_errors_have_codes_or_details(sta: Sta, path: str, fields: dict[str, str], code: Any, details: Any) -> None:
    response = sta.http.post(f"{API}/{path}", data=fields)
    assert response.status_code == 400
    told = response.json()
    assert (told["error"], told.get("error_code"), told.get("error_details")) == ("invalid_request", code, details)
    assert (told["status"], bool(told["error_description"])) == ("error", True)


def test_an_impossible_target_has_error_code_1(sta: Sta) -> None:
    stackid = submit(sta)["stackid"]
    for target in (stackid, 1):
        assert sta.post(f"{API}/move/{stackid}", data={"targetid": target})["error_code"] == 1


def test_the_quota_is_told_in_words(make: Make) -> None:
    assert "storage quota (2 bytes, 0 of" in submit(make(total_space=2))["error_description"]


def test_several_files_are_one_item_or_refused(make: Make) -> None:
    several = [("a", ("one.txt", b"1")), ("b", ("two.txt", b"2"))]
    from syncd.server import FilesRule

    titles = []
    for rule in FilesRule:
        sta = make(rule.name, files_rule=rule)
        answer = sta.post(f"{API}/submit", files=several)
        titles.append(item_of(sta, answer["itemid"])["title"] if "itemid" in answer else answer["error"])
    assert titles == ["one", "two", "invalid_request"]


def test_space(sta: Sta) -> None:
    assert sta.get(f"{API}/space") == {"available_space": 10 * 1024**3, "total_space": 10 * 1024**3}


def test_a_size_is_told_as_people_read_it() -> None:
    assert [size_text(size) for size in (0, 999, 69530, 366592, 5 << 30)] == [
        "0 bytes", "999 bytes", "67.9 KB", "358 KB", "5 GB",
    ]  # fmt: skip
