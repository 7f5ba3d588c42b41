"""Values check themselves, and states classify themselves."""

from __future__ import annotations

import pytest

from syncd.core.model import MAX_ID, Agreed, Direction, Folder, Item, Keep
from syncd.core.state import RemoteItem, Seen, State, World
from syncd.core.verdicts import There
from tests.core.test_verdicts import AGREED
from tests.core.world import ALL


@pytest.mark.parametrize("number", [0, -1, MAX_ID + 1])
def test_an_id_is_a_positive_integer_below_two_to_the_63(number: int) -> None:
    with pytest.raises(ValueError, match="no item id"):
        Item(number, "", None, None)
    with pytest.raises(ValueError, match="no folder id"):
        Folder(number, "", None)


def remote(**fields: object) -> RemoteItem:
    item = {"id": 9, "title": "Fox", "folder": None, "version": "v1", "extension": "png"}
    return RemoteItem(Item(**{**item, **fields}), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("agreed", "told", "renamed"),
    [
        (AGREED, remote(), False),
        (AGREED, remote(title="Wolf"), True),
        (AGREED, remote(extension="jpg"), True),
        (AGREED, remote(extension=None), False),
        (None, remote(title="Wolf"), False),
        (AGREED, None, False),
        (AGREED, RemoteItem(Item(9, "Wolf", None, "v1"), None, Seen.DELETED), False),
    ],
)
def test_a_rename_there_is_another_title_or_type(agreed: Agreed | None, told: RemoteItem | None, renamed: bool) -> None:
    assert State(agreed, None, told).renamed_there is renamed


def test_a_move_there_is_another_folder_of_the_users() -> None:
    assert State(AGREED, None, RemoteItem(Item(9, "Fox", 77, "v1"), 51)).moved_there
    assert not State(AGREED, None, RemoteItem(Item(9, "Fox", 77, "v1"), None)).moved_there


def test_what_may_be_our_own_submission_is_not_looked_at() -> None:
    held = RemoteItem(Item(9, "Fox", None, "v2"), None, held_back=True)
    assert State(AGREED, None, held).there is State(None, None, held).there is There.HIDDEN


def test_an_empty_world_knows_nobody() -> None:
    world = World(Direction.TWO_WAY, Keep.BOTH, ALL)
    assert world.owner("x") is None and not world.ignored("x") and world.folder_at("x") is None
    assert (world.directory(None), world.directory(5)) == ("", None)
    assert world.bytes_at("x") is None and world.automatic() == 1 and not world.first_meeting
