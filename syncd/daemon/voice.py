"""What one mirror has to say: its engine's events, and what its thread tells of cycles and outages, to all hearers.

Law: it adds only what follows from what it was told before: what is new, what ended, and how often the same was met.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence

from syncd.core.errors import LoginNeeded, SyncdError
from syncd.core.events import Event
from syncd.daemon import documents
from syncd.daemon.documents import Answer, Document
from syncd.daemon.happenings import (
    ConflictEnded,
    ConflictFound,
    CycleEnded,
    Happening,
    Hearer,
    HoldEnded,
    HoldOpened,
    LoginWanted,
    MirrorCrashed,
    OperationBegan,
    OperationEnded,
    OutageEnded,
    OutageMet,
    Paused,
    Resumed,
    TrashExpired,
)
from syncd.daemon.operations import Act, Prepared
from syncd.engine import Mirror, Report


class Voice:
    """The voice of one mirror; a listener. `told`, `paused` and `resumed` from any thread, the rest from the mirror's
    own."""

    def __init__(self, mirror: str, hearers: Sequence[Hearer]) -> None:
        self._mirror = mirror
        self._hearers = hearers
        self._held: dict[object, Document] = {}
        self._conflicts: dict[object, Document] = {}
        self._outage: tuple[str, int] | None = None
        self._bug: tuple[str, int] = ("", 0)

    def told(self, event: Event) -> None:
        """Hands an event of the engine on."""
        self.say(event)

    def say(self, happening: Happening) -> None:
        """Hands a happening to each hearer."""
        for hearer in self._hearers:
            hearer.heard(self._mirror, happening)

    def cycle_ended(self, report: Report, seconds: float) -> None:
        """A cycle ended without an error."""
        if self._outage is not None:
            self.say(OutageEnded(*self._outage))
            self._outage = None
        self._bug = ("", 0)
        self._waits([documents.held(row) for row in report.held], [documents.conflict(row) for row in report.conflicts])
        self.say(CycleEnded(report, seconds))

    def outage(self, error: SyncdError, wait: float) -> None:
        """Something keeps the mirror from going on; the same once more is counted."""
        times = self._outage[1] + 1 if self._outage and self._outage[0] == error.code else 1
        self._outage = (error.code, times)
        self.say(OutageMet(error, wait, times))
        if times == 1 and isinstance(error, LoginNeeded):
            self.say(LoginWanted(error.message, error.remedy))

    def crashed(self, error: BaseException, wait: float) -> None:
        """A bug; to be called while the exception is handled."""
        frames = traceback.extract_tb(error.__traceback__)
        bug = f"{type(error).__name__} in {frames[-1].name}" if frames else type(error).__name__
        self._bug = (bug, self._bug[1] + 1 if self._bug[0] == bug else 1)
        self.say(MirrorCrashed(bug, wait, self._bug[1]))

    def expired(self, count: int) -> None:
        """The trash was emptied of what had expired."""
        if count:
            self.say(TrashExpired(count))

    def paused(self, until: float | None) -> None:
        """A pause began, until a Unix time or (None) until somebody ends it."""
        self.say(Paused(until))

    def resumed(self) -> None:
        """Somebody ended a pause."""
        self.say(Resumed())

    def announced(self, prepared: Prepared, ticket: str) -> Act:
        """What the operation does, told when it begins and ends."""

        def act(mirror: Mirror) -> Answer:
            self.say(OperationBegan(prepared.name, ticket))
            answer = Answer({}, 1)
            try:
                answer = prepared.act(mirror)
                self._answered(prepared.name, answer)
                return answer
            finally:
                self.say(OperationEnded(prepared.name, ticket, answer))

        return act

    def _answered(self, operation: str, answer: Answer) -> None:
        """After a sync no cycle may follow soon that could tell what waits."""
        held, conflicts = answer.document.get("held"), answer.document.get("conflicts")
        if operation == "sync" and isinstance(held, list) and isinstance(conflicts, list):
            self._waits(held, conflicts)

    def _waits(self, held: Sequence[Document], conflicts: Sequence[Document]) -> None:
        fresh, before = {row["id"]: row for row in held}, self._held
        self._held = fresh
        self._differ(before, fresh, HoldOpened, HoldEnded)
        known, self._conflicts = self._conflicts, {row["itemid"]: row for row in conflicts}
        self._differ(known, self._conflicts, ConflictFound, ConflictEnded)

    def _differ(
        self,
        before: Mapping[object, Document],
        now: Mapping[object, Document],
        new: Callable[[Document], Happening],
        old: Callable[[Document], Happening],
    ) -> None:
        for gone in before.keys() - now.keys():
            self.say(old(before[gone]))
        for key, row in now.items():
            if key not in before:
                self.say(new(row))
