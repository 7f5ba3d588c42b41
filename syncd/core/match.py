"""Follows files that were renamed: which file that is new here is the one that vanished there.

Law: a file that we were placing for an item is the item's. Else identity is device and inode, proven by the bytes or
the time of birth (an inode may be used anew), then the bytes alone. A path that stays while its inode changes is an
edit, unless the new inode is another agreed file's (a swap). Bytes alone are a guess: they may as well be somebody's
new file, so no newer bytes of the item's take their place. Every file ends up in one state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from syncd.core.model import Agreed, LocalFile
from syncd.core.names import name_of
from syncd.core.state import State
from syncd.core.verdicts import There

Placed = Callable[[LocalFile], int | None]
"""The item whose bytes we were placing as this file when we were interrupted."""


def _inode(file: LocalFile) -> tuple[int, int]:
    return file.fingerprint.device, file.fingerprint.inode


def _is_proven(agreed: Agreed, file: LocalFile) -> bool:
    """Whether a file with the item's inode is the item's: an inode may be used anew."""
    if file.born_ns is None or agreed.born_ns is None:
        return file.sha256 == agreed.sha256
    return file.born_ns == agreed.born_ns


class _Pool:
    """The files that may belong to somebody who vanished. Each is taken once; `free` are those that nobody took."""

    def __init__(self, files: Iterable[LocalFile], placed: Placed) -> None:
        self.free = {file.path: file for file in sorted(files, key=lambda file: file.path)}
        self._placed = placed
        self._by_inode: dict[tuple[int, int], list[LocalFile]] = defaultdict(list)
        self._by_hash: dict[str, list[LocalFile]] = defaultdict(list)
        self._by_trace: dict[int | None, list[LocalFile]] = defaultdict(list)
        for file in self.free.values():
            self._by_trace[placed(file)].append(file)
            self._by_inode[_inode(file)].append(file)
            self._by_hash[file.sha256].append(file)

    def by_trace(self, agreed: Agreed, _state: State) -> LocalFile | None:
        return self._best(agreed, self._by_trace[agreed.id])

    def by_inode(self, agreed: Agreed, _state: State) -> LocalFile | None:
        return self._best(agreed, [f for f in self._by_inode[agreed.device, agreed.inode] if _is_proven(agreed, f)])

    def by_path(self, agreed: Agreed, state: State) -> LocalFile | None:
        return self._best(agreed, [state.local] if state.local else [])

    def by_hash(self, agreed: Agreed, state: State) -> LocalFile | None:
        return self._best(agreed, self._by_hash[agreed.sha256] if agreed.size and not state.hidden else [])

    def _best(self, agreed: Agreed, files: list[LocalFile]) -> LocalFile | None:
        candidates = [
            file for file in files if file.path in self.free and not _is_of_another(self._placed(file), agreed)
        ]
        if not candidates:
            return None
        own, name = agreed.path, name_of(agreed.path)
        best = min(candidates, key=lambda file: (file.path != own, name_of(file.path) != name, file.path))
        return self.free.pop(best.path)


def _is_of_another(itemid: int | None, agreed: Agreed) -> bool:
    """Whether what a trace says is that another item than the agreed one has the file. (Below zero: it is a copy.)"""
    return itemid is not None and itemid > 0 and itemid != agreed.id


def _displaced(states: Sequence[State], traced: Collection[int | None], placed: Placed) -> dict[int, State]:
    """The agreed items whose file is not at their path: none is there, or it is another item's, agreed or by its trace,
    or theirs was being placed and has another name now."""
    owners: dict[tuple[int, int], list[Agreed]] = defaultdict(list)
    claims: dict[str, list[Agreed]] = defaultdict(list)
    for state in states:
        if state.agreed:
            owners[state.agreed.device, state.agreed.inode].append(state.agreed)
            if state.local:
                claims[state.local.path].append(state.agreed)

    def keeps(agreed: Agreed, local: LocalFile) -> bool:
        """Half-way through a swap, two items have one agreed path."""
        if agreed.id in traced or _is_of_another(placed(local), agreed):
            return False
        if holders := owners.get(_inode(local)):
            others = {one.id for one in holders if _is_proven(one, local)} or {one.id for one in holders}
            return agreed.id in others and agreed.id == min(others & {claim.id for claim in claims[local.path]})
        claim = min(claims[local.path], key=lambda claim: (claim.sha256 != local.sha256, claim.id))
        return agreed.id == claim.id

    return {s.agreed.id: s for s in states if s.agreed and not (s.local and keeps(s.agreed, s.local))}


def _torn(at_home: Iterable[State], lost: Iterable[LocalFile]) -> list[LocalFile]:
    """The files that a hidden item's file may have become by a rename of which only this half was seen, or after which
    another file came to its path, and may leave it again."""
    hidden = {
        inode: state.agreed
        for state in at_home
        if state.hidden and state.local and state.agreed
        for inode in (_inode(state.local), (state.agreed.device, state.agreed.inode))
    }
    return [file for file in lost if (agreed := hidden.get(_inode(file))) and _is_proven(agreed, file)]


def _nobody(_file: LocalFile) -> int | None:
    return None


def _but_links(states: Sequence[State], placed: Placed) -> Placed:
    """What the traces say, but of other names of a file that is at its item's path: a hard link is another file. And
    one that never left the path of its own item is that one's, whatever a trace says of another name of it."""
    homes = {s.agreed.id: s.local for s in states if s.agreed and s.local and not s.hidden}
    stayed: dict[str, set[int]] = defaultdict(set)
    for state in states:
        if state.agreed and state.local and _never_left(state.agreed, state.local):
            stayed[state.local.path].add(state.agreed.id)

    def item_of(file: LocalFile) -> int | None:
        itemid = placed(file)
        if itemid is None or (itemid > 0 and itemid not in stayed.get(file.path, {itemid})):
            return None
        home = homes.get(itemid)
        return None if home and home.path != file.path and _inode(home) == _inode(file) else itemid

    return item_of


def _never_left(agreed: Agreed, file: LocalFile) -> bool:
    return _inode(file) == (agreed.device, agreed.inode) and _is_proven(agreed, file)


def match(
    states: Sequence[State], *, writes_here: bool = True, placed: Placed = _nobody, complete: bool = True
) -> list[State]:
    """The states with every vanished file found again where it is now, and every file in one state only.

    The answer holds the agreed states in their order, then the rest, then one state for each file that is new. An item
    that was superseded has no file, whatever is at its path: the new item has it. Of a hidden one only a file with its
    inode is another place, or while its own path still seems to have that inode, a file of which nothing may be
    concluded either; and while a file with its inode is hidden, an item has not vanished. Where the mirror
    `writes_here`, a file is found by its bytes alone only if the item still has them there; until that is known, both
    are unmet. `placed` as in World. Unless the look was `complete`, a file that another one took the place of may be
    where nobody could look.
    """
    states = [replace(s, local=None, hidden=False) if s.agreed and s.agreed.superseded else s for s in states]
    placed = _but_links(states, placed)
    fresh = [s for s in states if not s.agreed and not s.remote and s.local and not s.hidden]
    traced = {placed(s.local) for s in [*fresh, *(s for s in states if s.agreed)] if s.local}
    displaced = _displaced([s for s in states if not (s.agreed and s.agreed.superseded)], traced, placed)
    at_home = {s.local.path for s in states if s.agreed and s.local and s.agreed.id not in displaced}
    lost = [s.local for s in [*displaced.values(), *fresh] if s.local and s.local.path not in at_home]
    torn = _torn([s for s in states if s.agreed and s.agreed.id not in displaced], lost)
    pool = _Pool([file for file in lost if file not in torn], placed)
    found: dict[int, LocalFile] = {}
    guessed: dict[int, LocalFile] = {}
    for seek in (pool.by_trace, pool.by_inode, pool.by_path, pool.by_hash):
        for itemid, state in displaced.items():
            is_guess = writes_here and seek == pool.by_hash
            if itemid in found or not state.agreed or (is_guess and state.there is There.CHANGED):
                continue
            if file := seek(state.agreed, state):
                (guessed if is_guess and state.unproven else found)[itemid] = file
    lurking = {_inode(s.local) for s in states if s.hidden and s.local and not s.agreed}
    matched = [state for state in states if state.agreed or state.remote or not state.local or state.hidden]
    for position, state in enumerate(matched):
        if state.agreed and state.agreed.id in displaced:
            file_now = found.get(state.agreed.id)
            lurks = (state.agreed.device, state.agreed.inode) in lurking
            unseen = state.local is not None and not complete
            hides = file_now is None and (state.hidden or lurks or unseen or state.local in torn)
            matched[position] = replace(state, local=file_now, hidden=hides, unmet=state.agreed.id in guessed)
    waiting = [State(local=file, unmet=True) for file in guessed.values()]
    waiting += [State(local=file, hidden=True) for file in torn]
    veiled = {s.local.path for s in displaced.values() if s.hidden and s.local}
    return [*matched, *waiting, *(State(local=file, hidden=path in veiled) for path, file in pool.free.items())]
