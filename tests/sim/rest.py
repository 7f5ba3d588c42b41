"""The world at rest: nobody acts and nothing fails, and the mirrors have to come to an end (I15 to I17, I19).

What is held is answered, and waits are waited out; then every machine must settle within ten cycles, everything that
is not listed with a reason must be equal on both sides, and one more cycle, a true-up and a restart must do nothing.
The true-up that must do nothing is the last round's: all rounds but the first begin with one, and they go on until one
did nothing. After the first, where the server has told no lies, nothing may be left to a true-up but what that has to
prove (W25).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from syncd.core.errors import RetryLater
from syncd.core.state import Answer
from syncd.engine import Report
from tests.sim.equal import judge as _judge
from tests.sim.equal import judge_heard, key_of
from tests.sim.machine import Machine, mount
from tests.sim.mishaps import answer_held
from tests.sim.oracle import Violation
from tests.sim.spots import entries_below, is_ignored, visible
from tests.sim.world import World

CYCLES = 10
ROUNDS = 8
QUIET = 11.0
"""After so many seconds what was just written is quiet, also if it is empty: such a file waits 10 s (interface.md)."""


def come_to_rest(world: World) -> None:
    """Brings the world to rest and judges it. Raises Violation."""
    world.trace.append("at rest")
    for machine in world.machines:
        mount(machine.folder)
        if machine.mirror is not None:
            machine.mirror.eyes.lost()
    world._act({"do": "arrive"})
    for number in range(ROUNDS):
        world.clock.sleep(QUIET)
        before = _state(world)
        for machine in world.machines:
            _settle(world, machine, true_up=number > 0 or world.oracle.lied())
        if not number and not world.oracle.lied():
            judge_heard(world)
        answered = [_answer(world, machine) for machine in world.machines]
        if number and not any(answered) and _state(world) == before:  # what we wrote is proven by the next true-up
            break
    else:
        raise Violation("I16", "every true-up changes something at rest")
    for machine in world.machines:
        _judge(world, machine)
    _judge_copies(world)
    _prove_quiet(world)


def _settle(world: World, machine: Machine, *, true_up: bool) -> None:
    """Cycles until settled; waiting is free, ten cycles in which something could be done are the limit."""
    reports: list[Report] = []
    patience = 0
    while len(reports) < CYCLES + patience:
        report = world.cycle(machine, true_up=true_up)
        world.oracle.check()
        for pause in (machine.pause, machine.paused_until - world.clock.now()):
            if report is None and pause > 0:  # (what outlives a process knows only the clock that somebody set back)
                world.clock.sleep(pause)
                report = world.cycle(machine, true_up=true_up)
        if report is None:
            raise Violation("I15", f"{machine.name} does not start")
        reports.append(report)
        if report.error is None:  # one that did not come to its end is begun again, as by `sync` and the daemon
            true_up = report.true_up_wanted and not true_up
        wait = _wait(world, report)
        if wait is None:
            return
        if wait or report.failures or report.true_up_wanted:
            # "And nothing fails", says I15: what failed before has its own times. And where a listing is never steady
            # (W21), each change is seen by a true-up of its own, which the cycle before it only calls for.
            patience = min(patience + 1, 3 * CYCLES)
        world.clock.sleep(wait)
    raise Violation("I15", f"{machine.name} does not settle: {_words(reports[-1])}")


def _wait(world: World, report: Report) -> float | None:
    """How long to wait before the next cycle; None if there is nothing to wait for."""
    if report.settled or (report.error is None and _is_listed(report)):
        return None
    if report.progress or report.true_up_wanted:
        return 0.0
    if report.error is not None and not isinstance(report.error, RetryLater):
        raise Violation("I15", f"a cycle ended with {report.error!r}")
    retries = (report.retry_at, *(failure.retry_at for failure in report.failures))
    times = [time - world.clock.now() for time in retries if time is not None]
    times += [report.due - world.clock.steady()] if report.due is not None else []
    if report.error is not None and report.error.retry_at is not None:
        times.append(report.error.retry_at - world.clock.now())
    return min((time for time in times if time > 0), default=1.0)


def _is_listed(report: Report) -> bool:
    """Whether all that is left is listed with a reason that only a person can end."""
    refused = bool(report.failures) and all(failure.error == "refused" for failure in report.failures)
    return refused and not report.progress and not report.waiting and report.due is None


def _words(report: Report) -> str:
    failures = [f"{f.action} {f.path} {f.error}: {f.message}" for f in report.failures]
    waiting = [f"{w.path}: {w.reason}" for w in report.waiting]
    return f"pending {dict(report.pending)}, failing {failures}, waiting {waiting}, error {report.error!r}"


def _answer(world: World, machine: Machine) -> bool:
    mirror = machine.mirror
    held = mirror.store.decisions.held() if mirror else []
    for row in held:
        machine.brake.is_off, machine.rejects = True, machine.rejects or world.setting.answer == "reject"
        answer_held(world, machine, row, Answer(world.setting.answer))
    return bool(held)


def _state(world: World) -> tuple[Any, ...]:
    """What nothing changes at rest: the server, what was sent to change it, and every disk."""
    sent = world.oracle.changing.total()
    return (world.account.stash.revision, sent, *(_disk(machine) for machine in world.machines))


def _disk(machine: Machine) -> tuple[Any, ...]:
    """Every name in the folder, with what would change if somebody wrote it."""
    found = []
    for entry in entries_below(str(machine.folder), (".syncd",)):
        status = entry.stat(follow_symlinks=False)
        is_directory = entry.is_dir(follow_symlinks=False)
        found.append((entry.path, None if is_directory else (status.st_ino, status.st_mtime_ns)))
    return tuple(sorted(found))


# --- I16, I19


def _judge_copies(world: World) -> None:
    """Nothing is there more often than somebody made it (I5, I19)."""
    alone = _left_alone(world)
    there = Counter(key_of(world, item) for item in world.account.live() if item.id not in alone)
    here = {m.name: [p for p in visible(m.folder) if not _is_ignored(p.parts)] for m in world.machines}
    sides = [("the server", there), *((name, Counter(map(world.oracle.hash, paths))) for name, paths in here.items())]
    spare = world.ledger.spare  # late arrivals make twins (W1), and so may a lost database
    for name, counts in sides:
        for key, times in counts.items():
            if times > world.ledger.made[key] + spare:
                raise Violation("I19", f"{world.oracle.name(key)} is {times} times on {name}")


def _left_alone(world: World) -> set[int]:
    """Items in whose file's place is something that is left alone (a link, say): nothing is done about these in either
    direction, and nothing deleted (interface.md, on disk)."""
    stores = [machine.mirror.store for machine in world.machines if machine.mirror]
    return {row.id for store in stores for row in store.agreed.every() if store.local.is_hidden(row.path)}


def _is_ignored(parts: tuple[str, ...]) -> bool:
    """Whether a file is called, or is in a directory that is called, what nothing is concluded of: it is left alone
    (interface.md, on disk), so the person's own file stays beside what comes of the item."""
    return any(map(is_ignored, parts))


def _prove_quiet(world: World) -> None:
    """After the last round's true-up, one more cycle and a restart send nothing and write nothing either."""
    before = _state(world)
    for words in ("one more cycle", "a restart"):
        for machine in world.machines:
            if words == "a restart":
                machine.stop()
            world.cycle(machine)
            world.oracle.check()
            if _state(world) != before:
                raise Violation("I16", f"{words} on {machine.name} changed something at rest")
