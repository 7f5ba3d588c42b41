"""The desktop's keyring, through the optional library `keyring`.

Law: a keyring that is locked, missing or slow is waited for and named; it never counts as logged out. It is asked on a
thread of its own, because unlocking one may wait for a person for as long as it takes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from syncd.core.errors import RetryLater

SERVICE = "syncd"
Answered = TypeVar("Answered")
PATIENCE_SECONDS = 30.0


class KeyringUnavailable(RetryLater):
    """The keyring cannot be asked now."""

    remedy = "Unlock your keyring (log in to the desktop); syncd goes on by itself. Or `syncd login` without --keyring."


class Keyring:
    """The keyring of this user. One question at a time: while one waits for a person, others fail at once."""

    _asking = threading.Lock()

    def __init__(self, patience: float = PATIENCE_SECONDS, backend: ModuleType | None = None) -> None:
        """`patience` in seconds; `backend` is the library, or what has its functions."""
        self._patience = patience
        self._backend = backend

    def load(self, entry: str) -> str | None:
        """The text under that name, None if there is none. KeyringUnavailable."""
        library = self._library()

        def found() -> str | None:
            text: str | None = library.get_password(SERVICE, entry)
            return text

        return self._ask(found)

    def save(self, entry: str, text: str) -> None:
        """Keeps it, and reads it back. KeyringUnavailable."""
        library = self._library()

        def kept() -> str | None:
            library.set_password(SERVICE, entry, text)
            found: str | None = library.get_password(SERVICE, entry)
            return found

        if self._ask(kept) != text:
            raise KeyringUnavailable("the keyring did not keep the token")

    def delete(self, entry: str) -> None:
        """Forgets it; safe to repeat. KeyringUnavailable."""
        library = self._library()

        def deleted() -> None:
            if library.get_password(SERVICE, entry) is not None:
                library.delete_password(SERVICE, entry)

        self._ask(deleted)

    def _library(self) -> ModuleType:
        if self._backend is not None:
            return self._backend
        try:
            return import_module("keyring")
        except ImportError:
            raise KeyringUnavailable(
                "the token is in a keyring, and the library for it is not installed",
                remedy="Install syncd with its extra `keyring`; or `syncd login` without --keyring.",
            ) from None

    def _ask(self, question: Callable[[], Answered]) -> Answered:
        if not self._asking.acquire(blocking=False):
            raise KeyringUnavailable("the keyring still waits to be unlocked")
        answer: Future[Answered] = Future()
        threading.Thread(target=self._answer, args=(question, answer), name="keyring", daemon=True).start()
        try:
            return answer.result(self._patience)
        except NotInTime:
            raise KeyringUnavailable("the keyring waits to be unlocked") from None
        except Exception as error:
            # The library's own errors are many, and those of its back ends anything: locked, missing, no session bus.
            raise KeyringUnavailable(f"the keyring cannot be asked: {type(error).__name__}") from error

    def _answer(self, question: Callable[[], Answered], answer: Future[Answered]) -> None:
        try:
            answer.set_result(question())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            answer.set_exception(error)
        finally:
            self._asking.release()
