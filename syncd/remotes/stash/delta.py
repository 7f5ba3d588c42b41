"""The law of the delta's pages, the same for every generation of the API (stash-api.md, sections 1.1, 2 and 8.3).

Law: all pages of a drain are asked for with the cursor that it began with. A reset on the first page, also when it
repeats on every page, begins an epoch there; one that first shows on a later page says that the pages before it were of
another list: the drain begins again from nothing. Whatever the server does, a drain ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from syncd.core.errors import NotThere, Refused, Unreachable
from syncd.remotes.faces import Drained, Page, Reset, Told
from syncd.remotes.stash.wire import Sheet

MOST_PAGES = 20_000
MOST_RESTARTS = 3

FetchPage = Callable[[str | None, int], Sheet]
"""Asks for the page at an offset, under a cursor or none."""


def drain(fetch: FetchPage, cursor: str | None) -> Iterator[Told]:
    """Everything that changed since `cursor` ("" or None: everything there is); ends with one `Drained`.

    Raises Unreachable if the server refuses its own cursor, pages for ever, or resets again and again (W19, W22).
    """
    restarted = False
    for _ in range(MOST_RESTARTS + 1):
        again = yield from _pages(fetch, None if restarted else cursor or None, restarted=restarted)
        if not again:
            return
        restarted = True
    raise Unreachable("The server resets its list of changes again and again.")


def _pages(fetch: FetchPage, cursor: str | None, *, restarted: bool) -> Generator[Told, None, bool]:
    """The pages under one cursor; its value is whether a reset calls for a new beginning."""
    epoch, offset = cursor is None, 0
    named: set[str] = set()
    resets = False
    for number in range(MOST_PAGES):
        page = _fetched(fetch, cursor, offset)
        if page.reset and number == 0 and cursor is not None and page.has_more:
            return True  # nobody knows what its later pages would be told by, that cursor or none
        if page.reset and number == 0:
            resets, epoch = True, True
        elif page.reset and not resets:
            return True
        if number == 0 and (resets or restarted):
            yield Reset()
        named.add(page.cursor)
        if page.entries or page.problems:
            yield Page(page.entries, page.problems)
        if not page.has_more:
            yield Drained(page.cursor, epoch=epoch, steady=len(named) == 1)
            return False
        offset = _next(page, offset)
    raise Unreachable("The server's list of changes has no end.")


def _fetched(fetch: FetchPage, cursor: str | None, offset: int) -> Sheet:
    try:
        return fetch(cursor, offset)
    except (NotThere, Refused) as error:
        raise Unreachable(f"The server refuses to tell what changed. {error.message}") from None


def _next(page: Sheet, offset: int) -> int:
    """The next offset; raises Unreachable if going there leads nowhere."""
    if page.next_offset is None or page.next_offset <= offset or not (page.entries or page.problems):
        raise Unreachable("The server's list of changes goes in circles.")
    return page.next_offset
