"""A hearer that keeps what it was told."""

from __future__ import annotations

from syncd.daemon.happenings import Happening


class Ear:
    """Keeps every happening, in order."""

    def __init__(self) -> None:
        self.told: list[Happening] = []
        self.mirrors: list[str | None] = []

    def heard(self, mirror: str | None, happening: Happening) -> None:
        self.told.append(happening)
        self.mirrors.append(mirror)

    def of(self, kind: type) -> list[Happening]:
        """Those of one kind."""
        return [each for each in self.told if isinstance(each, kind)]
