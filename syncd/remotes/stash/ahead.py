"""Pages of a delta that are asked for before they are wanted: what waits for the network then waits once for several.

Law: nothing is asked ahead before a page has told that more follow. Pages mostly have one length, so where those after
the next one begin is guessed; a wrong guess costs a request and nothing else. What such a request raises is raised
when its page is wanted, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

from syncd.remotes.stash.delta import FetchPage
from syncd.remotes.stash.wire import Sheet

MOST = 3
"""Pages that are asked for at once, beside the one that is being taken in."""


def page_threads() -> Executor:
    """Threads for the pages of one list."""
    return ThreadPoolExecutor(MOST, thread_name_prefix="pages")


@contextmanager
def ahead(fetch: FetchPage, threads: Callable[[], Executor] = page_threads) -> Iterator[FetchPage]:
    """The same pages, for one thread; `fetch` is called by several, of which the first page that more follow makes
    `threads`. Waits at its end for what was asked in vain."""
    pages = _Pages(fetch, threads)
    try:
        yield pages.page
    finally:
        pages.close()


class _Pages:
    """The pages that were asked for and are not taken yet, by cursor and offset."""

    def __init__(self, fetch: FetchPage, threads: Callable[[], Executor]) -> None:
        self._fetch = fetch
        self._make = threads
        self._asked: dict[tuple[str | None, int], Future[Sheet]] = {}
        self._threads: Executor | None = None
        self._taken = 0

    def page(self, cursor: str | None, offset: int) -> Sheet:
        """A page, whether it was asked for before or not."""
        asked = self._asked.pop((cursor, offset), None)
        found = self._fetch(cursor, offset) if asked is None else asked.result()
        self._taken += 1
        if found.has_more and found.next_offset is not None:
            self._ask(cursor, found.next_offset, found.next_offset - offset)
        return found

    def _ask(self, cursor: str | None, offset: int, length: int) -> None:
        """The next page, and after each page that was taken one more behind it, as a short list needs none."""
        self._threads = self._threads or self._make()
        for number in range(min(self._taken, MOST) if length > 0 else 0):
            place = (cursor, offset + number * length)
            if place not in self._asked:
                self._asked[place] = self._threads.submit(self._fetch, *place)

    def close(self) -> None:
        """Asks for nothing more. Repeatable."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
