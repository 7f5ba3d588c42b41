"""The tables of verdicts: total over every state that can be built, and true to the directions' laws."""

from __future__ import annotations

from itertools import product

import pytest

from syncd.core.model import Agreed, Direction, Fingerprint, Item, LocalFile
from syncd.core.state import RemoteItem, Seen, State
from syncd.core.verdicts import Here, There, Verdict, verdict

AGREED = Agreed(9, "Fox.png", "Fox", None, "png", "v1", "aa", 2, 1, 1)
FILES = [None, *(LocalFile("Fox.png", Fingerprint(2, 0, 0, 1, 1), sha) for sha in ("aa", "bb"))]
REMOTES = [
    None,
    *(
        RemoteItem(Item(9, "Fox", None, version, "png"), None, seen, sha, held)
        for version, seen, sha, held in product(("v1", "v2", None), Seen, (None, "aa", "bb"), (False, True))
    ),
]
STATES = [State(*each) for each in product((None, AGREED), FILES, REMOTES, (False, True))]
BUILT = {(state.agreed is not None, state.here, state.there) for state in STATES}


@pytest.mark.parametrize("direction", Direction)
def test_every_state_that_can_be_built_has_a_verdict(direction: Direction) -> None:
    for agreed, here, there in BUILT:
        assert verdict(direction, here, there, agreed=agreed) is not Verdict.NEVER, (agreed, here, there)


@pytest.mark.parametrize("direction", Direction)
def test_what_cannot_be_built_has_none(direction: Direction) -> None:
    for agreed, here, there in product((False, True), Here, There):
        if (agreed, here, there) not in BUILT:
            assert verdict(direction, here, there, agreed=agreed) is Verdict.NEVER, (agreed, here, there)


def everywhere(direction: Direction) -> dict[tuple[bool, Here, There], Verdict]:
    return {key: verdict(direction, key[1], key[2], agreed=key[0]) for key in BUILT}


def test_a_mirror_that_pulls_sends_nothing_and_one_that_pushes_writes_nothing() -> None:
    sends = {Verdict.SEND, Verdict.SEND_NEW, Verdict.SEND_OVER, Verdict.DELETE_ITEM}
    assert not sends & set(everywhere(Direction.PULL).values())
    writes = {Verdict.TAKE, Verdict.DELETE_FILE, Verdict.CONFLICT}
    assert not writes & set(everywhere(Direction.PUSH).values())


@pytest.mark.parametrize("direction", Direction)
def test_nothing_is_deleted_but_the_agreed_version(direction: Direction) -> None:
    for (_, here, there), what in everywhere(direction).items():
        if what is Verdict.DELETE_FILE:
            assert here is Here.SAME and there in {There.DELETED, There.UNSURE}
        if what is Verdict.DELETE_ITEM:
            assert here is Here.GONE and there in {There.SAME, There.UNSEEN}
        if there is There.PUBLISHED:
            assert what in {Verdict.RELEASE, Verdict.FORGET, Verdict.LEAVE, Verdict.NOTHING, Verdict.SEND_NEW}
        if here is Here.HIDDEN:
            assert what is Verdict.LEAVE
