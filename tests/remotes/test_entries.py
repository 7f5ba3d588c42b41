"""Hostile and sloppy JSON: one entry without sense costs that entry, an envelope without sense costs the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import SyncdError, Unreachable
from syncd.core.model import Folder, FolderGone, Item, ItemGone, Withdrawn
from syncd.remotes.faces import Drained, Page
from tests.remotes.fakes import DIALECTS, bench, says, unknown

NAMES = {"v1": ("itemid", "stackid", "tags"), "draft10": ("stashid", "folderid", "keywords")}
NAMES["draft15"] = NAMES["draft10"]
ORIGINAL = "http://files.test/f/uuid/dx.png"


def metadata(dialect: str, **more: Any) -> dict[str, Any]:
    """What a server tells of a picture."""
    if dialect != "v1":
        return {"title": "Fox", "files": {"original": f"{ORIGINAL}?v=1", "150": "http://t.test/x"}, **more}
    picture = {"src": f"{ORIGINAL}/v1/fit/w_150/x.jpg?token=abc", "width": 1, "height": 1}
    signed = {"src": "https://api.test/file?downloadToken=eyJ0", "width": 1, "height": 1}
    submission = {"file_size": "67.9 KB", "resolution": "780x760"}
    return {"title": "Fox", "files": [picture, signed], "submission": submission, **more}


def entry(dialect: str, itemid: Any = 7, folder: Any = 8, **more: Any) -> dict[str, Any]:
    item, container, _ = NAMES[dialect]
    return {item: itemid, container: folder, "metadata": metadata(dialect), **more}


def told(dialect: str, *entries: Any, **envelope: Any) -> Page:
    """What a drain of one page tells."""
    body = {"cursor": "c", "has_more": False, "next_offset": None, "reset": False, "entries": list(entries)}
    b = bench(dialect, says({**body, **envelope}))
    pages = [each for each in b.remote.drain("old", lambda _: True) if isinstance(each, Page)]
    return pages[0] if pages else Page(())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_picture_has_a_version_without_anything_signed(dialect: str) -> None:
    (item,) = told(dialect, entry(dialect)).entries
    version = ORIGINAL if dialect != "v1" else "/f/uuid/dx.png|67.9 KB|780x760"
    assert item == Item(7, "Fox", 8, version, extension="png")


def test_a_file_without_pictures_has_no_version_in_v1() -> None:
    files = metadata("v1")["files"][1:]
    (item,) = told("v1", entry("v1", metadata=metadata("v1", files=files))).entries
    assert isinstance(item, Item)
    assert (item.version, item.extension, item.text) == (None, None, False)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("files", [..., None, [], {}])
def test_an_item_without_files_is_a_text_and_its_version_is_its_html(dialect: str, files: Any) -> None:
    body = {"title": "Poem", "html": "<b>ä</b>"} | ({} if files is ... else {"files": files})
    (item,) = told(dialect, entry(dialect, metadata=body)).entries
    assert isinstance(item, Item)
    assert item.text
    assert item.extension == "html"
    assert item.version is not None
    assert item.version.startswith("text:")
    (unlisted,) = told(dialect, entry(dialect, metadata={"title": "Poem"})).entries
    assert isinstance(unlisted, Item)
    assert unlisted.version is None


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("spelt", [7, "7", "007"])
def test_ids_come_as_numbers_or_digits(dialect: str, spelt: Any) -> None:
    assert [each.id for each in told(dialect, entry(dialect, spelt, "8")).entries] == [7]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tombstones_and_folders(dialect: str) -> None:
    item, container, _ = NAMES[dialect]
    page = told(
        dialect,
        {item: 7, container: None, "metadata": None},
        {container: 8, "metadata": None},
        {container: 9, "metadata": {"title": "Dir", "parentid": 8, "size": 3, "thumb": []}},
    )
    parent = 8 if dialect == "v1" else None
    assert page.entries == (ItemGone(7), FolderGone(8), Folder(9, "Dir", parent))
    assert page.problems == ()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_item_in_no_folder_is_to_be_looked_up(dialect: str) -> None:
    assert told(dialect, entry(dialect, folder=None)).entries == (ItemGone(7),)


BAD: list[Any] = [
    None,
    7,
    "x",
    {},
    entry("v1", True),
    entry("v1", -1),
    entry("v1", 2**63),
    entry("v1", 1.5),
    entry("v1", "1e3"),
    entry("v1", [7]),
    entry("v1", folder={"a": 1}),
    entry("v1", metadata="x"),
    entry("v1", metadata=[]),
    entry("v1", metadata={"title": 7}),
    entry("v1", metadata={"files": []}),
    entry("v1", metadata=metadata("v1", artist_comments=7)),
    entry("v1", metadata=metadata("v1", files="x")),
    entry("v1", metadata=metadata("v1", files=[7, 7])),
    entry("v1", metadata=metadata("v1", files=[{"src": "file:///etc/passwd"}, {"src": ""}])),
    entry("v1", metadata=metadata("v1", tags=7)),
    {"itemid": 7, "stackid": 8},
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: json.dumps(bad)[:60])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_entry_without_sense_is_a_problem_and_the_others_count(dialect: str, bad: Any) -> None:
    if dialect != "v1":
        bad = json.loads(json.dumps(bad).replace("itemid", "stashid").replace("stackid", "folderid"))
    page = told(dialect, entry(dialect, 1), bad, entry(dialect, 2))
    assert [each.id for each in page.entries] == [1, 2]
    (problem,) = page.problems
    assert problem.itemid in (None, 7)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_empty_maps_may_be_lists_and_unknown_keys_are_passed_over(dialect: str) -> None:
    body = metadata(dialect, camera=[], stats=[], description=None, submission=[], surprise={"x": [1]})
    page = told(dialect, entry(dialect, metadata=body, position=3, surprise=1), more_surprise=2)
    assert [each.id for each in page.entries] == [7]


def test_an_impossible_time_is_a_problem_in_v1() -> None:
    assert told("v1", entry("v1", metadata=metadata("v1", creation_time="soon"))).entries == ()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "envelope",
    [
        {"cursor": None},
        {"cursor": 7},
        {"cursor": "a\r\nb"},
        {"has_more": None},
        {"has_more": "perhaps"},
        {"reset": 7},
        {"entries": None},
        {"entries": "x"},
        {"entries": {"a": 1}},
        {"next_offset": "x"},
        {"next_offset": -1},
    ],
)
def test_an_envelope_without_sense_is_not_the_api(dialect: str, envelope: dict[str, Any]) -> None:
    with pytest.raises(Unreachable):
        told(dialect, **{"entries": [], **envelope})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_title_with_half_a_character_can_still_be_written_down(dialect: str) -> None:
    (item,) = told(dialect, entry(dialect, metadata=metadata(dialect, title="Fox \ud83e"))).entries
    assert isinstance(item, Item)
    item.title.encode()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_lookup_tells_deleted_from_published_and_guesses_nothing(dialect: str) -> None:
    slug = {"status": "error", "error": "invalid_stashid"}
    missing = says(slug if dialect != "v1" else {"status": "error", "error": "invalid_request", "error_code": 0}, 400)
    assert bench(dialect, missing).remote.read(7) is Withdrawn.DELETED
    assert bench(dialect, says(metadata(dialect))).remote.read(7) is Withdrawn.PUBLISHED
    with pytest.raises(SyncdError):
        bench(dialect, says({"status": "error", "error": "what"}, 403)).remote.read(7)
    with pytest.raises(Unreachable):
        bench(dialect, says({"title": 7, "folderid": 8, "stackid": 8})).remote.read(7)


KEYS = "itemid stashid stackid folderid metadata title files original src html submission tags parentid".split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("http://x.test/a.png"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from(DIALECTS), st.lists(JSON, max_size=5))
def test_no_entries_at_all_can_do_more_than_be_left_out(dialect: str, entries: list[Any]) -> None:
    body = {"cursor": "c", "has_more": False, "reset": False, "entries": entries}
    b = bench(dialect, says(body))
    try:
        told = list(b.remote.drain("old", lambda _: True))
    except SyncdError:
        raise AssertionError("one page of entries must not stop a drain") from None
    counted = sum(len(each.entries) + len(each.problems) for each in told if isinstance(each, Page))
    assert counted == len(entries)
    assert told[-1] == Drained("c", epoch=False, steady=True)


@given(st.sampled_from(DIALECTS), JSON)
def test_no_answer_at_all_gets_past_the_border(dialect: str, answer: Any) -> None:
    for ask in ("read", "read_folder"):
        remote = bench(dialect, says(answer)).remote
        try:
            getattr(remote, ask)(7)
        except SyncdError:
            continue
    try:
        list(bench(dialect, says(answer)).remote.drain(None, unknown))
    except SyncdError:
        return
