"""The simulator's world with scripts instead of chance, in which a person's commands are killed too.

A script is a list of the simulator's steps, and of a few more: `settle` (cycles until nothing is left to do), and what
a person decides about a certain thing (`restore` of a content, `expire`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from syncd.core.errors import SyncdError
from syncd.core.model import Keep
from syncd.core.state import Answer
from syncd.engine import Mirror, answer_hold, expire, resolve_conflict, restore
from syncd.engine.trashing import DAY
from tests.sim.ledger import content_of, digest
from tests.sim.machine import Machine
from tests.sim.mishaps import lose_power
from tests.sim.rest import _wait
from tests.sim.world import World

MOST_CYCLES = 60


class CrashWorld(World):
    """One machine that is killed and started again."""

    @property
    def machine(self) -> Machine:
        """The machine."""
        return self.machines[0]

    def _on_machine(self, do: str, machine: Machine, words: dict[str, Any]) -> None:
        decisions: dict[str, Callable[[Mirror], object]] = {
            "answer": lambda mirror: self._answer(mirror, words["with_"]),
            "resolve": lambda mirror: self._resolve(mirror, words["keep"]),
            "restore": lambda mirror: self._restore(mirror, words["text"]),
            "expire": lambda mirror: expire(mirror, self.clock.now() + 31 * DAY),
        }
        if do == "settle":
            self._settle(machine)
        elif do in decisions:
            self._decided(machine, decisions[do])
        else:
            super()._on_machine(do, machine, words)

    def _settle(self, machine: Machine) -> None:
        """As the daemon does: cycles, and waits for what is due."""
        for _ in range(MOST_CYCLES):
            report = self.cycle(machine)
            if report is None:  # killed
                continue
            wait = _wait(self, report)
            if wait is None:
                return
            self.clock.sleep(wait)
        self.oracle.broken("I15", "it does not settle")

    @contextmanager
    def _at_work(self, machine: Machine) -> Iterator[None]:
        """What this machine does passes its seams, and a power loss takes from its disk, as in a cycle."""
        self._running.append(machine)
        above, self.disk.power = self.disk.power, machine.making.power
        try:
            yield
        finally:
            self._running.pop()
            self.disk.power = above
            if self._lost is not None:
                (lost, step), self._lost = self._lost, None
                lose_power(self, lost, step)

    def _decided(self, machine: Machine, decision: Callable[[Mirror], object]) -> None:
        """A person's command; if it is killed, the person gives it again."""
        done = False
        while not done:
            with self._at_work(machine):
                if machine.mirror is None:
                    machine.start()
                with suppress(SyncdError):
                    machine._guarded(decision)
                done = machine.mirror is not None

    def _answer(self, mirror: Mirror, answer: str) -> None:
        for held in mirror.store.decisions.held():
            self.machine.brake.is_off = True
            self.machine.rejects |= answer == "reject"
            answer_hold(mirror, held.id, Answer(answer))

    def _resolve(self, mirror: Mirror, keep: str) -> None:
        for conflict in mirror.store.decisions.conflicts():
            goes = mirror.store.local.file(conflict.copy)
            if goes is not None and keep != "both":  # the copy goes, and its item with it
                self.ledger.removed[self.machine.name].add(goes.sha256)
            resolve_conflict(mirror, conflict.path, Keep(keep))

    def _restore(self, mirror: Mirror, text: str) -> None:
        key = digest(content_of(text))
        for row in mirror.store.trash.every():
            if row.sha256 == key:
                self.ledger.made[key] += 1
                self.ledger.owed.add(key)
                restore(mirror, row.id)
                return
