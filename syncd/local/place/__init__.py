"""Everything that writes below the mirrored folder: stage, fsync, re-check, rename, fsync the directory.

Law: a user's file is changed by one atomic rename of a whole, synced file, right after it was checked to be exactly the
version that whoever decided had seen (I1, I2, W8). What turns out to be another is put back, and FileChanged says so.
"""

from __future__ import annotations

from syncd.local.place.directories import make_directories, move_directory, remove_directory
from syncd.local.place.partial import Partial, free_bytes
from syncd.local.place.put import place
from syncd.local.place.shift import make_durable, move
from syncd.local.place.snapshot import snapshot
from syncd.local.stage import Staged, clear_stage, discard

__all__ = [
    "Partial",
    "Staged",
    "clear_stage",
    "discard",
    "free_bytes",
    "make_directories",
    "make_durable",
    "move",
    "move_directory",
    "place",
    "remove_directory",
    "snapshot",
]
