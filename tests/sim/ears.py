"""Who listens to one machine for the oracle: its events, its requests, its commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.core.events import ActionEnded, Event, Outcome, WorkPlanned
from syncd.core.model import Direction
from syncd.remotes.http import Call

if TYPE_CHECKING:
    from tests.sim.machine import Machine
    from tests.sim.oracle import Oracle


ONLY_HERE = frozenset({"download", "delete-local", "mkdir", "rmdir", "conflict"})
"""Actions that write in the mirrored folder, whatever they follow from."""


class Ears:
    """Listens to one machine: its listener, and its line to the server."""

    def __init__(self, oracle: Oracle, machine: Machine) -> None:
        self._oracle, self._machine = oracle, machine
        self._lying: set[str] = set()

    def told(self, event: Event) -> None:
        """An event of the engine's."""
        if isinstance(event, WorkPlanned) and self._machine.mirror is not None:
            self._machine.brake.knows(self._machine.mirror.store.agreed.count())
        if isinstance(event, ActionEnded):
            self._oracle.ended(self._machine, event)
            if event.outcome is Outcome.DONE:
                self._done(event)
            if self._machine.life is not None:
                self._machine.life.moved = False

    def _done(self, event: ActionEnded) -> None:
        machine = self._machine
        assert machine.mirror
        if event.action in ("delete-local", "delete-remote"):
            machine.brake.deleted(event.action)
        self._check_echo(event)
        if event.action == "delete-local" and not self._is_in_trash(event):
            self.broken("I1", f"{event.path!r} was deleted and is not in the trash")
        if event.action in ONLY_HERE and machine.making.policy.direction is Direction.PUSH and not machine.rejects:
            self.broken("direction", f"a mirror that pushes did a {event.action} of {event.path!r}")

    def _check_echo(self, event: ActionEnded) -> None:
        """I12: what we said of an item, and nobody has touched since, moves no file of ours."""
        machine, oracle = self._machine, self._oracle
        moved = machine.life is not None and machine.life.moved
        itemid = event.itemid or 0
        is_ours = event.action == "rename" and machine.retitled.get(itemid, 0) > oracle.ledger.acted
        if moved and is_ours and len(oracle.machines) == 1 and not oracle.lied():
            self.broken("I12", f"{event.path!r} was moved because of our own request")

    def _is_in_trash(self, event: ActionEnded) -> bool:
        return any((self._machine.folder / ".syncd" / "trash").glob(f"{event.itemid or 0}-*/*"))

    def broken(self, invariant: str, what: str) -> None:
        """A promise was broken."""
        self._oracle.broken(invariant, f"{what} (on {self._machine.name})")

    def committed(self) -> None:
        """A transaction was committed."""
        mirror, oracle = self._machine.mirror, self._oracle
        if mirror is None or oracle.cursors is None or oracle.lied():
            return
        cursor = mirror.store.remote.cursor
        if cursor != self._machine.cursor:
            self._machine.cursor = cursor
            if oracle.cursors.tells(mirror.store):
                self._machine.drained = self._machine.asked
            if what := oracle.cursors.look(mirror.store, cursor):
                self.broken("I10", what)

    def thrown(self) -> None:
        """Something was put into the trash, in a directory that is called after its item."""
        now = self._oracle.ledger.tick()
        names = {path.name for path in (self._machine.folder / ".syncd" / "trash").iterdir()}
        self._machine.thrown |= {name.partition("-")[0]: now for name in names - self._lying}
        self._lying = names

    def sends(self, call: Call, posted: Any, file: Any) -> None:
        """A request of the engine's."""
        self._oracle.arrives(self._machine, call, posted, file)
