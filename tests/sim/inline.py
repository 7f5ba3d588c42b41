"""An executor without threads: work is done when it is handed over, and ends in an order that the seed decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from tests.sim.checks import Flight

T = TypeVar("T")


class _Ended(Future[Any]):
    """A future whose place in a set of futures is its own number, not its address."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.taken: Callable[[], None] = lambda: None

    def __hash__(self) -> int:
        return self._number

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What it ended with; whoever asks has taken its result."""
        taken, self.taken = self.taken, lambda: None
        taken()
        return super().exception(timeout)


class Inline(Executor):
    """Runs everything at once. `backwards`: what was started later is found to have ended earlier (I18).

    What is no Exception (a crash) goes through to whoever handed the work over. `flight` counts what is under way: a
    work is until its result was taken, as the next one would wait for that on real threads.
    """

    def __init__(self, *, backwards: bool, flight: Flight) -> None:
        self._next = 0
        self._backwards = backwards
        self._flight = flight

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self._flight.began()
        future = self._run(fn, *args, **kwargs)
        future.taken = self._flight.ended
        return future

    def _run(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> _Ended:
        self._next = (self._next + 1) % 32
        future = _Ended(31 - self._next if self._backwards else self._next)
        _fulfil(future, fn, *args, **kwargs)
        return future

    def map(
        self, fn: Callable[..., T], *iterables: Any, timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[T]:
        futures = [self._run(fn, *arguments) for arguments in zip(*iterables, strict=False)]
        return (future.result() for future in futures)


class AtOnce(Executor):
    """Runs everything at once, and counts nothing: for what a remote asks by threads of its own."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        _fulfil(future, fn, *args, **kwargs)
        return future


def _fulfil(future: Future[T], fn: Callable[..., T], *args: Any, **kwargs: Any) -> None:
    """Does the work here and now."""
    try:
        result = fn(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - a future's own law
        future.set_exception(error)
    else:
        future.set_result(result)
