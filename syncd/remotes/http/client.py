"""The client of one remote: sends calls, and turns everything that can happen into a result or an error.

Law: what must not be done twice is sent at most once; a refused token is renewed once; an answer 500 is worth three
more tries of what may be repeated; after a change that was answered 500 nothing is reported as "not applied".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, assert_never

from syncd.core import pace
from syncd.core.errors import LoginNeeded, OutcomeUnknown, SyncdError
from syncd.remotes.http.answers import Json, Sign, judge, retry_after
from syncd.remotes.http.bodies import Sending
from syncd.remotes.http.calls import Call, Effect
from syncd.remotes.http.gate import Gate
from syncd.remotes.http.line import Line, Options, border
from syncd.remotes.http.meter import Bucket, Clock, Meter
from syncd.remotes.http.reception import AddressGone, Reception, receive

NOT_THE_API = "What answered is not the server's API"
FAILED = "The server has failed"


class Authority(Protocol):
    """Where the token comes from."""

    def access(self) -> str:
        """The token to send; raises LoginNeeded if there is none."""
        ...

    def renew(self, stale: str) -> str:
        """Another token than the one that was refused; raises LoginNeeded, Unreachable or Throttled."""
        ...


class Client:
    """Sends calls. Costs nothing until the first one; may be used by several threads at once."""

    def __init__(self, server: str, gate: Gate, clock: Clock, options: Options) -> None:
        self.meter = Meter()
        self._gate = gate
        self._clock = clock
        self._line = Line(server, gate, clock, self.meter, options)
        self._upload = Bucket(options.upload_kib * 1024, clock)
        self._download = Bucket(options.download_kib * 1024, clock)
        self._authority: Authority | None = None

    def trust(self, authority: Authority) -> None:
        """From now on tokens come from there."""
        self._authority = authority

    def close(self) -> None:
        """Closes all connections; safe to call twice."""
        self._line.close()

    def limit(self, *, upload_kib: int, download_kib: int) -> None:
        """From now on so fast (KiB per second, 0 for no limit)."""
        self._upload.set(upload_kib * 1024)
        self._download.set(download_kib * 1024)

    def reconnect(self) -> None:
        """Lets go of all connections; the next call opens its own. Not while one is under way."""
        self._line.reconnect()

    def json(self, call: Call) -> Json:
        """The object that the API answers. Raises as faces.py says; may repeat the call as its effect allows."""
        token = self._access() if call.authorised else None
        failures, renewed = 0, False
        while True:
            sending = None if call.body is None else Sending(call.body, self._passing(call))
            with _still_unknown(call, failures):
                match self._asked(call, token, sending):
                    case Sign.TOKEN_REFUSED:
                        token, renewed = self._renewed(token, renewed=renewed), True
                    case Sign.TRY_AGAIN:
                        failures += 1
                        self._pause(call, sending, failures)
                    case told:
                        return told

    def _asked(
        self, call: Call, token: str | None, sending: Sending | None
    ) -> Json | Literal[Sign.TOKEN_REFUSED, Sign.TRY_AGAIN]:
        """One exchange: what the API answers, or why it is worth another try."""
        answer, ticket = self._line.whole(call, token, sending)
        body = answer.json()
        verdict = judge(answer, body, call.explain)
        if verdict is not Sign.SLOW_DOWN and (body is not None or verdict is Sign.TOKEN_REFUSED):
            self._gate.passed(ticket)
        match verdict:
            case Sign.FINE:
                assert body is not None
                return body
            case Sign.TOKEN_REFUSED | Sign.TRY_AGAIN:
                return verdict
            case Sign.SLOW_DOWN:
                raise self._gate.throttled(ticket, retry_after(answer.headers, self._clock.now()))
            case Sign.NO_SENSE:
                what = NOT_THE_API if answer.status < 500 else FAILED
                raise call.failed(f"{what} (HTTP {answer.status}).", sending)
            case SyncdError():
                raise verdict
            case _:
                assert_never(verdict)

    @contextmanager
    def receive(self, call: Call) -> Iterator[Reception]:
        """Begins to receive the bytes of a file. Raises AddressGone if they are not, or no longer, at that address."""
        failures = 0
        while True:
            with self._line.answer(call, None, None) as (response, ticket):
                if response.status_code in (200, 206, 416):
                    self._gate.passed(ticket)
                    yield receive(response, self._reading(call))
                    return
                if response.status_code == 429:
                    raise self._gate.throttled(ticket, retry_after(response.headers, self._clock.now()))
                if response.status_code < 500:
                    raise AddressGone
                failures += 1
            self._pause(call, None, failures if response.status_code == 500 else pace.RETRIES + 1)

    def _access(self) -> str:
        if self._authority is None:
            raise LoginNeeded("There is no token.")
        return self._authority.access()

    def _renewed(self, token: str | None, *, renewed: bool) -> str:
        if token is None or renewed or self._authority is None:
            raise LoginNeeded("The server does not take the token.")
        return self._authority.renew(token)

    def _pause(self, call: Call, sending: Sending | None, failures: int) -> None:
        wait = None if call.effect is Effect.CREATE else pace.retry(failures, self._clock.random())
        if wait is None:
            raise call.failed(f"{FAILED}.", sending)
        self._clock.sleep(wait)

    def _passing(self, call: Call) -> Callable[[int], None]:
        def passed(count: int) -> None:
            self._upload.take(count)
            self.meter.moved(up=count)
            if call.progress is not None:
                call.progress(count)

        return passed

    def _reading(self, call: Call) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
        def read(chunks: Iterator[bytes]) -> Iterator[bytes]:
            with border(call, None):
                for chunk in chunks:
                    self._download.take(len(chunk))
                    self.meter.moved(down=len(chunk))
                    yield chunk

        return read


@contextmanager
def _still_unknown(call: Call, failures: int) -> Iterator[None]:
    """After an answer 500 to a change nothing that follows says that it was not carried out."""
    try:
        yield
    except OutcomeUnknown:
        raise
    except SyncdError as error:
        if not failures or call.effect is Effect.READ:
            raise
        words = f"The server failed, and then: {error.message}"
        raise OutcomeUnknown(words, itemid=call.itemid, retry_at=error.retry_at) from error
