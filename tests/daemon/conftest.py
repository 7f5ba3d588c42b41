"""Fixtures of the daemon's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.home import Home, home


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Home]:
    """A configured, logged-in user with a server of their own."""
    with home(tmp_path) as found:
        yield found
