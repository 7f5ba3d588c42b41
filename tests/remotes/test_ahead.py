"""Pages that are asked for before they are wanted: the same pages, in the same order, and few in vain."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import pytest

from syncd.core.errors import Unreachable
from syncd.core.model import Item
from syncd.remotes.faces import Page
from syncd.remotes.stash import delta
from syncd.remotes.stash.ahead import MOST, ahead
from syncd.remotes.stash.wire import Sheet


class Server:
    """A list whose pages begin at `offsets`; keeps what was asked for, by any thread. `broken`: offsets that fail."""

    def __init__(self, *offsets: int, broken: frozenset[int] = frozenset()) -> None:
        self._next = dict(pairwise((*offsets, None)))
        self._broken = broken
        self._lock = threading.Lock()
        self.asked: list[int] = []

    def fetch(self, _cursor: str | None, offset: int) -> Sheet:
        with self._lock:
            self.asked.append(offset)
        if offset in self._broken:
            raise Unreachable(f"no page at {offset}")
        following = self._next.get(offset)
        item = Item(offset + 1, "", 1, None)
        return Sheet("c", following is not None, following, False, (item,), ())


def taken(server: Server) -> list[int]:
    """The offsets of the pages that a drain takes in."""
    with ahead(server.fetch) as page:
        told = list(delta.drain(page, "c"))
    return [entry.id - 1 for each in told if isinstance(each, Page) for entry in each.entries]


@pytest.mark.parametrize(("pages", "vain"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (50, 2)])
def test_a_list_is_told_whole_with_few_requests_in_vain(pages: int, vain: int) -> None:
    offsets = range(0, pages * 100, 100)
    server = Server(*offsets)
    assert taken(server) == list(offsets)
    assert server.asked[0] == 0
    assert sorted(server.asked)[:pages] == list(offsets)
    assert len(server.asked) <= pages + vain


@pytest.mark.parametrize("seed", range(50))
def test_pages_of_any_length_come_in_their_order(seed: int) -> None:
    drawn = random.Random(seed)
    offsets = sorted({0, *(drawn.randrange(1, 40) for _ in range(drawn.randrange(1, 12)))})
    server = Server(*offsets)
    assert taken(server) == offsets
    assert set(offsets) <= set(server.asked)


def test_the_network_is_waited_for_once_for_several_pages() -> None:
    together = threading.Barrier(MOST, timeout=20)

    class Slow(Server):
        def fetch(self, cursor: str | None, offset: int) -> Sheet:
            if 600 <= offset < 900:  # by then so many are asked for at once
                together.wait()
            return super().fetch(cursor, offset)

    assert len(taken(Slow(*range(0, 1200, 100)))) == 12


def test_a_guess_that_fails_is_nobodys_loss() -> None:
    server = Server(0, 10, 20, broken=frozenset({30, 40}))
    assert taken(server) == [0, 10, 20]


def test_a_page_that_fails_does_so_when_it_is_wanted() -> None:
    server = Server(0, 10, 20, 30, broken=frozenset({30}))
    with ahead(server.fetch) as page:
        drain = delta.drain(page, "c")
        assert all(isinstance(next(drain), Page) for _ in range(3))
        with pytest.raises(Unreachable, match="no page at 30"):
            next(drain)


def test_what_is_left_in_its_middle_asks_for_nothing_more() -> None:
    server = Server(*range(0, 5000, 100))
    with ahead(server.fetch) as page:
        drain = delta.drain(page, "c")
        for _ in range(5):
            next(drain)
    asked = len(server.asked)
    assert asked <= 5 + MOST
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pages")]
