"""How long to wait: numbers in, numbers out.

Law: nothing here sleeps, knows the time or draws a random number; `jitter` is a number from 0 up to 1 that the caller
drew. All times are seconds.
"""

from __future__ import annotations

FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 1800.0
"""DeviantArt's filter was seen to block for about half an hour (stash-api.md, section 4)."""
LONGEST_RETRY_AFTER = 6 * 3600.0
"""A server that asks for more is asked again after this all the same."""
FIRST_RETRY = 0.25
RETRIES = 3
"""How often an answer 500 is worth another try (stash-api.md, section 4)."""
JITTER = 0.25
POLL_GROWTH = 1.5


def doubling(first: float, most: float, failures: int, jitter: float) -> float:
    """The wait after this many failures in a row (1 or more): `first`, doubling up to `most`, up to a quarter
    longer."""
    exponent = min(max(failures, 1) - 1, 62)
    return float(min(first * 2**exponent, most) * (1 + JITTER * jitter))


def backoff(failures: int, jitter: float, retry_after: float | None = None) -> float:
    """The wait after this many throttled answers in a row, never shorter than what the server asked for."""
    asked = min(max(retry_after or 0.0, 0.0), LONGEST_RETRY_AFTER)
    return max(doubling(FIRST_BACKOFF, LONGEST_BACKOFF, failures, jitter), asked)


def retry(failures: int, jitter: float) -> float | None:
    """The wait before a request is repeated after this many answers 500; None: give up."""
    return None if failures > RETRIES else doubling(FIRST_RETRY, FIRST_BACKOFF, failures, jitter)


def unreachable(failures: int, jitter: float, most: float) -> float:
    """The wait after this many cycles in a row that did not reach the remote: from 1 s, doubling up to `most`."""
    return min(doubling(FIRST_BACKOFF, most, failures, jitter), most)


def next_poll(current: float, least: float, most: float, *, idle: bool) -> float:
    """The interval to the next poll: `least` after one that found something, else growing up to `most`."""
    if not idle or current < least:
        return least
    return min(current * POLL_GROWTH, max(most, least))


def remaining(until: float, now: float) -> float:
    """How much of a back-off is left; never more than the longest one, whatever the clock did since it was saved."""
    return min(max(until - now, 0.0), LONGEST_RETRY_AFTER)
