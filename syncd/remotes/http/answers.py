"""What an answer means: the one table from HTTP statuses and bodies to what can be done about them.

Law: only a body whose type says JSON is parsed, and never more of it than its call allows; descriptions from the
server reach an error only bounded, and cleaned of addresses and of anything that looks like a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from syncd.core.errors import SyncdError

LARGE, LARGEST = 4 * 1024 * 1024, 16 * 1024 * 1024
"""Bytes of an answer: of most, and of a page of the delta. Made of empty lists, a byte takes some 28 in memory."""
LONGEST_DESCRIPTION = 200
_TOKEN = re.compile(r"[A-Za-z0-9]{24,}|(?=[A-Za-z_~+/=.-]*\d)[A-Za-z0-9_~+/=.-]{24,}")

Json = Mapping[str, object]


class Sign(Enum):
    """What an answer means, where it is not an error of the request itself."""

    FINE = auto()
    TOKEN_REFUSED = auto()
    SLOW_DOWN = auto()
    TRY_AGAIN = auto()
    """An answer 500, or its like: the same request may well succeed at once."""
    NO_SENSE = auto()
    """Not an answer of the API at all, or none that says whether the request was applied."""


Verdict = Sign | SyncdError
"""An error: the remote understood the request and certainly did not apply it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the type says so."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind in ("application/json", "text/json") or kind.endswith("+json")

    def json(self) -> Json | None:
        """The object in the body, an empty list counting as an empty object; None if there is none."""
        if not self.is_json:
            return None
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        if isinstance(value, dict):
            return value
        return {} if value == [] else None


@dataclass(frozen=True, slots=True)
class Fault:
    """A JSON error, as far as kinds of remote have it in common."""

    status: int
    slug: str
    description: str
    code: int | None
    scope: str

    @staticmethod
    def of(answer: Answer, body: Json) -> Fault:
        """Reads `error`, `error_description`, `error_details`, `error_code` and `scope`, all of them optional."""
        code = body.get("error_code")
        details = body.get("error_details")
        words = [str(body.get("error_description") or "")]
        if isinstance(details, Mapping):
            words += [str(word) for word in details.values()]
        return Fault(
            status=answer.status,
            slug=clean(str(body.get("error") or "")),
            description=clean(" ".join(words)),
            code=code if isinstance(code, int) and not isinstance(code, bool) else None,
            scope=clean(str(body.get("scope") or "")),
        )


Explain = Callable[[Fault], Verdict]
"""What a kind of remote means by one of its errors."""


def judge(answer: Answer, body: Json | None, explain: Explain) -> Verdict:
    """The meaning of an answer; FINE only for a 2xx whose body is an object that is no error."""
    status = answer.status
    if body is not None and (status >= 400 or _says_error(body)):
        told = _BY_STATUS.get(status)
        return told or (Sign.NO_SENSE if status > 500 else explain(Fault.of(answer, body)))
    if 200 <= status < 300:
        return Sign.NO_SENSE if body is None else Sign.FINE
    if status == 403 and not answer.body.strip():
        return Sign.SLOW_DOWN  # so throttles the load balancer (stash-api.md, section 4)
    return _BY_STATUS.get(status, Sign.NO_SENSE)


def _says_error(body: Json) -> bool:
    """Whether a body with status 200 is an error all the same: v1's submit may have had to begin its answer early."""
    return body.get("status") == "error" or body.get("success") is False or isinstance(body.get("error"), str)


_BY_STATUS = {401: Sign.TOKEN_REFUSED, 429: Sign.SLOW_DOWN, 500: Sign.TRY_AGAIN}


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds of a Retry-After, given as such or as a date (measured by the server's own clock if it tells it)."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    until = _date(value)
    if until is None:
        return None
    told = _date(headers.get("date", ""))
    return max(until - (now if told is None else told), 0.0)


def _date(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def clean(text: str) -> str:
    """Words of a server as one short line without addresses and without anything that looks like a token."""
    text = re.sub(r"(?i)\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", "<address>", text[: 20 * LONGEST_DESCRIPTION])
    text = _TOKEN.sub("<token>", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 1] + "…"
