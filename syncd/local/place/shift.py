"""Files that change their place within the folder, or step aside for a swap.

Law: see `relocate`: nothing is replaced, and the file is the expected one before and after.
"""

from __future__ import annotations

from pathlib import Path

from syncd.core.model import Fingerprint
from syncd.local.kernel import Spot
from syncd.local.relocate import relocate
from syncd.local.root import STAGE, Root
from syncd.local.stage import PARKED, name_of


def move(root: Root, source: str, target: str, expected: Fingerprint) -> Fingerprint:
    """Renames or moves a user's file; the parent of `target` must exist. Answers the new fingerprint (a rename moves
    the ctime). FileChanged if the file is not the expected one, or `target` is taken. Not repeatable."""
    with root.spot(source) as one, root.spot(target) as other:
        return relocate(root, "move", (one, other), expected, source)


def park(root: Root, path: str, expected: Fingerprint, key: str) -> Path:
    """Moves a user's file into the stage, out of the way of another; `place` or `clear_stage` takes it from there.

    FileChanged if it is not the expected one, or if something is parked under this key already (see `parked`).
    """
    name = name_of(key, PARKED)
    with root.inner(STAGE) as stage, root.spot(path) as source:
        relocate(root, "park", (source, Spot(stage, name)), expected, path)
    return root.stage / name.decode()
