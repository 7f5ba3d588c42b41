"""A user with a daemon, as the daemon's own tests have one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.home import Home, home


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as found:
        yield found
