"""A remote whose answers get lost, and a process that dies: what the tests of races do to the engine.

Law: `Lossy` delegates every request to a real remote; it changes only whether the request goes out, whether its answer
comes back, and what happens in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from syncd.core.errors import OutcomeUnknown
from syncd.core.model import Abilities, Changes, Folder, Item, Target, Withdrawn
from syncd.remotes.faces import Content, Progress, Remote, Snapshot, Space, Told, Traffic

Answer = TypeVar("Answer")


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Fate:
    """Kills the process at the `nth` passing of a point, for good: no further point lets anything pass."""

    point: str = ""
    nth: int = 1
    dead: bool = False
    passed: list[str] = field(default_factory=list)

    def at(self, point: str) -> None:
        if self.dead:
            raise Crash(point)
        self.passed.append(point)
        if point == self.point and self.passed.count(point) == self.nth:
            self.dead = True
            raise Crash(point)

    def die(self) -> None:
        """In a request that is under way, say."""
        self.dead = True
        raise Crash


def nothing() -> None:
    """The world goes on as it was."""


@dataclass
class Fault:
    """What becomes of the next request of this name, of a submission also with its title: `before` and `after` it
    reached the server something may happen, `applied` says whether it reaches it, `error` whether its answer comes
    back."""

    request: str
    applied: bool = True
    error: BaseException | None = field(default_factory=lambda: OutcomeUnknown("the answer was lost"))
    before: Callable[[], object] = nothing
    after: Callable[[], object] = nothing


class Lossy:
    """A `faces.Remote` around another one."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.faults: list[Fault] = []
        self.shrunk: Abilities | None = None

    def suffer(
        self,
        request: str,
        *,
        applied: bool = True,
        error: BaseException | None = None,
        before: Callable[[], object] = nothing,
        after: Callable[[], object] = nothing,
    ) -> None:
        """The next request of this name loses its answer; something may happen meanwhile."""
        lost = error or OutcomeUnknown("the answer was lost")
        self.faults.append(Fault(request, applied, lost, before=before, after=after))

    def meanwhile(
        self, request: str, *, before: Callable[[], object] = nothing, after: Callable[[], object] = nothing
    ) -> None:
        """Something happens while the next request of this name is under way."""
        self.faults.append(Fault(request, error=None, before=before, after=after))

    def _do(self, request: str, call: Callable[[], Answer], about: str = "") -> Answer:
        wanted = {request, f"{request} {about}"}
        fault = next((fault for fault in self.faults if fault.request in wanted), None)
        if fault is None:
            return call()
        self.faults.remove(fault)
        fault.before()
        if not fault.applied:
            raise fault.error or OutcomeUnknown("it never arrived")
        answer = call()
        fault.after()
        if fault.error is not None:
            raise fault.error
        return answer

    # --- Source

    def drain(self, cursor: str | None, known: Callable[[int], bool]) -> Iterator[Told]:
        return self._do("drain", lambda: iter(list(self.remote.drain(cursor, known))))

    def read(self, itemid: int) -> Item | Withdrawn:
        return self._do("read", lambda: self.remote.read(itemid))

    def read_folder(self, folder: int) -> Folder:
        return self._do("read_folder", lambda: self.remote.read_folder(folder))

    def open(self, itemid: int, version: str | None, start: int = 0) -> AbstractContextManager[Content]:
        return self._do("open", lambda: self.remote.open(itemid, version, start))

    def tail(self, itemid: int, version: str | None, length: int) -> tuple[int, bytes]:
        return self._do("tail", lambda: self.remote.tail(itemid, version, length))

    # --- Sink, Editor

    def submit(self, snapshot: Snapshot, title: str, target: Target, progress: Progress) -> Item:
        return self._do("submit", lambda: self.remote.submit(snapshot, title, target, progress), title)

    def prepare(self) -> None:
        self._do("prepare", self.remote.prepare)

    def replace(self, item: Item, snapshot: Snapshot, progress: Progress) -> Item:
        return self._do("replace", lambda: self.remote.replace(item, snapshot, progress))

    def edit(self, itemid: int, changes: Changes) -> Item:
        return self._do("edit", lambda: self.remote.edit(itemid, changes))

    def move(self, item: Item, target: Target) -> int | None:
        return self._do("move", lambda: self.remote.move(item, target))

    def rename_folder(self, folder: int, title: str) -> None:
        self._do("rename_folder", lambda: self.remote.rename_folder(folder, title))

    def move_folder(self, folder: int, parent: int | None) -> None:
        self._do("move_folder", lambda: self.remote.move_folder(folder, parent))

    def delete(self, itemid: int) -> None:
        self._do("delete", lambda: self.remote.delete(itemid))

    # --- Remote

    @property
    def abilities(self) -> Abilities:
        return self.shrunk or self.remote.abilities

    def account(self) -> str | None:
        return self.remote.account()

    def space(self) -> Space:
        return self.remote.space()

    def link(self, itemid: int) -> str:
        return self.remote.link(itemid)

    def requests(self) -> dict[str, int]:
        return self.remote.requests()

    def tune(self, traffic: Traffic) -> None:
        self.remote.tune(traffic)

    def reconnect(self) -> None:
        self.remote.reconnect()

    def close(self) -> None:
        self.remote.close()
