"""How actions are carried out: several at a time, every decision on the engine thread.

Law: a handler is a generator. What it yields is done on a thread of the pool (a transfer, nothing else); everything
between runs on the engine thread, which owns the database. A handler that fails leaves the world as a crash at that
point would.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from syncd.core.errors import RetryLater, SyncdError

Result = TypeVar("Result")

Handler = Generator[Callable[[], Any], Any, Result]
"""Yields what is to be done on another thread, is sent its result, or thrown what it raised."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Work for the disk alone: it gets a thread of its own kind, so that it takes no transfer's place."""

    work: Callable[[], Any]

    def __call__(self) -> Any:
        """Does it."""
        return self.work()


Ended = tuple[Any, Any, BaseException | None]
"""The key of a handler with its result, or with the exception that it ended with."""


@dataclass(slots=True)
class Crew:
    """Who carries handlers out: `submit` runs something on a thread of the pool, `most` at a time; `batch` is entered
    around what several handlers do on the engine thread, so that one commit serves them all."""

    submit: Callable[[Callable[[], Any]], Future[Any]]
    most: int
    batch: Callable[[], AbstractContextManager[None]]


def run_all(handlers: Iterable[tuple[Any, Handler[Any]]], crew: Crew) -> Generator[list[Ended], None, None]:
    """Runs handlers; yields those that ended, in batches, inside the batch's transaction.

    What a handler wants done on another thread begins once the batch is committed, so an intent is durable before its
    request is sent. If the caller stops listening, nothing new is started, and what is under way is waited for.
    """
    waiting = iter(handlers)
    running: dict[Future[Any], tuple[Any, Handler[Any]]] = {}
    exhausted = False
    try:
        while True:
            ended: list[Ended] = []
            works: list[tuple[Callable[[], Any], Any, Handler[Any]]] = []
            done = _done(running, block=exhausted or len(running) >= crew.most)
            with crew.batch():
                for future in done:
                    key, handler = running.pop(future)
                    _advance(key, handler, future, ended, works)
                while not exhausted and len(running) + len(works) < crew.most and len(ended) < crew.most:
                    following = next(waiting, None)
                    exhausted = following is None
                    if following is not None:
                        _advance(*following, None, ended, works)
                if ended:
                    try:
                        yield ended
                    except GeneratorExit:  # leave the batch by its own door: what was done is kept
                        for _work, _key, handler in works:
                            _call_off(handler)
                        return
            for work, key, handler in works:
                running[crew.submit(work)] = (key, handler)
            if exhausted and not running:
                return
    finally:
        for future, (_key, handler) in list(running.items()):
            wait([future])
            _finish(handler, future)


def _done(running: Iterable[Future[Any]], *, block: bool) -> set[Future[Any]]:
    """The transfers that ended; if there is room for more and none has, none."""
    futures = list(running)
    return wait(futures, timeout=None if block else 0, return_when=FIRST_COMPLETED).done if futures else set()


def _advance(
    key: Any,
    handler: Handler[Any],
    future: Future[Any] | None,
    ended: list[Ended],
    works: list[tuple[Callable[[], Any], Any, Handler[Any]]],
) -> None:
    """Lets a handler go on to its next transfer, or to its end."""
    try:
        works.append((next(handler) if future is None else _resume(handler, future), key, handler))
    except StopIteration as end:
        ended.append((key, end.value, None))
    except Exception as error:  # noqa: BLE001 - handed to the caller, who decides by its type
        ended.append((key, None, error))


def _resume(handler: Handler[Any], future: Future[Any]) -> Callable[[], Any]:
    error = future.exception()
    return handler.throw(error) if error is not None else handler.send(future.result())


def _call_off(handler: Handler[Any]) -> None:
    """Tells a handler that what it wanted done was not even begun."""
    try:
        handler.throw(RetryLater("syncd is stopping, or something else ended this cycle"))
        handler.close()
    except (StopIteration, SyncdError):
        return


def _finish(handler: Handler[Any], future: Future[Any]) -> None:
    """Lets a handler record what its transfer did, but do nothing more."""
    try:
        _resume(handler, future)
        handler.close()
    except StopIteration:
        return
    except Exception:  # noqa: BLE001 - nobody listens any more; the next look sees what it left
        return
