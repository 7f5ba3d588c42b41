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
class Explanation:
    """Explains the errors of one call: `subject` is what it names, as "item 7", and `codes` are the v1 error codes that
    say it is not there. `on_gone` is told when the endpoint does not exist any more."""

    subject: str
    itemid: int | None
    codes: frozenset[int]
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
            return LoginNeeded(f"The login does not allow this: it lacks the scope {fault.scope or 'stash'}.")
        if fault.slug == "version_error":
            return Misconfigured(f"The server does not speak this version of its API: {fault.description}.")
        if fault.status == 404 and "endpoint not found" in fault.description.lower():
            return Unsupported(self.on_gone(), itemid=self.itemid)
        if "duplicate entry" in fault.description.lower():
            return Refused("The server has another folder of that title in the same place.", itemid=self.itemid)
        if self._is_missing(fault):
            return NotThere(f"The server has no {self.subject}.", itemid=self.itemid)
        reason = fault.description or fault.slug or f"HTTP {fault.status}"
        return Refused(f"The server refuses {self.subject}: {reason}", itemid=self.itemid)

    def _is_missing(self, fault: Fault) -> bool:
        if fault.slug in _MISSING or (fault.slug == "internal_error_item" and self.itemid is not None):
            return True
        return bool(self.codes) and (fault.code in self.codes or (fault.status == 404 and fault.code is None))
