"""Fixtures of the engine's tests: every test ends with its desk at rest (rest.py)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.engine.desks import Desk, desk
from tests.engine.rest import rests

DIALECTS = ("draft10", "draft15", "v1")
BOTH = ("draft15", "v1")
_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    """A test that failed is not also asked whether its desk is at rest."""
    if call.excinfo is not None:
        item.stash[_failed] = True
    return (yield)


def _at_rest(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, request.param) as found:
        yield found
        if not request.node.stash.get(_failed, False):
            rests(found)


@pytest.fixture(params=DIALECTS)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A mirror of a new account, in each dialect."""
    yield from _at_rest(request, tmp_path)


@pytest.fixture(params=BOTH)
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same in one dialect of each generation."""
    yield from _at_rest(request, tmp_path)
