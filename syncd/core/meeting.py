"""Brings together what is new on both sides: a file and an item that may be the same work.

Law: two new ones meet under one name (plain, or suffixed by the item's id). At the first meeting of a mirror, or after
its database was lost, they also meet by equal bytes under different names; until all bytes in question are known,
neither side's moves on, so nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncd.core import names
from syncd.core.model import LocalFile
from syncd.core.places import plain_path
from syncd.core.state import RemoteItem, Seen, State, World


def meet(states: Sequence[State], world: World) -> list[State]:
    """The states, with each new file joined to the new item that it may be; each is joined at most once."""
    fresh = {s.local.path: s.local for s in states if not s.agreed and s.local and not s.hidden and not s.remote}
    arrivals = [s for s in states if _arrives(s)]
    joined: dict[int, LocalFile] = {}
    for state in arrivals:
        if state.remote and (file := _by_name(state.remote, fresh, world)):
            joined[state.remote.item.id] = fresh.pop(file.path)
    if world.first_meeting:
        _join_by_bytes(arrivals, fresh, joined)
    taken = {file.path for file in joined.values()}
    rest = [s for s in states if not (s.local and not s.agreed and s.local.path in taken)]
    met = [replace(s, local=joined[s.remote.item.id]) if s.remote and s.remote.item.id in joined else s for s in rest]
    return _mark_unmet(met) if world.first_meeting else met


def _arrives(state: State) -> bool:
    return state.agreed is None and state.remote is not None and state.remote.seen is Seen.LIVE and not state.hidden


def _by_name(remote: RemoteItem, fresh: dict[str, LocalFile], world: World) -> LocalFile | None:
    directory = world.directory(remote.folder)
    if directory is None or remote.item.extension is None:
        return None
    plain = plain_path(remote, directory)
    suffixed = names.with_suffix(names.name_of(plain), names.base36(remote.item.id))
    return fresh.get(names.join(directory, suffixed)) or fresh.get(plain)


def _join_by_bytes(arrivals: Sequence[State], fresh: dict[str, LocalFile], joined: dict[int, LocalFile]) -> None:
    by_hash: dict[str, list[LocalFile]] = {}
    for file in sorted(fresh.values(), key=lambda file: file.path, reverse=True):
        by_hash.setdefault(file.sha256, []).append(file)
    for state in arrivals:
        remote = state.remote
        if remote and remote.item.id not in joined and remote.sha256 and by_hash.get(remote.sha256):
            joined[remote.item.id] = fresh.pop(by_hash[remote.sha256].pop().path)


def _mark_unmet(states: list[State]) -> list[State]:
    """Marks new items and new files that are alone, and whose sizes do not rule out that they are one."""
    alone = [s.remote for s in states if _arrives(s) and s.remote and not s.local and s.remote.sha256 is None]
    sizes_here = {s.local.fingerprint.size for s in states if s.local and not s.agreed and not s.remote}
    sizes_there = {remote.item.size for remote in alone}

    def marked() -> Iterator[State]:
        for state in states:
            if state.agreed or state.hidden or (state.remote and state.local):
                yield state
            elif state.local is not None:
                size = state.local.fingerprint.size
                yield replace(state, unmet=bool(sizes_there) and (None in sizes_there or size in sizes_there))
            elif state.remote is not None and state.remote in alone:
                size_there = state.remote.item.size
                yield replace(state, unmet=bool(sizes_here) and (size_there is None or size_there in sizes_here))
            else:
                yield state

    return list(marked())
