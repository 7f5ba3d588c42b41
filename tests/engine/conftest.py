"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.desks import Desk, desk

DIALECTS = ("draft10", "draft15", "v1")


@pytest.fixture(params=DIALECTS)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A mirror of a new account, in each dialect."""
    with desk(tmp_path, request.param) as found:
        yield found
