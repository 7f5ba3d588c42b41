"""Files that change their place within the folder.

Law: see `relocate`: nothing is replaced, and the file is the expected one before and after.
"""

from __future__ import annotations

from syncd.core.model import Fingerprint
from syncd.local.relocate import relocate
from syncd.local.root import Root


def move(root: Root, source: str, target: str, expected: Fingerprint) -> Fingerprint:
    """Renames or moves a user's file; the parent of `target` must exist. Answers the new fingerprint (a rename moves
    the ctime). FileChanged if the file is not the expected one, or `target` is taken. Not repeatable."""
    with root.spot(source) as one, root.spot(target) as other:
        return relocate(root, "move", (one, other), expected, source)
