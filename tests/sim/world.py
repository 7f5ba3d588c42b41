"""One simulated world: machines, an account, a clock, and the adversary that a driver plays.

Law: whatever happens, happens as a step of the driver: between two acts of the engine (a top-level step) or at a seam,
right before or after one of the engine's side effects. Everything that a step does is in its words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from syncd.engine import Report
from tests.sim.account import Account
from tests.sim.artist import Artist
from tests.sim.canaries import lay_out_canaries
from tests.sim.checks import LIES, CursorCheck, equal_bytes_stay
from tests.sim.clock import VirtualClock
from tests.sim.disk import Disk, installed
from tests.sim.faults import UNUSUAL
from tests.sim.ledger import Ledger
from tests.sim.lies import ReEncoder
from tests.sim.machine import Crash, Machine, Making
from tests.sim.mishaps import NOTICES, arrive, happen, lose_power, notice, noticer
from tests.sim.oneway import forbidden
from tests.sim.oracle import Oracle
from tests.sim.power import Power
from tests.sim.setting import Setting
from tests.sim.user import User

Step = dict[str, Any]
MOST_SEAMS = 20_000
HERE = frozenset(
    "write backdate save delete mkdir touch link rename swap copy turn hardlink fifo undo recreate edit-copy".split()
)
_WITHOUT_US = HERE | NOTICES | {"wait", "clock", "suspend"}
"""Steps in which neither the engine nor the server does anything."""


class Driver(Protocol):
    """Who says what the adversary does. It may have `rare`: the seams of `faults.RARE` that it wants to be asked at;
    without it, all."""

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What happens at this seam, reached so many times in the running step."""
        ...


class World:
    """Everything there is in one simulation, below the folder `home`."""

    def __init__(self, home: Path, setting: Setting, driver: Driver, template: Path) -> None:
        self.home, self.setting, self.driver = home, setting, driver
        self._lies = str(home)
        self.clock, self.ledger = VirtualClock(), Ledger()
        self.account = Account(self.clock, setting.ids, setting.choices, page=setting.page)
        self.disk = Disk(self.clock, self.disk_seam, reuse=setting.reuse, births=setting.births)
        self.trace: list[str] = []
        self.oracle = Oracle(self.account, self.ledger, self._told)
        self.faults: Counter[str] = Counter()
        self.steps = 0
        self.seams = 0
        self.quiet = False
        """The adversary has done its last."""
        self._times: dict[str, int] = {}
        self._running: list[Machine] = []
        self._late: list[Callable[[], object]] = []
        self.unseen: dict[str, list[str]] = {}
        """What the watchers have not told yet, in its order."""
        self._forbidden = forbidden(setting.direction)
        self._lost: tuple[Machine, Step] | None = None
        self.disk.rare = getattr(driver, "rare", None)
        self.machines = [self._machine(name, template) for name in "ab"[: setting.machines]]
        self.oracle.machines = self.machines
        self.oracle.cursors = CursorCheck(self.account, setting)
        self.oracle.lied = lambda: bool(LIES & self.faults.keys())
        nested = setting.dialect == "v1"
        self.artist = Artist(self.account, self.clock, self.ledger, nested=nested)
        self.artist.is_agreed = lambda itemid, key: {m.name for m in self.machines if m.known.holds(itemid, key)}
        self.artist.is_awaited = lambda key: {m.name for m in self.machines if m.known.awaits(key)}
        if setting.encodes:
            encoder = ReEncoder(self.ledger, self.artist)
            self.account.taken, self.account.came = encoder.taken, encoder.came
        self.users = {machine.name: self._user(machine) for machine in self.machines}
        self._stack = ExitStack()

    def __enter__(self) -> World:
        self._stack.enter_context(installed(self.disk))
        self._stack.enter_context(equal_bytes_stay(self.oracle.broken))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for machine in self.machines:
            machine.stop()

    def _machine(self, name: str, template: Path) -> Machine:
        setting = self.setting
        home = self.home / name
        home.mkdir()
        lay_out_canaries(home)
        making = Making(
            home=home,
            dialect=setting.dialect,
            account=self.account,
            clock=self.clock,
            policy=setting.policy,
            watch=self,
            template=template,
            listen=self.oracle.ears,
            backwards=setting.backwards,
            rare=self.disk.rare,
            power=Power(self.home / f"journal-{name}") if setting.power else None,
        )
        return Machine(name, making)

    def _user(self, machine: Machine) -> User:
        user = User(machine.name, machine.folder, self.disk, self.ledger, noticer(self, machine))
        user.watched, user.pulls = self.setting.watch == "exact", self.setting.direction == "pull"
        user.has_met, user.edited = machine.known.has_met, machine.known.edited
        user.holds_there = lambda path, key: self._holds_there(machine.known.item_at(path), key)
        user.is_agreed = partial(machine.known.is_agreed, disk=self.disk, births=self.setting.births)
        return user

    def _holds_there(self, itemid: int | None, key: str) -> bool:
        item = self.account.item(itemid) if itemid is not None else None
        return item is not None and self.account.key(item) == key

    @property
    def running(self) -> str:
        """The machine that is at work."""
        return self._running[-1].name

    # --- seams (the machines' Watch)

    def disk_seam(self, name: str) -> str | None:
        """A system call of whichever machine is at work."""
        life = self._running[-1].life if self._running else None
        if life is None:
            return None
        life.check()
        return self.seam(name)

    def seam(self, name: str) -> str | None:
        """The adversary may act here; answers the fault that happens, if one does."""
        self.seams += 1
        if self.seams > MOST_SEAMS:
            self.oracle.broken("I13", "the engine goes on and on")
            self._kill()
        if name in self._forbidden and not any(machine.rejects for machine in self.machines):
            self.oracle.broken("direction", f"a mirror that pushes passed {name}")
        if self.quiet or len(self._running) != 1:
            return None
        times = self._times[name] = self._times.get(name, 0) + 1
        fault = None
        for step in self.driver.at(self, name, times):
            self._note(step, f"at {name}#{times}: ")
            if step["do"] == "fault":
                self.faults[str(step["kind"])] += 1
                fault = str(step["kind"])
            elif step["do"] in ("crash", "power-loss"):
                self._lost = (self._running[0], step) if step["do"] == "power-loss" else None
                self._kill()
            elif step["do"] == "terminate":
                self._running[0].terminate()
            else:
                self._act(step)
        return fault

    def _told(self, what: str) -> None:
        """Keeps what happened; where the simulation lies is no part of it (I20)."""
        self.trace.append(what.replace(self._lies, ""))

    def _kill(self) -> None:
        for machine in self._running:
            if machine.life is not None and machine.life.arriving:
                self.users[machine.name].took_along()
            machine.kill()
        raise Crash

    def _known(self, *_: Any) -> None:
        """The machines know by themselves what they send, have in limbo, and are to wait for."""

    sends = hides = pauses = _known

    def late(self, apply: Callable[[], object]) -> None:
        """A request that will arrive later; what it carries counts as made once more."""
        self._late.append(apply)
        self.ledger.spare += 1

    def twice(self) -> None:
        """A submission arrived twice."""
        self.ledger.spare += 1

    def allows(self, lie: str, itemid: int | None) -> bool:
        """The machines know what they doubt."""
        return False

    # --- steps

    def do(self, step: Step) -> None:
        """Does one top-level step, and asks the oracle. Raises Violation."""
        self._times.clear()
        self.seams = 0
        self._note(step, "")
        self._act(step)
        self.account.remember()
        if step["do"] not in _WITHOUT_US and not step["do"].startswith("there."):
            self.oracle.check()

    def _note(self, step: Step, prefix: str) -> None:
        self.steps += 1
        if step["do"] in UNUSUAL:
            self.faults[step["do"]] += 1
        words = {key: value for key, value in step.items() if key not in ("do", "during")}
        self.trace.append(f"{prefix}{step['do']} " + " ".join(f"{k}={v!r}" for k, v in sorted(words.items())))

    def _act(self, step: Step) -> None:
        words = {key: value for key, value in step.items() if key not in ("do", "on", "during")}
        do, machine = str(step["do"]), self.machines[0]
        machine = next((m for m in self.machines if m.name == step.get("on")), machine)
        if do in HERE:
            if machine.making.power is not None:
                machine.making.power.settle()
            self.users[machine.name].act(do, **words)
        elif do.startswith("there."):
            self.artist.act(do.removeprefix("there."), **words)
        elif do == "wait":
            self.clock.sleep(words["seconds"])
        elif do == "clock":
            self.clock.offset = words["seconds"]
        elif do == "suspend":
            self.clock.offset += words["seconds"]
        elif do in NOTICES:
            notice(self, do, machine, words)
        elif do == "arrive":
            late, self._late = self._late, []
            arrive(self, late)
        elif do == "cycle":
            self.cycle(machine, true_up=bool(words.get("true_up")))
        elif not self._running:
            self._on_machine(do, machine, words)

    def _on_machine(self, do: str, machine: Machine, words: dict[str, Any]) -> None:
        """What happens to a machine that is not at work; tests/crash has more of that."""
        happen(self, do, machine, words)

    def cycle(self, machine: Machine, *, true_up: bool = False) -> Report | None:
        """Runs one cycle of a machine that is not at work."""
        if machine in self._running:
            return None
        self._running.append(machine)
        seams, self.seams = self.seams, 0  # the seam at which it runs is another's, whose cycle goes on then
        above, self.disk.power = self.disk.power, machine.making.power
        try:
            return machine.cycle(true_up=true_up)
        finally:
            self._running.pop()
            self.disk.power, self.seams = above, seams
            if self._lost is not None:
                (lost, step), self._lost = self._lost, None
                lose_power(self, lost, step)
