"""A keyring is asked with patience, and whatever it does wrong is said; it never counts as logged out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from syncd.core.errors import LoginNeeded, RetryLater
from syncd.store.keyring import SERVICE, Keyring, KeyringUnavailable


class Library(ModuleType):
    """What syncd uses of the library."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.fails: Exception | None = None
        self.unlocked = threading.Event()
        self.unlocked.set()
        self.forgetful = False

    def get_password(self, service: str, name: str) -> str | None:
        self.unlocked.wait(20)
        if self.fails is not None:
            raise self.fails
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        if not self.forgetful:
            self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def library() -> Iterator[Library]:
    found = Library()
    yield found
    found.unlocked.set()
    with Keyring._asking:  # no thread is left behind
        pass


def test_what_is_kept_comes_back_and_goes(library: Library) -> None:
    keyring = Keyring(backend=library)
    assert keyring.load("a") is None
    keyring.save("a", "text")
    assert library.kept == {(SERVICE, "a"): "text"}
    assert keyring.load("a") == "text"
    keyring.delete("a")
    keyring.delete("a")
    assert library.kept == {}


def test_a_failing_keyring_is_tried_again_later_and_its_words_are_not_passed_on(library: Library) -> None:
    library.fails = RuntimeError("secret words")
    with pytest.raises(KeyringUnavailable, match="RuntimeError") as caught:
        Keyring(backend=library).load("a")
    assert "secret" not in caught.value.message
    assert isinstance(caught.value, RetryLater)
    assert not isinstance(caught.value, LoginNeeded)
    assert "Unlock" in caught.value.remedy


def test_a_keyring_that_keeps_nothing_is_found_out(library: Library) -> None:
    library.forgetful = True
    with pytest.raises(KeyringUnavailable, match="did not keep"):
        Keyring(backend=library).save("a", "text")


def test_one_that_waits_for_a_person_is_asked_no_second_time_meanwhile(library: Library) -> None:
    library.unlocked.clear()
    library.kept[SERVICE, "a"] = "text"
    with pytest.raises(KeyringUnavailable, match="waits to be unlocked"):
        Keyring(0.01, library).load("a")
    with pytest.raises(KeyringUnavailable, match="still waits"):
        Keyring(5, library).load("a")
    library.unlocked.set()
    with Keyring._asking:
        pass
    assert Keyring(5, library).load("a") == "text"


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeyringUnavailable, match="not installed") as caught:
        Keyring().load("a")
    assert "keyring" in caught.value.remedy
