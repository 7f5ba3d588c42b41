"""One mirror that lives through kills: a server process, a failing network, an artist, and syncd processes that die."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.blackbox.artist import artist
from tests.blackbox.world import Server, environment
from tests.kill.artist import Worker
from tests.kill.faults import Weather
from tests.kill.forking import Ended, Life, Nursery, Shipped
from tests.kill.ledger import READS, Ledger, digest
from tests.kill.proxy import Proxy, Request

DOCUMENTED = {0, 1, 69, 75}
DANGEROUS = (
    "submit",
    "delete",
    "move",
    "update",
    "folder",
    "sending",
    "original",
    "media",
    "item",
    "metadata",
    "delta",
)
PATIENCE = 6


@dataclass
class Tally:
    """What a run of kills counts."""

    kills: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Takes another one in."""
        for name in ("kills", "phases", "left", "codes", "faults", "requests", "done"):
            getattr(self, name).update(getattr(other, name))
        self.violations += other.violations


class Household:
    """Everything of one mirror in the folder `base`; closed by the stack."""

    def __init__(self, base: Path, stack: ExitStack, dialect: str, seed: int) -> None:
        self.base, self.dialect, self.seed = base, dialect, seed
        self.random = random.Random(seed)
        self.folder, self.state = base / "Stash", base / "state"
        self.tally, self.ledger = Tally(), Ledger()
        base.mkdir(parents=True)
        (base / "desk").mkdir()
        (base / "logs").mkdir()
        self.server = Server(base / "server", base / "token.json")
        stack.callback(self.server.stop)
        self.weather = Weather(self.random.getrandbits(64))
        self.proxy = Proxy(self.server.port, self.weather)
        stack.callback(self.proxy.close)
        self.proxy.passing, self.proxy.received = self._passing, self._received
        site = artist(dialect, self.server.address, self.server.login["access_token"])
        stack.callback(site.close)
        hand = random.Random(self.random.getrandbits(64))
        self.worker = Worker(self.folder, base / "desk", site, self.ledger, hand, self.proxy.lock)
        self._configure()
        self.nursery = Nursery(self.environment)
        stack.callback(self.nursery.close)
        self._count = 0
        self.well("login", "--token-file", str(base / "token.json"))
        self.well("sync", "--json")

    def _configure(self) -> None:
        mirror = {
            "folder": str(self.folder), "server": self.proxy.address, "dialect": self.dialect, "settle_seconds": 0.1,
            "client_id": self.server.login["client_id"], "client_secret": self.server.login["client_secret"],
            "max_delete_count": 10_000,
        }  # fmt: skip
        lines = ["[daemon]", "poll_seconds = 0.3", "poll_max_seconds = 0.6", "[mirror.stash]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in mirror.items()]
        (self.base / "config.toml").write_text("\n".join(lines))
        (self.base / "run").mkdir()
        self.environment = environment(
            SYNCD_CONFIG=str(self.base / "config.toml"),
            SYNCD_STATE_DIR=str(self.state),
            SYNCD_RUNTIME_DIR=str(self.base / "run"),
        )

    # --- what syncd sends

    def _received(self, request: Request) -> int:
        return 0 if request.itemid is None else self.ledger.seen(request.itemid)

    def _passing(self, request: Request, seen: int) -> None:
        if request.itemid is None:
            return
        if request.endpoint in READS:
            self.ledger.read(request.itemid)
        elif request.endpoint == "delete" or (request.endpoint == "submit" and request.has_file):
            self.ledger.overwrites(request.itemid, seen)

    # --- processes

    def begin(self, *arguments: str, shipped: bool = False) -> Life:
        """Starts a process of syncd."""
        self._count += 1
        logs = self.base / "logs" / f"{self._count:05d} {arguments[0]}"
        for suffix in (".out", ".err"):  # it may be killed before it has made them
            logs.with_suffix(suffix).touch()
        if shipped:
            return Shipped(list(arguments), self.environment, logs)
        return self.nursery.begin(list(arguments), self.environment, logs)

    def well(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> Ended:
        """Runs a process to its end, which must be a good one."""
        ended = self.begin(*arguments).wait()
        assert ended.code in codes, f"{arguments} ended with {ended.code}\n{ended.out}\n{ended.err}"
        return ended

    def kill_one(self, *, shipped: bool) -> bool:
        """One life: syncd starts, the artist works on both sides, SIGKILL comes at random; whether it came in time."""
        for _ in range(self.random.choice((0, 1, 3, 6))):
            self.worker.act()
        command = self.random.choice(("sync", "sync", "sync", "run"))
        before = self.proxy.requests.total()
        life = self.begin(command, shipped=shipped)
        if self.random.random() < 0.8:
            self._until_it_asks(life, before)
        end = time.monotonic() + self.random.uniform(0, 0.12 if self.random.random() < 0.25 else 0.9)
        moments = sorted(self.random.uniform(0, end - time.monotonic()) for _ in range(self.random.choice((0, 1, 2))))
        began = time.monotonic()
        for moment in moments:
            if life.ends_within(max(0.0, began + moment - time.monotonic())):
                break
            self.worker.act()
        life.ends_within(max(0.0, end - time.monotonic()))
        under_way = self.proxy.under_way()
        life.kill()
        ended = life.wait()
        asked = self.proxy.requests.total() > before
        if ended.was_killed:
            self.tally.kills[f"{'shipped' if shipped else 'forked'} {command}"] += 1
            first = next((word for word in DANGEROUS if word in under_way), "another")
            self.tally.phases[f"during {first}" if under_way else "between requests" if asked else "starting"] += 1
            self._look_at_what_was_left()
        else:
            self._ended_by_itself(command, ended)
        self._check_files()
        return ended.was_killed

    def _until_it_asks(self, life: Life, before: int) -> None:
        deadline = time.monotonic() + 10
        while self.proxy.requests.total() == before and time.monotonic() < deadline and not life.ends_within(0.01):
            pass

    def _ended_by_itself(self, command: str, ended: Ended) -> None:
        self.tally.codes[f"{command} {ended.code}"] += 1
        if ended.code not in DOCUMENTED or "Traceback" in ended.err:
            self._violated(f"{command} ended with {ended.code}: {ended.err[-2000:]}")

    def _look_at_what_was_left(self) -> None:
        """Counts what the dead process left half done, in a copy of its database."""
        stage = self.folder / ".syncd" / "stage"
        self.tally.left["with files in the stage"] += stage.is_dir() and any(stage.iterdir())
        database = self.state / "stash" / "state.db"
        if database.exists():
            for suffix in ("", "-wal"):
                if Path(f"{database}{suffix}").exists():
                    shutil.copyfile(f"{database}{suffix}", self.base / f"copy.db{suffix}")
            with closing(sqlite3.connect(self.base / "copy.db")) as copy:
                self.tally.left["with an open intent"] += copy.execute("SELECT count(*) FROM intent").fetchone()[0] > 0
            for each in self.base.glob("copy.db*"):
                each.unlink()

    # --- what must hold

    def _violated(self, words: str) -> None:
        self.tally.violations.append(f"{self.dialect} seed {self.seed} after life {self._count}: {words}")

    def _check_files(self) -> None:
        """No visible file is anything but one whole version (I2)."""
        for file in self.worker.files():
            content = file.read_bytes()
            if not self.ledger.knows(content):
                self._violated(f"{file.name!r} is no version that was written ({len(content)} bytes)")

    def settle(self) -> None:
        """Lets it settle without faults, and checks that nothing is lost, doubled, torn or different."""
        self.weather.calm = True
        self.proxy.drain()
        if not self._synced():
            return
        self._prove_what_was_taken_for_ours()
        here = [file.read_bytes() for file in self.worker.files()]
        there = [self.worker.site.original(entry["metadata"]) for entry in self.worker.entries()]
        trash = [Path(base, name) for base, _, names in os.walk(self.folder / ".syncd" / "trash") for name in names]
        for lost in self.ledger.lost([*here, *there, *(file.read_bytes() for file in trash)]):
            self._violated(f"lost: {lost}")
        for side, contents in (("here", here), ("there", there)):
            doubled = [content for content, count in Counter(contents).items() if count > 1]
            if doubled:
                self._violated(f"{len(doubled)} versions are more than once {side}")
            if not all(self.ledger.knows(content) for content in contents):
                self._violated(f"something {side} is no version that was written")
        if set(here) != set(there):
            self._violated("the two sides differ")
        self._check_rest()
        self.tally.done["settled"] += 1
        self.tally.done["versions written"] = len(self.ledger.versions)
        self.tally.done["versions replaced in the last moment"] = len(self.ledger.excused)
        self.weather.calm = False

    def _prove_what_was_taken_for_ours(self) -> None:
        """What the artist put in the place of syncd's own write before its first reading counts as that until it is
        proven, at the latest by the next true-up (guarantees.md, W25). `verify` must name it, and nothing else may be
        left to a true-up."""
        database = f"file:{self.state / 'stash' / 'state.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as store:
            ours = dict(store.execute("SELECT id, sha256 FROM agreed_item WHERE provisional AND NOT released"))
        entries = [(int(each[self.worker.site.item_id]), each["metadata"]) for each in self.worker.entries()]
        there = {itemid: self.worker.site.original(told) for itemid, told in entries if itemid in ours}
        taken = {itemid for itemid, content in there.items() if digest(content) != ours[itemid]}
        if not taken:
            return
        named = json.loads(self.begin("verify", "--content", "--json").wait().out)["verify"]
        if {(each["kind"], each["itemid"]) for each in named} != {("changed-there", itemid) for itemid in taken}:
            self._violated(f"verify does not name just what was taken for syncd's own: {named}, {taken}")
        healed = json.loads(self.well("sync", "--full", "--json", codes=(0, 1)).out)["actions"]
        if {(each["action"], each["itemid"]) for each in healed} != {("download", itemid) for itemid in taken}:
            self._violated(f"a true-up does not just prove what was taken for syncd's own: {healed}, {taken}")
        self.tally.done["put in the place of syncd's own write"] += len(taken)

    def _synced(self) -> bool:
        """Runs until it settles; every conflict is answered with `both`."""
        ended = None
        for _ in range(PATIENCE):
            ended = self.begin("sync", "--json").wait()
            self.tally.codes[f"settling {ended.code}"] += 1
            if ended.code not in DOCUMENTED or "Traceback" in ended.err:
                break
            document = json.loads(ended.out)
            for conflict in document["conflicts"]:
                self.tally.done["conflicts"] += 1
                self.well("conflicts", "resolve", str(self.folder / conflict["path"]), "--keep", "both")
            if ended.code == 0:
                return True
        assert ended is not None
        self._violated(f"it does not settle: {ended.code} {ended.out[-3000:]} {ended.err[-3000:]}")
        return False

    def _check_rest(self) -> None:
        found = self.begin("verify", "--content", "--json").wait()
        if found.code != 0:
            self._violated(f"verify: {found.code} {found.out[-2000:]} {found.err[-2000:]}")
        again: Any = json.loads(self.well("sync", "--full", "--json", codes=(0, 1)).out)
        if again["actions"]:
            self._violated(f"a true-up at rest acts: {again['actions']}")
        with closing(sqlite3.connect(self.state / "stash" / "state.db")) as database:
            if (told := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                self._violated(f"the database is damaged: {told}")
        for file in (self.base / "logs").iterdir():
            if not self.tally.violations:
                file.unlink()

    def finish(self) -> Tally:
        """What was counted."""
        self.tally.faults.update(self.weather.counts)
        self.tally.requests.update(self.proxy.requests)
        return self.tally
