"""These tests run only when they are asked for by their marker (`make test-systemd`), and say why where they cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.systemd.machine import Machine, Unbootable, booted


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves them out unless `-m` speaks of them."""
    if "systemd" in (config.getoption("markexpr") or ""):
        return
    ours = [item for item in items if item.get_closest_marker("systemd")]
    if ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """One machine for all of them."""
    try:
        with booted() as found:
            yield found
    except Unbootable as error:
        pytest.skip(str(error))
