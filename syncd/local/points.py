"""The names of all crash points: every side effect on the disk stands between two of them.

Law: `Root.at` is called with one of these right before or right after each side effect, so that a test can kill the
program at every one, look at what is left, and start again.
"""

from __future__ import annotations

POINTS = (
    "create.begin",
    "create.made",
    "create.written",
    "create.renamed",
    "create.synced",
    "receive.begin",
    "receive.truncated",
    "receive.chunk",
    "receive.marked",
    "receive.ended",
    "discard.begin",
    "discard.done",
    "snapshot.begin",
    "snapshot.made",
    "snapshot.copied",
    "place.begin",
    "place.synced-bytes",
    "place.armed",
    "place.checked",
    "place.exchanged",
    "place.undone",
    "place.renamed",
    "place.synced",
    "place.removed",
    "move.checked",
    "move.renamed",
    "move.synced",
    "throw.begin",
    "throw.made",
    "throw.checked",
    "throw.renamed",
    "throw.synced",
    "restore.checked",
    "restore.renamed",
    "restore.synced",
    "purge.begin",
    "purge.removed",
    "purge.done",
    "make-directory.begin",
    "make-directory.made",
    "make-directory.synced",
    "remove-directory.begin",
    "remove-directory.removed",
    "remove-directory.synced",
    "move-directory.checked",
    "move-directory.renamed",
    "move-directory.synced",
    "clear.begin",
    "clear.removed",
)


def nothing(point: str, /) -> None:
    """The hook of a program that is not being tested."""
