"""Fills an embedded server by its own pure state, at once: items of any size, so many to a folder."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from syncd.server import Vault
from syncd.server.model import Blob, NamedStack, Submission

USER = "artist"
AT = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a stash holds: so many items of so many bytes, so many to a folder."""

    items: int
    size: int = 32
    in_a_folder: int = 50

    def folder(self, number: int) -> str:
        """The title of the folder of an item."""
        return f"Folder {number // self.in_a_folder:05}"

    def path(self, number: int) -> str:
        """Where the file of an item belongs."""
        return f"{self.folder(number)}/Item {number:07}.png"

    def content(self, number: int) -> bytes:
        """The bytes of an item: they look random, and are the same each time."""
        return random.Random(number).randbytes(self.size)


def fill(vault: Vault, user: str, recipe: Recipe) -> None:
    """Puts the items into an account."""
    blobs = [_blob(vault, recipe, number) for number in range(recipe.items)]
    with vault.changing(user) as stash:
        for number, blob in enumerate(blobs):
            place = NamedStack(recipe.folder(number))
            stash.submit(Submission(title=f"Item {number:07}", place=place, blob=blob), AT)


def _blob(vault: Vault, recipe: Recipe, number: int) -> Blob:
    content = recipe.content(number)
    key = hashlib.sha256(content).hexdigest()
    vault.blobs.path(key).write_bytes(content)
    return Blob(key, len(content), "image/png", f"item-{number:07}.png", 1, 1)
