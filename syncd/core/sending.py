"""Where the disk's words put an item: targets for what is submitted or moved from here.

Law: a folder is made by exactly one action of a plan; whatever else goes into it waits for the next plan, when it has
an id. A chain of new directories is one folder titled `A / B` in the nearest one that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import count

from syncd.core import names
from syncd.core.model import Abilities, AgreedFolder, AtRoot, Into, Make, Target
from syncd.core.state import World


def nearest_folder(
    directory: str, folder_at: Callable[[str], AgreedFolder | None], abilities: Abilities
) -> tuple[str, int | None]:
    """The nearest directory above that is a folder which can hold folders, and its id; ("", None) for the root."""
    for above in names.above(directory) if abilities.nested else ():
        if agreed := folder_at(above):
            return above, agreed.id
    return "", None


def folder_title(below: str) -> str:
    """The title of the folder that a directory is, `below` its parent's directory."""
    return names.folder_title(tuple(below.split("/")))


def has_folder(directory: str, world: World) -> bool:
    """Whether the directory has a folder, or needs none."""
    return not directory or world.folder_at(directory) is not None


def folder_of(directory: str, world: World) -> int | None:
    """The folder of a directory; None for the root, or while it has none."""
    agreed = world.folder_at(directory) if directory else None
    return agreed.id if agreed else None


class Targets:
    """Gives the target of each directory within one plan. `leaving`: folders that go along with their only item."""

    def __init__(self, world: World, leaving: Collection[int | None] = ()) -> None:
        self._world = world
        self._leaving = leaving
        self._making: set[str] = set()
        self._automatic: Iterator[int] | None = None

    def target(self, directory: str) -> Target | None:
        """Where files of this directory go on the remote, or None while its folder is being made by another action."""
        if not directory:
            return AtRoot(f"Sta.sh Uploads {self._unused()}")
        if agreed := self._world.folder_at(directory):
            return Into(agreed.id) if agreed.id not in self._leaving else None
        if any(self._in_the_way(making, directory) for making in self._making):
            return None
        self._making.add(directory)
        base, parent = nearest_folder(directory, self._world.folder_at, self._world.abilities)
        return Make(folder_title(names.below(directory, base)), parent)

    def _in_the_way(self, making: str, directory: str) -> bool:
        if self._world.abilities.nested:
            return names.within(directory, making) or names.within(making, directory)
        return making == directory

    def _unused(self) -> int:
        self._automatic = self._automatic or count(self._world.automatic())
        return next(self._automatic)
