"""How handlers are carried out: what is under way is waited for, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from syncd.core.errors import DiskFailed
from syncd.engine.steps import Crew, Handler, run_all


def test_a_handler_that_fails_while_it_is_closed_leaves_no_other_one_unfinished() -> None:
    batches, finished = iter((True, False)), []

    @contextmanager
    def batch() -> Iterator[None]:
        if not next(batches):
            raise DiskFailed("the database is locked")
        yield

    def handler(number: int) -> Handler[bool]:
        try:
            yield lambda: number
            yield lambda: number  # nobody lets it go on to this any more
        finally:
            finished.append(number)
            raise DiskFailed(f"{number} cannot clear up")
        return True

    with ThreadPoolExecutor(2) as pool, pytest.raises(DiskFailed, match="locked"):
        list(run_all([(number, handler(number)) for number in range(2)], Crew(pool.submit, 2, batch)))
    assert sorted(finished) == [0, 1]
