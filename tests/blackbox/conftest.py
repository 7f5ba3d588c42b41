"""Worlds for black-box tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.blackbox.world import DIALECTS, World


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes a world with keys of its own."""
    with ExitStack() as stack:

        def world(dialect: str = "v1", **keys: Any) -> World:
            return World(tmp_path, stack, dialect, **keys)

        yield world


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    """A world that speaks v1."""
    return make()


@pytest.fixture(params=DIALECTS)
def each_world(request: pytest.FixtureRequest, make: Callable[..., World]) -> World:
    """A world in each dialect."""
    return make(request.param)
