"""Brings together what is new on both sides: a file and an item that may be the same work.

Law: two new ones meet under one name or an equal one (plain, or suffixed by the item's id), and where the item's bytes
are known (they were fetched, and perhaps even placed before a crash) by these. Where they are no longer known, and a
file has the bytes that were placed, both wait for them: an editor may have saved it anew. At the first meeting of a
mirror, or after its database was lost, neither side's moves on until all bytes in question are known, so nothing is
doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.core import names
from syncd.core.model import LocalFile
from syncd.core.places import plain_path
from syncd.core.state import RemoteItem, Seen, State, World


def meet(states: Sequence[State], world: World) -> list[State]:
    """The states, with each new file joined to the new item that it may be; each is joined at most once."""
    fresh = {s.local.path: s.local for s in states if _is_fresh(s) and s.local}
    arrivals = [s.remote for s in states if _arrives(s, world) and s.remote]
    joined = _join_by_trace(arrivals, fresh, world)
    _join_by_name([r for r in arrivals if r.item.id not in joined], fresh, joined, world)
    _join_by_bytes([r for r in arrivals if not r.held_back], fresh, joined)
    taken = {file.path for file in joined.values()}
    rest = [s for s in states if not (_is_fresh(s) and s.local and s.local.path in taken)]
    met = [_met(s, joined[s.remote.item.id], world) if s.remote and s.remote.item.id in joined else s for s in rest]
    alone = [r for r in arrivals if r.item.id not in joined and r.sha256 is None and not r.held_back]
    return _mark_unmet(met, alone, world)


def _met(state: State, file: LocalFile, world: World) -> State:
    """The item with its file. While an open intent may have made another item of that, it is nobody's else (W4)."""
    assert state.remote
    remote = replace(state.remote, held_back=True) if world.blocked(file) else state.remote
    return replace(state, local=file, remote=remote)


def _is_fresh(state: State) -> bool:
    return not state.agreed and not state.remote and state.local is not None and not state.hidden


def _arrives(state: State, world: World) -> bool:
    remote = state.remote
    if state.agreed or state.hidden or remote is None or remote.seen is not Seen.LIVE:
        return False
    directory = world.directory(remote.folder)
    return remote.item.extension is None or directory is None or not world.ignored(plain_path(remote, directory))


def _join_by_trace(arrivals: Sequence[RemoteItem], fresh: dict[str, LocalFile], world: World) -> dict[int, LocalFile]:
    """The files that we were just placing for an item, whatever both are called now."""
    placed = {itemid: path for path, file in fresh.items() if (itemid := world.placed(file)) is not None}
    return {r.item.id: fresh.pop(placed[r.item.id]) for r in arrivals if r.item.id in placed}


def _join_by_name(
    arrivals: Sequence[RemoteItem], fresh: dict[str, LocalFile], joined: dict[int, LocalFile], world: World
) -> None:
    by_key: dict[str, list[str]] = {}
    for path in sorted(fresh, reverse=True):
        by_key.setdefault(names.path_key(path), []).append(path)
    for remote in arrivals:
        directory = world.directory(remote.folder)
        if directory is None or (remote.item.extension is None and remote.sha256 is None):
            continue
        for path in like_names(remote, directory):
            candidates = [p for p in by_key.get(names.path_key(path), ()) if p in fresh]
            if candidates and remote.item.id not in joined:
                joined[remote.item.id] = fresh.pop(path if path in candidates else candidates[-1])


def like_names(remote: RemoteItem, directory: str) -> tuple[str, str]:
    """The paths, or ones equal to them, at which a new file meets the new item by name: with its suffix, and plain."""
    plain = plain_path(remote, directory)
    suffixed = names.with_suffix(names.name_of(plain), names.base36(remote.item.id))
    return names.join(directory, suffixed), plain


def _join_by_bytes(arrivals: Sequence[RemoteItem], fresh: dict[str, LocalFile], joined: dict[int, LocalFile]) -> None:
    by_hash: dict[str, list[LocalFile]] = {}
    for file in sorted(fresh.values(), key=lambda file: file.path, reverse=True):
        by_hash.setdefault(file.sha256, []).append(file)
    for remote in arrivals:
        if remote.item.id not in joined and remote.sha256 and by_hash.get(remote.sha256):
            joined[remote.item.id] = fresh.pop(by_hash[remote.sha256].pop().path)


def _mark_unmet(states: Sequence[State], alone: Sequence[RemoteItem], world: World) -> list[State]:
    """Marks new items and new files that are alone, and that neither size nor name keeps from being one."""
    files = [s.local for s in states if _is_fresh(s) and s.local]
    pairs = _Pairs(world, alone, files)
    ids = {remote.item.id for remote in alone}
    return [
        replace(s, unmet=s.unmet or pairs.has_item_for(s.local))
        if _is_fresh(s) and s.local
        else replace(s, unmet=pairs.has_file_for(s.remote))
        if s.remote and s.remote.item.id in ids
        else s
        for s in states
    ]


class _Pairs:
    """Which new items and new files may be one, though their bytes are not known."""

    def __init__(self, world: World, alone: Sequence[RemoteItem], files: Sequence[LocalFile]) -> None:
        self._world = world
        self._sizes_here = {file.fingerprint.size for file in files} if world.first_meeting else set()
        self._sizes_there = {remote.item.size for remote in alone} if world.first_meeting else set()
        self._names_here = {name for file in files for name in self._names(file)}
        self._names_there = {name for remote in alone if (name := self._name(remote))}
        self._bytes_here = {file.sha256 for file in files}
        self._placed_there = {world.placing(remote.item.id) for remote in alone}

    @staticmethod
    def _names(file: LocalFile) -> set[str]:
        directory, name = names.parent_of(file.path), names.name_of(file.path)
        return {names.path_key(names.join(directory, known)) for known in (name, names.split(name)[0])}

    def _name(self, remote: RemoteItem) -> str | None:
        """The name that an unknown type leaves open."""
        directory = self._world.directory(remote.folder)
        if directory is None or remote.item.extension is not None:
            return None
        return names.path_key(names.join(directory, names.component(remote.item.title)))

    def has_item_for(self, file: LocalFile) -> bool:
        fits = bool(self._sizes_there & {None, file.fingerprint.size})
        named = not self._names_there.isdisjoint(self._names(file))
        return fits or named or file.sha256 in self._placed_there

    def has_file_for(self, remote: RemoteItem) -> bool:
        fits = bool(self._sizes_here) and (remote.item.size is None or remote.item.size in self._sizes_here)
        placed = self._world.placing(remote.item.id) in self._bytes_here
        return fits or placed or self._name(remote) in self._names_here
