"""How actions are carried out: several at a time, every decision on the engine thread.

Law: a handler is a generator. What it yields is done on a thread of the pool (a transfer, nothing else); everything
between runs on the engine thread, which owns the database. A handler that fails leaves the world as a crash at that
point would.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

Result = TypeVar("Result")

Handler = Generator[Callable[[], Any], Any, Result]
"""Yields what is to be done on another thread, is sent its result, or thrown what it raised."""


def run_all(
    handlers: Iterable[tuple[Any, Handler[Any]]], submit: Callable[[Callable[[], Any]], Future[Any]], most: int
) -> Generator[tuple[Any, Any, BaseException | None], None, None]:
    """Runs handlers, `most` at a time; yields each key with its result or the exception it ended with, as they end.

    If the caller stops listening, nothing new is started, and what is under way is waited for.
    """
    waiting = deque(handlers)
    running: dict[Future[Any], tuple[Any, Handler[Any]]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < most:
                key, handler = waiting.popleft()
                ended = _advance(key, handler, None, running, submit)
                if ended is not None:
                    yield ended
            if running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    key, handler = running.pop(future)
                    ended = _advance(key, handler, future, running, submit)
                    if ended is not None:
                        yield ended
    finally:
        for future, (_key, handler) in list(running.items()):
            wait([future])
            _finish(handler, future)


def _advance(
    key: Any,
    handler: Handler[Any],
    future: Future[Any] | None,
    running: dict[Future[Any], tuple[Any, Handler[Any]]],
    submit: Callable[[Callable[[], Any]], Future[Any]],
) -> tuple[Any, Any, BaseException | None] | None:
    """Lets a handler go on to its next transfer; its end, if that is what came."""
    try:
        work = next(handler) if future is None else _resume(handler, future)
    except StopIteration as end:
        return key, end.value, None
    except Exception as error:  # noqa: BLE001 - handed to the caller, who decides by its type
        return key, None, error
    running[submit(work)] = (key, handler)
    return None


def _resume(handler: Handler[Any], future: Future[Any]) -> Callable[[], Any]:
    error = future.exception()
    return handler.throw(error) if error is not None else handler.send(future.result())


def _finish(handler: Handler[Any], future: Future[Any]) -> None:
    """Lets a handler record what its transfer did, but do nothing more."""
    try:
        _resume(handler, future)
    except StopIteration:
        return
    except Exception:  # noqa: BLE001 - nobody listens any more; the next look sees what it left
        return
    finally:
        handler.close()
