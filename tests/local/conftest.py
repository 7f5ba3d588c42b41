"""The fixtures of tests.local."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A fresh mirrored folder."""
    return Folder(tmp_path / "mirror")
