"""Mistakes about what survives a power loss (I14).

Law: see `there`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from syncd.local import kernel, relocate, trash
from syncd.local.place import directories, put
from tests.sim.plants.plant import Plant, breaks


class _Careless(ModuleType):
    """`os` as the simulation has it, but for one call."""

    def __getattr__(self, name: str) -> Any:
        return _passes if name == "fsync" else getattr(kernel.os, name)  # type: ignore[attr-defined]


def _passes(descriptor: int) -> None:
    try:
        kernel.os.fsync(descriptor)  # type: ignore[attr-defined]
    except OSError:
        return


@breaks("I1", "I2", "I15", "I3")
def bytes_not_synced(patch: pytest.MonkeyPatch) -> None:
    """A received file becomes visible without an fsync of its bytes (I14)."""
    for module in (put, trash):
        patch.setattr(module, "sync_staged", lambda _staged, _descriptor: None)


@breaks("I1", "I3", "I19")
def names_not_synced(patch: pytest.MonkeyPatch) -> None:
    """A rename is recorded as done without an fsync of its directory (I14)."""
    for module in (relocate, put, directories, trash):
        patch.setattr(module, "sync", lambda *_descriptors: None)


@breaks("I1", "I2", "I3", "I15")
def failed_fsync_passes(patch: pytest.MonkeyPatch) -> None:
    """An fsync that fails is passed over."""
    patch.setattr(relocate, "os", _Careless("os"))


PLANTS: dict[str, Plant] = {
    "bytes-not-synced": bytes_not_synced,
    "names-not-synced": names_not_synced,
    "failed-fsync-passes": failed_fsync_passes,
}
