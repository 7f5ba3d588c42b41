"""Follows files that were renamed: which file that is new here is the one that vanished there.

Law: identity is device and inode, proven by the bytes or the time of birth (an inode may be used anew), then the bytes
alone. A path that stays while its inode changes is an edit, unless the new inode is another agreed file's (a swap).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from syncd.core.model import Agreed, LocalFile
from syncd.core.names import name_of
from syncd.core.state import State


def _inode(file: LocalFile) -> tuple[int, int]:
    return file.fingerprint.device, file.fingerprint.inode


def _is_the_file(agreed: Agreed, file: LocalFile) -> bool:
    if (agreed.device, agreed.inode) != _inode(file):
        return False
    return file.sha256 == agreed.sha256 or (file.born_ns is not None and file.born_ns == agreed.born_ns)


class _Pool:
    """The files that may belong to somebody who vanished. Each is taken once; `free` are those that nobody took."""

    def __init__(self, files: Iterable[LocalFile]) -> None:
        self.free = {file.path: file for file in sorted(files, key=lambda file: file.path)}
        self._by_inode: dict[tuple[int, int], list[LocalFile]] = defaultdict(list)
        self._by_hash: dict[str, list[LocalFile]] = defaultdict(list)
        for file in self.free.values():
            self._by_inode[_inode(file)].append(file)
            self._by_hash[file.sha256].append(file)

    def by_inode(self, agreed: Agreed, _own: LocalFile | None) -> LocalFile | None:
        return self._best(agreed, [f for f in self._by_inode[agreed.device, agreed.inode] if _is_the_file(agreed, f)])

    def by_path(self, _agreed: Agreed, own: LocalFile | None) -> LocalFile | None:
        return self.free.pop(own.path, None) if own else None

    def by_hash(self, agreed: Agreed, _own: LocalFile | None) -> LocalFile | None:
        return self._best(agreed, self._by_hash[agreed.sha256] if agreed.size else [])

    def _best(self, agreed: Agreed, files: list[LocalFile]) -> LocalFile | None:
        candidates = [file for file in files if file.path in self.free]
        if not candidates:
            return None
        best = min(candidates, key=lambda file: (name_of(file.path) != name_of(agreed.path), file.path))
        return self.free.pop(best.path)


def match(states: Sequence[State]) -> list[State]:
    """The states with every vanished file found again where it is now, and every file in one state only.

    The answer holds the agreed states in their order, then the rest, then one state for each file that is new.
    """
    inodes = {(s.agreed.device, s.agreed.inode): s.agreed.id for s in states if s.agreed}

    def is_displaced(agreed: Agreed, state: State) -> bool:
        return state.local is None or inodes.get(_inode(state.local), agreed.id) != agreed.id

    displaced = {s.agreed.id: s for s in states if s.agreed and is_displaced(s.agreed, s)}
    fresh = [s for s in states if not s.agreed and not s.remote and s.local and not s.hidden]
    pool = _Pool(s.local for s in [*displaced.values(), *fresh] if s.local)
    found: dict[int, LocalFile] = {}
    for seek in (pool.by_inode, pool.by_path, pool.by_hash):
        for itemid, state in displaced.items():
            if itemid not in found and state.agreed and (file := seek(state.agreed, state.local)):
                found[itemid] = file
    matched = [state for state in states if state.agreed or state.remote or not state.local or state.hidden]
    for position, state in enumerate(matched):
        if state.agreed and state.agreed.id in displaced:
            file_now = found.get(state.agreed.id)
            matched[position] = replace(state, local=file_now, hidden=state.hidden and file_now is None)
    return matched + [State(local=file) for file in pool.free.values()]
