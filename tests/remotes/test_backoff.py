"""Throttling holds for the whole account, survives a restart, and honours what the server asks for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from syncd.core import pace
from syncd.core.errors import SyncdError, Throttled
from syncd.remotes.http import Bucket, Gate, MemoryBackoff, retry_after
from tests.remotes.fakes import DIALECTS, Bench, FakeClock, bench, error, says, unknown

SPACE = says({"available_space": 5, "total_space": 9})


def throttled(b: Bench) -> Throttled:
    with pytest.raises(Throttled) as raised:
        b.remote.space()
    return raised.value


@pytest.mark.parametrize("dialect", DIALECTS)
def test_while_a_back_off_is_open_nothing_is_sent_by_anybody(dialect: str) -> None:
    b = bench(dialect, error("user_api_threshold", 429), SPACE)
    assert throttled(b).retry_at == b.clock.time + 1
    for request in (b.remote.space, b.remote.prepare, lambda: list(b.remote.drain(None, unknown))):
        with pytest.raises(Throttled) as raised:
            request()
        assert raised.value.retry_at == b.clock.time + 1
    assert len(b.wire.requests) == 1
    b.clock.time += 1
    assert b.remote.space().available == 5
    assert b.backoff.load() == (0.0, 0)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_back_off_doubles_as_long_as_it_goes_on(dialect: str) -> None:
    b = bench(dialect, error("application_api_threshold", 400))
    waits = []
    for _ in range(5):
        until = throttled(b).retry_at
        assert until is not None
        waits.append(until - b.clock.time)
        b.clock.time = until
    assert waits == [1, 2, 4, 8, 16]


def test_a_back_off_survives_a_restart_and_a_clock_that_was_set_back() -> None:
    backoff = MemoryBackoff()
    backoff.save(1_000_100.0, 3)
    clock = FakeClock()
    gate = Gate(backoff, clock.clock)
    with pytest.raises(Throttled) as raised:
        gate.enter()
    assert raised.value.retry_at == 1_000_100.0
    clock.time -= 86_400
    with pytest.raises(Throttled) as raised:
        gate.enter()
    assert raised.value.retry_at == clock.time + pace.LONGEST_RETRY_AFTER
    clock.time = 1_000_100.0
    ticket = gate.enter()
    assert gate.throttled(ticket, None).retry_at == clock.time + 8


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "90"}, 90),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "999999999"}, pace.LONGEST_RETRY_AFTER),
        ({"retry_after": "-5"}, 1),
        ({"retry_after": "soon"}, 1),
        ({"retry_after": "Wed, 21 Oct 2015 07:29:00 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 60),
        ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, pace.LONGEST_RETRY_AFTER),
    ],
)
def test_retry_after_is_honoured_as_seconds_and_as_a_date(dialect: str, headers: dict[str, str], wait: float) -> None:
    b = bench(dialect, says({"error": "user_api_threshold"}, 429, **headers))
    assert throttled(b).retry_at == b.clock.time + wait


def test_a_date_without_the_servers_own_is_measured_by_our_clock() -> None:
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, now=40.0) == 60.0


def test_eight_transfers_that_are_throttled_at_once_count_once() -> None:
    gate = Gate(MemoryBackoff(), FakeClock().clock)
    tickets = [gate.enter() for _ in range(8)]
    assert {gate.throttled(ticket, None).retry_at for ticket in tickets} == {1_000_001.0}
    gate.passed(tickets[0])
    with pytest.raises(Throttled):
        gate.enter()


def test_a_gate_of_many_threads_lets_nobody_through_while_it_is_shut() -> None:
    gate = Gate(MemoryBackoff(), FakeClock().clock)
    gate.throttled(gate.enter(), None)

    def passes(_: int) -> bool:
        try:
            gate.enter()
        except SyncdError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(passes, range(200)))


def test_a_bucket_holds_the_average_and_no_more() -> None:
    clock = FakeClock()
    bucket = Bucket(1000, clock.clock)
    began = clock.time
    for _ in range(10):
        bucket.take(500)
    assert clock.time - began == pytest.approx(4.5)
    clock.time -= 86_400
    before = len(clock.slept)
    bucket.take(500)
    assert len(clock.slept) == before


def test_no_limit_is_no_wait() -> None:
    clock = FakeClock()
    Bucket(0, clock.clock).take(10**9)
    assert clock.slept == []
