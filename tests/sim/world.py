"""One simulated world: machines, an account, a clock, and the adversary that a driver plays.

Law: whatever happens, happens as a step of the driver: between two acts of the engine (a top-level step) or at a seam,
right before or after one of the engine's side effects. Everything that a step does is in its words.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from syncd.core.errors import SyncdError
from syncd.core.model import Keep
from syncd.core.state import Answer
from syncd.engine import Report, answer_hold, resolve_conflict, restore
from tests.sim.account import Account
from tests.sim.artist import Artist
from tests.sim.clock import VirtualClock
from tests.sim.disk import Disk, installed
from tests.sim.ledger import Ledger
from tests.sim.machine import Crash, Machine, Making, mount, unmount
from tests.sim.oracle import Oracle
from tests.sim.setting import Setting
from tests.sim.user import User

Step = dict[str, Any]
MOST_SEAMS = 20_000
HERE = frozenset("write backdate save delete mkdir touch link rename swap copy".split())


class Driver(Protocol):
    """Who says what the adversary does."""

    def at(self, world: World, seam: str, times: int) -> list[Step]:
        """What happens at this seam, reached so many times in the running step."""
        ...


class World:
    """Everything there is in one simulation, below the folder `home`."""

    def __init__(self, home: Path, setting: Setting, driver: Driver, template: Path) -> None:
        self.home, self.setting, self.driver = home, setting, driver
        self.clock, self.ledger = VirtualClock(), Ledger()
        self.account = Account(self.clock, setting.ids, setting.choices, page=setting.page)
        self.disk = Disk(self.clock, self.disk_seam, reuse=setting.reuse, births=setting.births)
        self.trace: list[str] = []
        self.oracle = Oracle(self.account, self.ledger, self.trace.append)
        self.oracle.births = setting.births
        self.faults: Counter[str] = Counter()
        self.steps = 0
        self.seams = 0
        self._times: Counter[str] = Counter()
        self._running: list[Machine] = []
        self._late: list[Callable[[], object]] = []
        self._unseen: dict[str, set[str]] = {}
        (home / "outside").mkdir(parents=True)
        self.machines = [self._machine(name, template) for name in "ab"[: setting.machines]]
        self.oracle.machines = self.machines
        nested = setting.dialect == "v1"
        self.artist = Artist(self.account, self.clock, self.ledger, nested=nested)
        self.users = {m.name: User(m.name, m.folder, self.disk, self.ledger, self._noticer(m)) for m in self.machines}
        for user in self.users.values():
            user.watched = setting.watch == "exact"
        self._stack = ExitStack()

    def __enter__(self) -> World:
        self._stack.enter_context(installed(self.disk))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for machine in self.machines:
            machine.stop()

    def _machine(self, name: str, template: Path) -> Machine:
        setting = self.setting
        home = self.home / name
        home.mkdir()
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
        )
        return Machine(name, making)

    def _noticer(self, machine: Machine) -> Callable[[set[str]], None]:
        def noticed(paths: set[str]) -> None:
            if self.setting.watch == "late":
                self._unseen.setdefault(machine.name, set()).update(paths)
            elif self.setting.watch == "exact" and machine.mirror is not None:
                machine.mirror.eyes.mark(paths)

        return noticed

    @property
    def running(self) -> str:
        """The machine that is at work."""
        return self._running[-1].name

    # --- seams (the machines' Watch)

    def disk_seam(self, name: str) -> str | None:
        """A system call of whichever machine is at work."""
        life = self._running[-1].life if self._running else None
        return life.seam(name) if life is not None else None

    def seam(self, name: str) -> str | None:
        """The adversary may act here; answers the fault that happens, if one does."""
        self.seams += 1
        if self.seams > MOST_SEAMS:
            self.oracle.broken("I13", "the engine goes on and on")
            self._kill()
        if len(self._running) != 1:
            return None
        self._times[name] += 1
        fault = None
        for step in self.driver.at(self, name, self._times[name]):
            self._note(step, f"at {name}#{self._times[name]}: ")
            if step["do"] == "fault":
                self.faults[str(step["kind"])] += 1
                fault = str(step["kind"])
            elif step["do"] == "crash":
                self.faults["crash"] += 1
                self._kill()
            else:
                self._act(step)
        return fault

    def _kill(self) -> None:
        for machine in self._running:
            machine.kill()
        raise Crash

    def sends(self, *_: Any) -> None:
        """The machines listen to their own requests."""

    def late(self, apply: Callable[[], object]) -> None:
        """A request that will arrive later; what it carries counts as made once more."""
        self._late.append(apply)
        self.ledger.spare += 1

    # --- steps

    def do(self, step: Step) -> None:
        """Does one top-level step, and asks the oracle. Raises Violation."""
        self._times.clear()
        self.seams = 0
        self._note(step, "")
        self._act(step)
        self.account.remember()
        if step["do"] not in HERE and not step["do"].startswith("there."):
            self.oracle.check()

    def _note(self, step: Step, prefix: str) -> None:
        self.steps += 1
        words = {key: value for key, value in step.items() if key not in ("do", "during")}
        self.trace.append(f"{prefix}{step['do']} " + " ".join(f"{k}={v!r}" for k, v in sorted(words.items())))

    def _act(self, step: Step) -> None:
        words = {key: value for key, value in step.items() if key not in ("do", "on", "during")}
        do, machine = str(step["do"]), self.machines[0]
        machine = next((m for m in self.machines if m.name == step.get("on")), machine)
        if do in HERE:
            self.users[machine.name].act(do, **words)
        elif do.startswith("there."):
            self.artist.act(do.removeprefix("there."), **words)
        elif do == "wait":
            self.clock.sleep(words["seconds"])
        elif do == "clock":
            self.clock.offset = words["seconds"]
        elif do == "arrive":
            self._arrive()
        elif do == "cycle":
            self.cycle(machine, true_up=bool(words.get("true_up")))
        elif not self._running:
            self._on_machine(do, machine, words)

    def cycle(self, machine: Machine, *, true_up: bool = False) -> Report | None:
        """Runs one cycle of a machine that is not at work."""
        if machine in self._running:
            return None
        self._running.append(machine)
        try:
            return machine.cycle(true_up=true_up)
        finally:
            self._running.pop()

    def _arrive(self) -> None:
        late, self._late = self._late, []
        for apply in late:
            apply()

    def _on_machine(self, do: str, machine: Machine, words: dict[str, Any]) -> None:
        match do:
            case "restart":
                machine.stop()
            case "events":
                unseen = self._unseen.pop(machine.name, set())
                if machine.mirror is not None:
                    machine.mirror.eyes.mark(unseen)
            case "lose-database" if machine.folder.joinpath(".syncd").is_dir():
                machine.stop()
                self.ledger.spare += 1
                for file in machine.database.parent.glob("state.db*"):
                    file.unlink()
            case "save-database":
                machine.stop()
                if machine.is_bound:
                    shutil.copyfile(machine.database, machine.database.with_name("yesterday"))
            case "restore-database":
                machine.stop()
                self.ledger.spare += 1
                if (old := machine.database.with_name("yesterday")).exists():
                    shutil.copyfile(old, machine.database)
            case "unmount" if machine.is_bound:
                unmount(machine.folder, empty=bool(words.get("empty")))
            case "mount":
                mount(machine.folder)
            case "answer" | "resolve" | "restore":
                self._decide(do, machine, words)
            case "lose-database" | "unmount":
                pass  # with neither folder nor database a new mirror would begin
            case _:
                raise ValueError(f"no such step: {do}")

    def _decide(self, do: str, machine: Machine, words: dict[str, Any]) -> None:
        """A person's decision about the first thing there is to decide."""
        mirror = machine.mirror
        if mirror is None:
            return
        with suppress(SyncdError):
            if do == "answer" and (held := mirror.store.decisions.held()):
                answer_hold(mirror, held[0].id, Answer(words["with_"]))
            elif do == "resolve" and (conflicts := mirror.store.decisions.conflicts()):
                resolve_conflict(mirror, conflicts[0].path, Keep(words["keep"]))
            elif do == "restore" and (trashed := mirror.store.trash.every()):
                self.ledger.made[trashed[0].sha256] += 1
                self.ledger.owed |= {trashed[0].sha256} & self.ledger.ever.keys()
                restore(mirror, trashed[0].id)
