"""What the errors of the Sta.sh API mean: the slugs of the drafts, the codes of v1 (stash-api.md, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.core.errors import LoginNeeded, Misconfigured, NotThere, Refused, Unsupported
from syncd.remotes.http import Fault, Sign, Verdict

GONE = (
    "This server no longer lists what is in a Sta.sh: DeviantArt removed that on 2024-07-01. "
    "syncd goes on push-only: it sends, and cannot fetch."
)

_THRESHOLDS = frozenset({"user_api_threshold", "application_api_threshold"})
_STALE = frozenset({"invalid_token", "expired_token"})
_MISSING = frozenset(
    {
        "invalid_stashid",
        "invalid_folderid",
        "invalid_access_folder",
        "internal_error_missing_folder",
        "internal_error_missing_metadata",
    }
)


@dataclass(frozen=True, slots=True)
class About:
    """What a request is about: `subject` in words, the item's id if it is one.

    `codes` are v1's error codes that say it is not there, and `missing` what then is not there, if not the subject.
    `scope_needed`: without it a lack of scope is no reason to log in again, only something that cannot be done.
    """

    subject: str
    itemid: int | None = None
    codes: frozenset[int] = frozenset()
    missing: str = ""
    scope_needed: bool = True


ITSELF = About("the request")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explains the errors of one call. `on_gone` is told that there is no such endpoint any more, and words it."""

    about: About
    on_gone: Callable[[], str]

    def __call__(self, fault: Fault) -> Verdict:
        """The meaning of one error."""
        if fault.slug in _THRESHOLDS:
            return Sign.SLOW_DOWN
        if fault.slug in _STALE:
            return Sign.TOKEN_REFUSED
        if fault.slug == "server_error":
            return Sign.TRY_AGAIN
        if fault.slug == "insufficient_scope":
            words = f"The login does not allow this: it lacks the scope {fault.scope or 'stash'}."
            return LoginNeeded(words) if self.about.scope_needed else Unsupported(words)
        if fault.slug == "version_error":
            return Misconfigured(f"The server does not speak this version of its API: {fault.description}.")
        if fault.status == 404 and "endpoint not found" in fault.description.lower():
            return Unsupported(self.on_gone(), itemid=self.about.itemid)
        if "duplicate entry" in fault.description.lower():
            return Refused("The server has another folder of that title in the same place.", itemid=self.about.itemid)
        if self._is_missing(fault):
            return NotThere(f"The server has no {self.about.missing or self.about.subject}.", itemid=self.about.itemid)
        reason = fault.description or fault.slug or f"HTTP {fault.status}"
        return Refused(f"The server refuses {self.about.subject}: {reason}", itemid=self.about.itemid)

    def _is_missing(self, fault: Fault) -> bool:
        if fault.slug in _MISSING or (fault.slug == "internal_error_item" and self.about.itemid is not None):
            return True
        return bool(self.about.codes) and (
            fault.code in self.about.codes or (fault.status == 404 and fault.code is None)
        )
