"""Fixtures of the daemon's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.home import Home, home, until


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Home]:
    """A configured, logged-in user with a server of their own."""
    with home(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def daemon_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The same with a daemon that serves it, for requests that change nothing."""
    with home(tmp_path_factory.mktemp("home")) as found, found.running():
        until(found.is_settled, "settled")
        yield found
