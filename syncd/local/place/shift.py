"""Files that change their place within the folder.

Law: see `relocate`: nothing is replaced, and the file is the expected one before and after.
"""

from __future__ import annotations

from syncd.core.model import Fingerprint
from syncd.local.descent import split
from syncd.local.failures import failures
from syncd.local.relocate import check_arrival, relocate, sync
from syncd.local.root import STAGE, Root
from syncd.local.scan import opened


def make_durable(root: Root, path: str, expected: Fingerprint) -> None:
    """Syncs a file that was placed, and the directories from and to which it was renamed, as the placing may have been
    cut off before that. FileChanged if it is not the expected one; DiskFailed if it may still be lost. May be repeated.
    """
    with (
        opened(root, path, expected) as file,
        root.directory(split(path)[0]) as above,
        root.inner(STAGE) as stage,
        failures(path),
    ):
        sync(file, above, stage)


def move(root: Root, source: str, target: str, expected: Fingerprint) -> Fingerprint:
    """Renames or moves a user's file; the parent of `target` must exist. Answers the new fingerprint (a rename moves
    the ctime). FileChanged if the file is not the expected one, `target` is taken, or its directory was renamed just
    then: the file would be elsewhere than is recorded, and seem to have gone from there (I3). Not repeatable."""
    with root.spot(source) as one, root.spot(target) as other:
        moved = relocate(root, "move", (one, other), expected, source)
        check_arrival(root, target, (one, other), source)
        return moved
