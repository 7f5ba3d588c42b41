"""The event stream's memory: what happened lately, and a bounded queue for each client that follows.

Law: it never waits for a client. One whose queue is full is dropped and told so; one that comes back is given what it
missed as far as the ring reaches, and told when it does not. Times are steady seconds, `at` in events Unix seconds.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from syncd.core.events import Transferred
from syncd.daemon.events import Told, told
from syncd.daemon.happenings import Happening
from syncd.engine import Clock

RING = 1000
QUEUE = 1500
"""Not below the ring, which a client that comes back may be given whole."""
PASSING_SECONDS = 0.25
"""Bytes under way and looks are told at most this often for each mirror."""


class TooManyFollow(Exception):
    """No more clients can follow."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event on the wire (text/event-stream); `number` counts those that are kept, 0 for one that is not."""

    number: int
    mirror: str | None
    wire: bytes


@dataclass(slots=True)
class Following:
    """One client. `wake` is called, from any thread, when there is something to take."""

    mirror: str | None
    wake: Callable[[], None]
    queue: deque[Entry] = field(default_factory=deque)
    dropped: bool = False
    ended: bool = False

    def wants(self, entry: Entry) -> bool:
        """Whether the event is of the mirror that is followed, or of the daemon."""
        return self.mirror is None or entry.mirror in (None, self.mirror)


@dataclass(slots=True)
class _Passing:
    """What passed since it was told last: the newest event, its bytes summed up."""

    told_at: float = float("-inf")
    last: Told | None = None


class Feed:
    """Hears everything and hands it to those who follow. Any thread."""

    def __init__(self, clock: Clock, *, ring: int = RING, queue: int = QUEUE, most: int = 32) -> None:
        self._clock = clock
        self._life = format(int(clock.now() * 1000), "x")
        self._lock = threading.Lock()
        self._ring: deque[Entry] = deque(maxlen=ring)
        self._queue = max(queue, ring)
        self._most = most
        self._number = 0
        self._following: list[Following] = []
        self._passing: dict[tuple[str | None, str], _Passing] = {}
        self._ended = False
        self.dropped = 0

    def heard(self, mirror: str | None, happening: Happening) -> None:
        """Takes one happening."""
        if isinstance(happening, Transferred) and not self._following:
            return
        event = told(mirror, happening, self._clock.now())
        if event is None:
            return
        with self._lock:
            if event.passing and event.name in ("transferred", "looking"):
                self._pass(mirror, event)
                return
            self._flush(mirror)
            self._publish(mirror, event)

    @contextmanager
    def following(self, last: str, mirror: str | None, wake: Callable[[], None]) -> Iterator[Following]:
        """Follows from now on, or from after the event of the id `last`. Raises TooManyFollow."""
        client = Following(mirror, wake)
        with self._lock:
            if len(self._following) >= self._most:
                raise TooManyFollow
            client.queue.extend(self._missed(last, client))
            client.ended = self._ended
            self._following.append(client)
        try:
            yield client
        finally:
            with self._lock:
                self._following.remove(client)

    def take(self, client: Following) -> tuple[list[Entry], bool]:
        """What there is for a client, and whether nothing follows any more."""
        with self._lock:
            entries, over = list(client.queue), client.dropped or client.ended
            client.queue.clear()
        if client.dropped:
            entries.append(_notice("dropped", f"this client was more than {self._queue} events late; ask anew"))
        return entries, over

    def end(self) -> None:
        """Nothing follows any more: every client is given what is left, and let go."""
        with self._lock:
            self._ended = True
            for client in self._following:
                client.ended = True
                client.wake()

    @property
    def count(self) -> int:
        """How many follow now."""
        return len(self._following)

    def _missed(self, last: str, client: Following) -> list[Entry]:
        if not last:
            return []
        life, _, number = last.rpartition("-")
        known = int(number) if life == self._life and number.isascii() and number.isdigit() else -1
        first = self._ring[0].number if self._ring else self._number + 1
        lost = known < first - 1 or known > self._number
        kept = [each for each in self._ring if (lost or each.number > known) and client.wants(each)]
        notice = [_notice("missed", "some events since then are not kept; ask for the status")] if lost else []
        return notice + kept

    def _publish(self, mirror: str | None, event: Told) -> None:
        number = 0
        if not event.passing:
            self._number += 1
            number = self._number
        head = f"id: {self._life}-{number}\n" if number else ""
        wire = f"{head}event: {event.name.value}\ndata: {json.dumps(event.document)}\n\n".encode()
        entry = Entry(number, mirror, wire)
        if number:
            self._ring.append(entry)
        for client in self._following:
            if client.wants(entry) and not client.dropped:
                self._give(client, entry)

    def _give(self, client: Following, entry: Entry) -> None:
        if len(client.queue) >= self._queue:
            client.queue.clear()
            client.dropped = True
            self.dropped += 1
        else:
            client.queue.append(entry)
        client.wake()

    def _pass(self, mirror: str | None, event: Told) -> None:
        slot = self._passing.setdefault((mirror, event.name.value), _Passing())
        slot.last = event if slot.last is None else _together(slot.last, event)
        if self._clock.steady() - slot.told_at >= PASSING_SECONDS:
            self._tell(mirror, slot)

    def _flush(self, mirror: str | None) -> None:
        """Tells what passed before something that is kept, so that sums are right when an action has ended."""
        for (of, _name), slot in self._passing.items():
            if of == mirror and slot.last is not None:
                self._tell(mirror, slot)

    def _tell(self, mirror: str | None, slot: _Passing) -> None:
        assert slot.last is not None
        self._publish(mirror, slot.last)
        slot.last, slot.told_at = None, self._clock.steady()


def _together(before: Told, event: Told) -> Told:
    """Two of a kind as one: the newer, with the bytes of both."""
    sums = {key: _number(before.document, key) + _number(event.document, key) for key in ("up", "down")}
    return replace(event, document={**event.document, **sums}) if "up" in event.document else event


def _number(document: Mapping[str, object], key: str) -> int:
    value = document.get(key, 0)
    return value if isinstance(value, int) else 0


def _notice(name: str, reason: str) -> Entry:
    """An event of the stream itself, without an id, so that the client's last one stays."""
    return Entry(0, None, f"event: {name}\ndata: {json.dumps({'event': name, 'reason': reason})}\n\n".encode())
