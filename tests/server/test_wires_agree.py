"""Whatever the state, the wires tell the same of it: an entry of the delta is what the single call answers."""

from __future__ import annotations

import random
from typing import Any

import pytest

from syncd.server.errors import StashError
from syncd.server.model import is_automatic
from tests.server.conftest import DRAFTS, V1, Make, Sta
from tests.server.test_delta import Adversary


def all_entries(sta: Sta, prefix: str, **params: Any) -> list[Any]:
    """Every page of a full listing."""
    page = sta.get(f"{prefix}/stash/delta", params=params)
    entries = list(page["entries"])
    while page["has_more"]:
        page = sta.get(f"{prefix}/stash/delta", params={**params, "offset": page["next_offset"]})
        entries += page["entries"]
    return entries


def unsigned(item: Any) -> Any:
    """An item without what differs from call to call."""
    return {**item, "files": item["files"][:-1]} if "files" in item else item


@pytest.fixture(params=range(5))
def busy(request: pytest.FixtureRequest, make: Make) -> Sta:
    """A server after fifty random changes."""
    drawn = random.Random(request.param)
    sta = make(named_leaf=request.param % 2 == 1)
    for _ in range(50):
        try:
            with sta.vault.changing("artist") as stash:
                Adversary(stash, drawn).act()
        except StashError:
            continue
    return sta


def test_the_drafts_delta_tells_what_metadata_does(busy: Sta) -> None:
    entries = all_entries(busy, DRAFTS[0])
    assert entries
    for entry in entries:
        key = "stashid" if "stashid" in entry else "folderid"
        asked = {key: str(entry[key]), "list": "0"}
        assert busy.post(f"{DRAFTS[0]}/stash/metadata", data=asked) == entry["metadata"]
    assert all_entries(busy, DRAFTS[1]) == all_entries(busy, DRAFTS[2]) == entries


def test_v1s_delta_tells_what_item_and_stack_do(busy: Sta) -> None:
    for entry in all_entries(busy, V1, ext_submission="1"):
        if "itemid" in entry:
            alone = busy.get(f"{V1}/stash/item/{entry['itemid']}", params={"ext_submission": "1"})
            assert unsigned(alone) == unsigned(entry["metadata"])
            assert entry["stackid"] == alone["stackid"]
        else:
            assert busy.get(f"{V1}/stash/{entry['stackid']}") == entry["metadata"]


def test_v1s_contents_walk_finds_what_its_delta_lists(busy: Sta) -> None:
    found, waiting = set(), [0]
    while waiting:
        for thing in busy.get(f"{V1}/stash/{waiting.pop()}/contents", params={"limit": 120})["results"]:
            found.add(thing.get("itemid", thing["stackid"]))
            if "itemid" not in thing:
                waiting.append(thing["stackid"])
    assert found == {entry.get("itemid", entry["stackid"]) for entry in all_entries(busy, V1)}


def test_both_generations_put_each_item_in_the_same_folder(busy: Sta) -> None:
    """The rule of the client's side: an automatic leaf below another stack is its item's wrapper, no folder."""
    entries = all_entries(busy, V1)
    stacks = {entry["stackid"]: entry["metadata"] for entry in entries if "itemid" not in entry}
    folders = {}
    for entry in entries:
        if "itemid" in entry:
            leaf = stacks[entry["stackid"]]
            is_wrapper = "parentid" in leaf and is_automatic(leaf["title"])
            folders[entry["itemid"]] = leaf["parentid"] if is_wrapper else leaf["stackid"]
    drafts = {entry["stashid"]: entry["folderid"] for entry in all_entries(busy, DRAFTS[0]) if "stashid" in entry}
    assert drafts == folders


def test_the_sizes_of_folders_add_up_to_all_items(busy: Sta) -> None:
    entries = all_entries(busy, DRAFTS[0])
    sizes = [entry["metadata"]["size"] for entry in entries if "stashid" not in entry]
    assert sum(sizes) == len([entry for entry in entries if "stashid" in entry])
