"""What happens to a machine from outside: it is stopped, its database or disk goes and comes back, its watcher errs, a
person answers what it asks.

An act that makes no sense now (there is no database yet) does nothing, so that a tape can be shrunk by dropping steps.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from syncd.core.errors import SyncdError
from syncd.core.model import Keep
from syncd.core.state import Answer
from syncd.engine import answer_hold, resolve_conflict, restore
from syncd.store.decisions import ConflictRow, HeldRow
from tests.sim.ledger import digest
from tests.sim.machine import Machine, mount, unmount
from tests.sim.spots import is_utf8, names_in, visible

if TYPE_CHECKING:
    from tests.sim.world import World

NOTICES = frozenset({"events", "phantom", "overflow"})
"""What the watcher does; it may happen at any moment."""


def noticer(world: World, machine: Machine) -> Callable[[set[str]], None]:
    """What the watcher of a machine makes of what its user touched."""

    def noticed(touched: set[str]) -> None:
        paths = {_told(path) for path in touched}
        if world.setting.watch == "late":
            world.unseen.setdefault(machine.name, []).extend(sorted(paths))
        elif world.setting.watch != "lossy" and machine.mirror is not None:
            machine.mirror.eyes.mark(paths if world.setting.watch == "exact" else set(sorted(paths)[:1]))

    return noticed


def _told(path: str) -> str:
    """The path as the watcher tells it: of a name that is not UTF-8, its directory's."""
    while not is_utf8(path):
        path = path.rpartition("/")[0]
    return path


def notice(world: World, do: str, machine: Machine, words: dict[str, Any]) -> None:
    """Events come: late ones (every second, or all), of files that nothing happened to, or word that some were lost."""
    unseen = world.unseen.setdefault(machine.name, [])
    if do == "events":
        told = set(unseen[:: words.get("every", 1)])
        world.unseen[machine.name] = [path for path in unseen if path not in told]
    elif do == "phantom":
        told = {words["path"], *names_in(machine.folder)}
        told = set(filter(is_utf8, told))
    else:
        told = set()
    if machine.mirror is None:
        return
    if do == "overflow":
        machine.mirror.eyes.lost()
    machine.mirror.eyes.mark(told)


def lose_power(world: World, machine: Machine, words: dict[str, Any]) -> None:
    """What was not durable when the process of this machine was killed is gone."""
    assert machine.making.power
    lost = machine.making.power.lose(machine.folder, int(words["keep"]), str(words["data"]))
    world.disk.touched += 1
    world.trace.append(f"{lost} changes of the disk of {machine.name} are lost")


def arrive(world: World, late: list[Callable[[], object]]) -> None:
    """Requests arrive late. What they replace counts as seen by us (guarantees.md, section 1, Limit): the wire has no
    conditions."""
    for apply in late:
        before = world.artist.contents()
        apply()
        world.ledger.acted = world.ledger.tick()
        world.ledger.owed -= before - world.artist.contents()


def happen(world: World, do: str, machine: Machine, words: dict[str, Any]) -> None:
    """Something happens to a machine that is not at work."""
    if do in _DECISIONS:
        _decide(world, do, machine, words)
    elif do in ("unmount", "mount"):
        _disk(do, machine, words)
    else:
        mishap = _MISHAPS[do]
        if do != "lose-database" or machine.folder.joinpath(".syncd").is_dir():  # else a new mirror would begin
            machine.stop() if do == "restart" else machine.shut()
            machine.brake.is_off |= do not in ("restart", "save-database")
            mishap(world, machine)


def _disk(do: str, machine: Machine, words: dict[str, Any]) -> None:
    if do == "mount":
        mount(machine.folder)
    elif machine.known.is_bound:
        unmount(machine.folder, empty=bool(words.get("empty")))


def _lose(world: World, machine: Machine) -> None:
    world.ledger.spare += 1
    for file in machine.database.parent.glob("state.db*"):
        file.unlink()


def _save(_world: World, machine: Machine) -> None:
    if machine.known.is_bound:
        shutil.copyfile(machine.database, machine.database.with_name("yesterday"))


def _bring_back(world: World, machine: Machine) -> None:
    world.ledger.spare += 1
    if (old := machine.database.with_name("yesterday")).exists():
        shutil.copyfile(old, machine.database)


def _corrupt(world: World, machine: Machine) -> None:
    """Its first pages are overwritten."""
    if machine.known.is_bound and machine.folder.joinpath(".syncd").is_dir():
        world.ledger.spare += 1
        with machine.database.open("r+b") as file:
            file.write(b"\xa5" * 5000)


def answer_held(world: World, machine: Machine, held: HeldRow, answer: Answer) -> None:
    """A person answers. What a rejection restores as a new item (interface.md, the brake) may be somewhere already: if
    it is not the artist who deleted the item, another machine submitted its bytes anew before that; else a person may
    have rejected the same deletion on another machine. And so may be what a rejection puts in the place of an empty
    file ("replaces a version with content only after a person confirms"): once renamed, it is a new file."""
    assert machine.mirror
    if answer is Answer.REJECT:
        begins = tuple(filter(None, (s.split(":")[2] for s in held.subjects if s.startswith("empty:"))))
        here = {world.oracle.hash(path) for path in visible(machine.folder)}
        world.ledger.made.update(key for key in here if key.startswith(begins))
    rejected = [s.split(":") for s in held.subjects if s.startswith("local:") and answer is Answer.REJECT]
    for _side, itemid, begin in rejected:
        restorers = world.ledger.restorers[int(itemid)]
        if machine.name not in restorers and (restorers or int(itemid) not in world.ledger.deleted):
            world.ledger.made.update(key for key in world.ledger.ever if key.startswith(begin))
        restorers.add(machine.name)
    answer_hold(machine.mirror, held.id, answer)


_MISHAPS: dict[str, Callable[[World, Machine], None]] = {
    "restart": lambda _world, _machine: None,
    "lose-database": _lose,
    "save-database": _save,
    "restore-database": _bring_back,
    "corrupt-database": _corrupt,
}
_DECISIONS = frozenset({"answer", "resolve", "restore"})


def _gone_by(keep: Keep, conflict: ConflictRow) -> tuple[str, ...]:
    """Whose bytes go by a person's word (interface.md, on disk): the copy goes, and its item with it; what is replaced
    by the copy's bytes is in the trash from then on, also should these never arrive at the item."""
    return {Keep.LOCAL: (conflict.path, conflict.copy), Keep.REMOTE: (conflict.copy,), Keep.BOTH: ()}[keep]


def _decide(world: World, do: str, machine: Machine, words: dict[str, Any]) -> None:
    """A person's decision about the first thing there is to decide."""
    mirror, ledger = machine.mirror, world.ledger
    if mirror is None:
        return
    machine.brake.is_off = True
    machine.rejects |= words.get("with_") == "reject"
    with suppress(SyncdError):
        if do == "answer" and (held := mirror.store.decisions.held()):
            answer_held(world, machine, held[0], Answer(words["with_"]))
        elif do == "resolve" and (conflicts := mirror.store.decisions.conflicts()):
            conflict, keep = conflicts[0], Keep(words["keep"])
            spots = [machine.folder / path for path in _gone_by(keep, conflict)]
            ledger.removed[machine.name].update(digest(spot.read_bytes()) for spot in spots if spot.is_file())
            ledger.going[machine.name] |= {conflict.copy} & set(_gone_by(keep, conflict))
            resolve_conflict(mirror, conflict.path, keep)
        elif do == "restore" and (trashed := mirror.store.trash.every()):
            ledger.made[trashed[0].sha256] += 1
            ledger.owed |= {trashed[0].sha256} & ledger.ever.keys()
            spot = machine.folder / restore(mirror, trashed[0].id)
            world.users[machine.name].remakes(spot, trashed[0].sha256)
