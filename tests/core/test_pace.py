"""How long to wait: every law of syncd.core.pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import pace

JITTER = st.floats(0, 1, exclude_max=True)
FAILURES = st.integers(1, 10_000)


def test_a_back_off_begins_at_one_second_and_doubles_up_to_half_an_hour() -> None:
    waits = [pace.backoff(failures, 0.0) for failures in range(1, 14)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800]


@given(FAILURES, JITTER)
def test_jitter_makes_a_back_off_at_most_a_quarter_longer_and_never_shorter(failures: int, jitter: float) -> None:
    plain = pace.backoff(failures, 0.0)
    assert plain <= pace.backoff(failures, jitter) <= plain * 1.25


@given(FAILURES, JITTER, st.floats(allow_nan=False))
def test_a_back_off_honours_retry_after_within_reason(failures: int, jitter: float, asked: float) -> None:
    wait = pace.backoff(failures, jitter, asked)
    assert wait >= min(asked, pace.LONGEST_RETRY_AFTER)
    assert 1 <= wait <= pace.LONGEST_RETRY_AFTER


def test_an_answer_500_is_worth_three_more_tries() -> None:
    assert [pace.retry(failures, 0.0) for failures in range(1, 6)] == [0.25, 0.5, 1.0, None, None]


@pytest.mark.parametrize(("failures", "wait"), [(1, 1), (2, 2), (3, 4), (9, 60), (500, 60)])
def test_an_unreachable_remote_is_asked_after_one_second_doubling(failures: int, wait: float) -> None:
    assert pace.unreachable(failures, 0.0, 60) == wait
    assert pace.unreachable(failures, 0.99, 60) <= 60


def test_the_poll_interval_grows_while_idle_and_falls_back_at_once() -> None:
    current, seen = 60.0, []
    for _ in range(6):
        current = pace.next_poll(current, 60, 300, idle=True)
        seen.append(current)
    assert seen == [90, 135, 202.5, 300, 300, 300]
    assert pace.next_poll(current, 60, 300, idle=False) == 60


@given(*[st.floats(0.1, 1e6)] * 3, st.booleans())
def test_the_poll_interval_stays_between_its_bounds(current: float, least: float, most: float, idle: bool) -> None:
    assert least <= pace.next_poll(current, least, most, idle=idle) <= max(least, most)


@pytest.mark.parametrize(
    ("until", "now", "left"),
    [(110, 100, 10), (100, 110, 0), (0, 100, 0), (86_500, 100, pace.LONGEST_RETRY_AFTER)],
)
def test_what_is_left_of_a_back_off_is_bounded_whatever_the_clock_did(until: float, now: float, left: float) -> None:
    assert pace.remaining(until, now) == left
