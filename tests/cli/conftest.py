"""Worlds in process for the tests of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.blackbox.desk import Desk


@pytest.fixture
def make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Desk]]:
    """Makes a world with keys of its own."""
    with ExitStack() as stack:

        def world(dialect: str = "v1", **keys: Any) -> Desk:
            return Desk(tmp_path, stack, monkeypatch, capsys, dialect=dialect, **keys)

        yield world


@pytest.fixture
def world(make: Callable[..., Desk]) -> Desk:
    """A world that speaks v1."""
    return make()
