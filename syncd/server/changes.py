"""Which ids changed since when, and the opaque cursors that say since when.

Law: asking costs in proportion to the changes asked for, never to the size of the stash.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(slots=True)
class ChangeLog:
    """The changes that one view can see: per id the last revision and the revisions at which it came or went."""

    last: dict[int, int] = field(default_factory=dict)
    toggles: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _log: list[tuple[int, int]] = field(default_factory=list)

    def record(self, revision: int, changed: int, *, present: bool) -> None:
        """Note that id `changed` did so at `revision`, and whether this view sees it now. Revisions never fall."""
        if present != self.is_present(changed):
            self.toggles[changed] = (*self.toggles.get(changed, ()), revision)
        self.last[changed] = revision
        self._log.append((revision, changed))
        if len(self._log) > 2 * len(self.last) + 64:
            self._log = [entry for entry in self._log if self.last[entry[1]] == entry[0]]

    def restore(self, changed: int, revision: int, toggles: tuple[int, ...]) -> None:
        """Take over a saved record; to be called in the order of revisions."""
        self.last[changed] = revision
        if toggles:
            self.toggles[changed] = toggles
        self._log.append((revision, changed))

    def is_present(self, asked: int) -> bool:
        """Whether the view sees this id now."""
        return len(self.toggles.get(asked, ())) % 2 == 1

    def was_present(self, asked: int, revision: int) -> bool:
        """Whether the view saw this id at that revision."""
        return bisect_right(self.toggles.get(asked, ()), revision) % 2 == 1

    def since(self, revision: int) -> list[int]:
        """The ids that changed after `revision`, each once, in the order of their last change."""
        start = bisect_right(self._log, (revision, 1 << 64))
        return [changed for at, changed in self._log[start:] if self.last[changed] == at]

    def copy(self) -> ChangeLog:
        """An independent copy."""
        return ChangeLog(dict(self.last), dict(self.toggles), list(self._log))


def seal(key: bytes, revision: int) -> str:
    """The cursor of a revision: 32 hex digits that say nothing, equal for equal revisions."""
    tag = _digest(key, revision.to_bytes(8, "big"))
    mask = int.from_bytes(_digest(key, tag), "big")
    return (tag + (revision ^ mask).to_bytes(8, "big")).hex()


def unseal(key: bytes, cursor: str) -> int | None:
    """The revision of a cursor; None for any text that `seal` did not make with this key."""
    try:
        raw = bytes.fromhex(cursor)
    except ValueError:
        return None
    if len(raw) != 16:
        return None
    tag, masked = raw[:8], int.from_bytes(raw[8:], "big")
    revision = masked ^ int.from_bytes(_digest(key, tag), "big")
    return revision if _digest(key, revision.to_bytes(8, "big")) == tag else None


def page_cursor(key: bytes, revision: int, offset: int) -> str:
    """A cursor for an intermediate page that names no revision, for servers that change it from page to page."""
    return hashlib.blake2b(b"page %d %d" % (revision, offset), key=key, digest_size=16).hexdigest()


def _digest(key: bytes, text: bytes) -> bytes:
    return hashlib.blake2b(text, key=key, digest_size=8).digest()
