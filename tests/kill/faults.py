"""What the network between syncd and its server does to one request: a table of faults, drawn by a seed."""

from __future__ import annotations

import random
import socket
import struct
from collections import Counter
from collections.abc import Callable
from enum import Enum

HTML = b"<html><body>Welcome to the hotel. Please log in.</body></html>"


class Fault(Enum):
    """What becomes of a request; the words say whether the server gets it."""

    NONE = "none"
    REFUSED = "reset-unread"
    HALF_SENT = "reset-half-read"
    NOT_PASSED_ON = "reset-not-passed-on"
    ANSWER_LOST = "applied-answer-reset"
    ANSWER_CUT = "applied-answer-cut"
    ANSWER_HALF = "applied-answer-half-reset"
    LATE_REQUEST = "delayed-before"
    LATE_ANSWER = "applied-delayed"
    AFTER_THE_RESET = "reset-then-applied"
    ERROR_500 = "500"
    ERROR_502 = "502-html"
    ERROR_503 = "503"
    ERROR_504 = "applied-504-html"
    APPLIED_500 = "applied-500"
    PORTAL = "html-200"
    APPLIED_PORTAL = "applied-html-200"
    BLANK = "applied-blank-200"
    THROTTLED = "429"
    THROTTLED_PLAIN = "429-without-retry-after"
    UNAUTHORISED = "401"


WEIGHTS: dict[Fault, float] = {
    Fault.NONE: 60,
    Fault.REFUSED: 2,
    Fault.HALF_SENT: 2,
    Fault.NOT_PASSED_ON: 2,
    Fault.ANSWER_LOST: 4,
    Fault.ANSWER_CUT: 2,
    Fault.ANSWER_HALF: 2,
    Fault.LATE_REQUEST: 6,
    Fault.LATE_ANSWER: 6,
    Fault.AFTER_THE_RESET: 3,
    Fault.ERROR_500: 1.5,
    Fault.ERROR_502: 1,
    Fault.ERROR_503: 1,
    Fault.ERROR_504: 2,
    Fault.APPLIED_500: 1.5,
    Fault.PORTAL: 1,
    Fault.APPLIED_PORTAL: 1,
    Fault.BLANK: 1.5,
    Fault.THROTTLED: 0.3,
    Fault.THROTTLED_PLAIN: 0.3,
    Fault.UNAUTHORISED: 0,  # the answer to the renewal may get lost as well, and then only a person can go on
}


class Weather:
    """Draws a fault for each request; `calm` draws none. `counts` says how many of each there were."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.calm = True
        self.weights = WEIGHTS
        self.counts: Counter[str] = Counter()

    def draw(self) -> Fault:
        """The fault of the next request."""
        if self.calm:
            return Fault.NONE
        (fault,) = self.random.choices(list(self.weights), list(self.weights.values()))
        if fault is not Fault.NONE:
            self.counts[fault.value] += 1
        return fault

    def pause(self) -> float:
        """Seconds that something is late."""
        return self.random.uniform(0.02, 0.4)


def told(status: int, body: bytes, kind: str, *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join((*lines, *headers, "", "")).encode() + body


JSON = "application/json"
INSTEAD: dict[Fault, bytes] = {
    Fault.ERROR_500: told(500, b'{"error":"server_error","status":"error"}', JSON),
    Fault.APPLIED_500: told(500, b'{"error":"server_error","status":"error"}', JSON),
    Fault.ERROR_502: told(502, HTML, "text/html"),
    Fault.ERROR_503: told(503, b"", "text/plain"),
    Fault.ERROR_504: told(504, HTML, "text/html"),
    Fault.PORTAL: told(200, HTML, "text/html"),
    Fault.APPLIED_PORTAL: told(200, HTML, "text/html"),
    Fault.BLANK: told(200, b" " * 30, JSON),
    Fault.THROTTLED: told(429, b'{"error":"user_api_threshold","status":"error"}', JSON, "Retry-After: 1"),
    Fault.THROTTLED_PLAIN: told(429, b'{"error":"user_api_threshold","status":"error"}', JSON),
    Fault.UNAUTHORISED: told(401, b'{"error":"invalid_token","status":"error"}', JSON),
}
APPLIED = {
    Fault.ANSWER_LOST, Fault.ANSWER_CUT, Fault.ANSWER_HALF, Fault.ERROR_504, Fault.APPLIED_500, Fault.APPLIED_PORTAL,
    Fault.BLANK,
}  # fmt: skip


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


Forward = Callable[[], bytes]


def suffer(fault: Fault, connection: socket.socket, forward: Forward, wait: Callable[[], None]) -> None:
    """Does to a request, read to its end, what the fault says. `forward` passes it on and gives the answer."""
    match fault:
        case Fault.NONE:
            connection.sendall(forward())
        case Fault.LATE_REQUEST:
            wait()
            connection.sendall(forward())
        case Fault.LATE_ANSWER:
            answer = forward()
            wait()
            connection.sendall(answer)
        case Fault.AFTER_THE_RESET:
            reset(connection)
            wait()
            forward()
        case Fault.ANSWER_CUT | Fault.ANSWER_HALF:
            answer = forward()
            connection.sendall(answer[: len(answer) * 2 // 3])
            if fault is Fault.ANSWER_HALF:
                reset(connection)
        case Fault.ANSWER_LOST:
            forward()
            reset(connection)
        case Fault.REFUSED | Fault.HALF_SENT | Fault.NOT_PASSED_ON:
            reset(connection)
        case _:
            if fault in APPLIED:
                forward()
            connection.sendall(INSTEAD[fault])
