"""Which files are made, and from what."""

from __future__ import annotations

from pathlib import Path

from tests.paper.commands import commands_page
from tests.paper.manual import manual_page
from tests.paper.settings import configuration_page

CHECKOUT = Path(__file__).parents[2]


def written() -> dict[Path, str]:
    """Every file that is made, by its path."""
    docs = CHECKOUT / "docs"
    return {
        docs / "configuration.md": configuration_page(),
        docs / "commands.md": commands_page(),
        docs / "man" / "syncd.1": manual_page(),
    }
