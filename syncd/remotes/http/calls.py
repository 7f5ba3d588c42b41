"""One request as a value: what is asked, of whom, and what may be done if its answer does not come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from urllib.parse import urlsplit

from syncd.core.errors import OutcomeUnknown, Refused, SyncdError, Unreachable
from syncd.remotes.http.answers import LARGE, Explain, Fault, Verdict
from syncd.remotes.http.bodies import Body, Sending


class Effect(Enum):
    """What a request does to the remote."""

    READ = auto()
    """Nothing: it may be repeated at will."""
    CHANGE = auto()
    """Something that is the same when done twice: an answer 500 is worth another try."""
    CREATE = auto()
    """Something that must not be done twice: never repeated."""


def refused(fault: Fault) -> Verdict:
    """What an error of the API means where nothing more is known of it."""
    return Refused(f"The server refused: {fault.description or fault.slug or fault.status}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `endpoint` is the word it is counted under; `explain` says what the API's own errors mean here.

    `authorised`: the token goes with it. `progress` is told of the bytes of a file while they go up. `patience`: the
    seconds that the remote may be silent. `largest`: the bytes that the answer may have.
    """

    endpoint: str
    url: str
    effect: Effect = Effect.READ
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    explain: Explain = refused
    itemid: int | None = None
    authorised: bool = True
    progress: Callable[[int], None] | None = None
    patience: float = 60.0
    largest: int = LARGE

    @property
    def method(self) -> str:
        """POST with a body, GET without."""
        return "GET" if self.body is None else "POST"

    def failed(self, words: str, sending: Sending | None) -> SyncdError:
        """The error for an answer that did not come, or said nothing: unknown if the remote may have acted on it."""
        if self.effect is Effect.READ or sending is None or not sending.finished:
            return Unreachable(words, itemid=self.itemid)
        return OutcomeUnknown(f"{words} Whether the request was carried out is not known.", itemid=self.itemid)


@lru_cache(maxsize=64)  # each address is asked about several times, one after the other
def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http or https address; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)
