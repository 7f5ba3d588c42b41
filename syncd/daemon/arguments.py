"""The border where an operation's arguments, told by a command or over the socket, become typed values.

Law: whatever is missing, unknown or of a wrong type is a ValueError that names it.
"""

from __future__ import annotations

from collections.abc import Mapping

LARGEST = 1e10
"""The largest number that makes sense: 317 years in seconds."""
Argument = str | int | float | bool | list[str] | None


class Arguments:
    """Takes arguments one by one; `end` refuses what nobody took."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def text(self, name: str) -> str:
        """A text that must be there."""
        found = self.maybe_text(name)
        if found is None:
            raise ValueError(f"{name} is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        value = self._given.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not _is_plain(value):
            raise ValueError(f"{name} must be a text")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false if it is left out."""
        value = self._given.pop(name, False)
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false")
        return value

    def maybe_number(self, name: str) -> float | None:
        """A number that is not negative and could be seconds or a count, or None."""
        value = self._given.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
            raise ValueError(f"{name} must be a number, 0 or more, and not beyond {LARGEST:.0e}")
        return float(value)

    def maybe_words(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None."""
        value = self._given.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) and _is_plain(word) for word in value):
            raise ValueError(f"{name} must be a list of texts")
        return tuple(value)

    def end(self) -> None:
        """Refuses arguments that the operation does not have."""
        if self._given:
            raise ValueError(f"unknown: {', '.join(sorted(self._given))}")


def _is_plain(text: str) -> bool:
    """Whether a text can be a path and stand in the database."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
