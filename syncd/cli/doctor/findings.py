"""What a check finds: good or not, in words, and what to do about it.

Law: a finding that is not good has a remedy that a person can follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncd.core.errors import RetryLater, SyncdError
from syncd.daemon import Document, exit_code


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # it works, or will again by itself
    PROBLEM = "problem"  # it does not work until somebody does something


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `mirror` is "" for what concerns all of them; `code` is the exit code that a problem asks for."""

    check: str
    mirror: str
    level: Level
    message: str
    remedy: str = ""
    code: int = 0

    @property
    def document(self) -> Document:
        """As JSON."""
        return {
            "check": self.check,
            "mirror": self.mirror or None,
            "state": self.level.value,
            "message": self.message,
            "remedy": self.remedy or None,
        }


@dataclass(frozen=True, slots=True)
class About:
    """What a check is about; makes its findings."""

    check: str
    mirror: str = ""

    def fine(self, message: str) -> Finding:
        """All is well."""
        return Finding(self.check, self.mirror, Level.OK, message)

    def warning(self, message: str, remedy: str) -> Finding:
        """It works, but not as well as it could."""
        return Finding(self.check, self.mirror, Level.WARNING, message, remedy)

    def problem(self, message: str, remedy: str, code: int = 1) -> Finding:
        """It does not work."""
        return Finding(self.check, self.mirror, Level.PROBLEM, message, remedy, code)

    def of(self, error: SyncdError) -> Finding:
        """What an error that a check met means: one that passes by itself is a warning, but for its exit code."""
        level = Level.WARNING if isinstance(error, RetryLater) else Level.PROBLEM
        return Finding(self.check, self.mirror, level, error.message, error.remedy, exit_code(error))
