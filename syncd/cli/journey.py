"""The way through a browser: out to the server's page, and back to a port of this machine (RFC 8252) or by hand."""

from __future__ import annotations

import socket
import sys
import webbrowser
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Self
from urllib.parse import parse_qs, urlsplit

from syncd.cli.output import warn
from syncd.core.errors import LoginNeeded, Misconfigured
from syncd.remotes.oauth import Application, Journey, arrive, depart

PATIENCE_SECONDS = 300.0
REDIRECT = "http://127.0.0.1:8766/"
"""Where the browser comes back to. It is always the same one, because DeviantArt takes registered addresses only."""
LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
PAGE = b"<!doctype html><meta charset=utf-8><title>syncd</title><p>That is all: go back to the terminal."
STRAY = b"<!doctype html><meta charset=utf-8><title>syncd</title><p>This is not the answer that syncd waits for."
VISITOR_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Landing:
    """The redirect address as registered, and where on this machine to listen for it; port 0 takes any free one."""

    address: str
    host: str
    port: int

    @classmethod
    def at(cls, address: str) -> Self:
        """Misconfigured unless it is an address of this machine, as RFC 8252, 7.3 has it."""
        try:
            parts = urlsplit(address)
            host, port = LOOPBACK.get(parts.hostname or ""), parts.port
            if host is not None and port is not None and parts.scheme == "http" and not parts.query + parts.fragment:
                return cls(address, host, port)
        except ValueError:
            pass  # said below
        raise Misconfigured(
            f"{address!r} is no redirect address of this machine",
            remedy=f"Give one like {REDIRECT}, with http, 127.0.0.1 or localhost, and a port; or use --no-browser.",
        )

    def taken(self, port: int) -> str:
        """The address, once a port was taken."""
        return self.address.replace(":0", f":{port}", 1) if self.port == 0 else self.address


class _Waiting(HTTPServer):
    """Waits for the browser to come back."""

    allow_reuse_address = True
    state = ""
    returned = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a visitor who hangs up is no failure, and its address may hold the code."""


class _SixWaiting(_Waiting):
    address_family = socket.AF_INET6


class _Arrival(BaseHTTPRequestHandler):
    timeout = VISITOR_SECONDS  # of the socket: one who says nothing keeps nobody waiting

    def do_GET(self) -> None:
        """Keeps the address if it is the answer; other visitors, such as a favicon, change nothing."""
        answer = parse_qs(urlsplit(self.path).query)
        is_ours = isinstance(self.server, _Waiting) and (
            "error" in answer or ("code" in answer and answer.get("state") == [self.server.state])
        )
        if is_ours and isinstance(self.server, _Waiting):
            self.server.returned = self.path
        self.send_response(200 if is_ours else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(PAGE if is_ours else STRAY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """Says nothing: the address holds the code."""


def by_browser(
    application: Application, redirect: str = REDIRECT, *, seconds: float = PATIENCE_SECONDS
) -> tuple[Journey, str]:
    """Opens the server's page and waits so long for the browser to come back; answers the journey and its code.

    LoginNeeded if it does not come back, or with a refusal; Misconfigured if nobody can listen at `redirect`.
    """
    landing = Landing.at(redirect)
    with _listening(landing) as waiting:
        waiting.timeout = min(1.0, seconds)
        journey = depart(application, redirect=landing.taken(waiting.server_port))
        waiting.state = journey.state
        warn(f"Opening this address in your browser; answer there:\n  {journey.address}")
        if not webbrowser.open(journey.address):
            warn("No browser could be opened here: open it yourself on this machine, or stop and use --no-browser.")
        until = monotonic() + seconds
        while not waiting.returned and monotonic() < until:
            waiting.handle_request()
        if not waiting.returned:
            raise LoginNeeded(
                f"the browser did not come back within {seconds:.0f} s", remedy="Try again, or with --no-browser."
            )
        return journey, arrive(journey, waiting.returned)


def _listening(landing: Landing) -> _Waiting:
    kind = _SixWaiting if ":" in landing.host else _Waiting
    try:
        return kind((landing.host, landing.port), _Arrival)
    except OSError as error:
        raise Misconfigured(
            f"nobody can listen at {landing.address}: {error.strerror or error}",
            remedy="End what uses that port; or register another address with the server and give it with --redirect.",
        ) from error


def by_hand(application: Application, redirect: str = REDIRECT) -> tuple[Journey, str]:
    """Prints the address and reads what the browser ended up at, or the code alone."""
    journey = depart(application, redirect=redirect)
    warn(
        f"Open this address in any browser, and answer there:\n  {journey.address}\n"
        f"It then fails to open a page that begins with {redirect}. Paste that page's whole address here "
        "(or only its code):"
    )
    answer = sys.stdin.readline().strip()
    if not answer:
        raise LoginNeeded("no answer was pasted", remedy="Run `syncd login --no-browser` again, or use --token-file.")
    return journey, arrive(journey, answer) if "?" in answer else answer
