"""Everything that the adversary can let go wrong, each kind by its name: where it strikes, and how often beside others.

Law: a kind is a switch (`--only`), and a simulation has each kind or has it not, as its schedule's seed draws; what is
not drawn costs nothing. The names are those of docs/reliability.md, which says of each line of guarantees.md,
section 3, where it is injected.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from dataclasses import dataclass

DISK_ERRORS = {
    "disk-full": errno.ENOSPC,
    "disk-quota": errno.EDQUOT,
    "disk-error": errno.EIO,
    "fsync-error": errno.EIO,
    "no-permission": errno.EACCES,
    "read-only": errno.EROFS,
    "too-many-files": errno.EMFILE,
    "name-too-long": errno.ENAMETOOLONG,
}
"""The error that a system call ends with."""

READS = tuple(f"remote.{word}" for word in "item stack metadata media placebo whoami delta".split())
TOLD = tuple(f"remote.{word}" for word in "item stack metadata media".split())
CHANGES = tuple(f"remote.{word}" for word in "submit delete move folder update".split())
ASKED = (*READS, *CHANGES, "remote.create")
"""The seams of requests. `create` is a submission, `submit` a change of an item, `original` the bytes of a file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind: its name, the seams at which it strikes, and its share among the kinds of a seam."""

    name: str
    seams: tuple[str, ...]
    share: int = 2


KINDS = (
    Fault("unreachable", (*ASKED, "remote.original"), 4),
    Fault("throttled", (*ASKED, "remote.original"), 3),
    Fault("throttled-long", (*ASKED, "remote.original"), 1),
    Fault("login", ASKED, 2),
    Fault("forbidden", ASKED, 1),
    Fault("slow", (*ASKED, "remote.original"), 1),
    Fault("answer-lost", (*ASKED, "remote.original", *(f"{seam}.answered" for seam in ASKED)), 6),
    Fault("never-arrived", (*CHANGES, "remote.create"), 4),
    Fault("late", (*CHANGES, "remote.create"), 2),
    Fault("delivered-twice", (*CHANGES, "remote.create"), 2),
    Fault("not-found", (*TOLD, *CHANGES), 1),
    Fault("no-space-there", ("remote.create", "remote.submit"), 1),
    Fault("cursor-refused", ("remote.delta",), 3),
    Fault("reset", ("remote.delta",), 3),
    Fault("stale", ("remote.delta",), 3),
    Fault("stale-read", TOLD, 2),
    Fault("doubled", ("remote.delta",), 3),
    Fault("skipped", ("remote.delta",), 2),
    Fault("empty-listing", ("remote.delta",), 1),
    Fault("garbled", ASKED, 1),
    Fault("garbled-entry", ("remote.delta",), 1),
    Fault("unknown-fields", ASKED, 1),
    Fault("wrong-size", ASKED, 1),
    Fault("no-size", ASKED, 1),
    Fault("disk-full", ("disk.write", "disk.mkdir", "disk.rename", "disk.open")),
    Fault("disk-quota", ("disk.write", "disk.mkdir"), 1),
    Fault("disk-error", ("disk.write", "disk.read", "disk.listed", "disk.open", "disk.rename", "disk.unlink")),
    Fault("fsync-error", ("disk.fsync",), 4),
    Fault("no-permission", ("disk.mkdir", "disk.open", "disk.rename", "disk.unlink")),
    Fault("read-only", ("disk.mkdir", "disk.open", "disk.rename", "disk.unlink"), 1),
    Fault("too-many-files", ("disk.open", "disk.listed"), 1),
    Fault("name-too-long", ("disk.mkdir", "disk.open", "disk.rename"), 1),
    Fault("database-full", ("db.commit",), 1),
    Fault("database-locked", ("db.begin",), 1),
)
RARE = ("disk.open", "disk.rename", "disk.unlink", "db.begin")
"""Seams that are passed so often that they are asked of only where a kind of theirs was drawn."""

UNUSUAL = {
    "crash": "killed at a seam",
    "power-loss": "killed at a seam, and what was not synced is gone",
    "terminate": "told to end at a seam",
    "suspend": "the clock jumps while everything stands still",
    "restart": "",
    "clock": "the wall clock is set, by a day at most",
    "lose-database": "",
    "save-database": "",
    "restore-database": "yesterday's",
    "corrupt-database": "",
    "unmount": "the folder is gone, or an empty one stands there",
    "mount": "",
    "phantom": "events of files that nothing happened to",
    "overflow": "events were lost, and the watcher says so",
    "link": "a symbolic link that leads outside",
    "turn": "a file becomes a directory, a directory a file or a link",
    "hardlink": "",
    "fifo": "",
    "undo": "the bytes before the last change come back",
    "recreate": "deleted and made again, other or the same",
    "edit-copy": "a conflict copy is edited",
    "backdate": "an old time of change, as cp -p leaves it",
    "there.drop-folder": "a folder goes with all its items",
    "there.publish": "",
    "there.undo": "",
    "answer": "a person confirms or rejects what is held",
    "resolve": "a person settles a conflict",
    "restore": "a person takes something out of the trash",
}
"""Acts that have a switch of their own, and what they are where the name does not say it."""

SWITCHES = tuple(sorted({kind.name for kind in KINDS} | UNUSUAL.keys()))


def _by_seam() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for kind in KINDS:
        for seam in kind.seams:
            found[seam] += [kind.name] * kind.share
    return {seam: tuple(names) for seam, names in found.items()}


FAULTS = _by_seam()
"""The kinds that may strike at a seam, each as often as its share."""
