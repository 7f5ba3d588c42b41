"""Worlds for black-box tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.blackbox.desk import Desk
from tests.blackbox.world import DIALECTS, World

Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a world with keys of its own."""
    with ExitStack() as stack:

        def world(dialect: str = "v1", **keys: Any) -> World:
            return World(tmp_path, stack, dialect, **keys)

        yield world


@pytest.fixture
def world(make: Make) -> World:
    """A world that speaks v1."""
    return make()


@pytest.fixture(params=DIALECTS)
def each_world(request: pytest.FixtureRequest, make: Make) -> World:
    """A world in each dialect."""
    return make(request.param)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Make]:
    """Makes a world whose commands run in this process."""
    with ExitStack() as stack:

        def world(dialect: str = "v1", **keys: Any) -> World:
            return Desk(tmp_path, stack, monkeypatch, capsys, dialect=dialect, **keys)

        yield world


@pytest.fixture(params=DIALECTS)
def each_desk(request: pytest.FixtureRequest, desk: Make) -> World:
    """A world in process, in each dialect."""
    return desk(request.param)
