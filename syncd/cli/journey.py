"""The way through a browser: out to the server's page, and back to a port of this machine (RFC 8252) or by hand."""

from __future__ import annotations

import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic

from syncd.cli.output import warn
from syncd.core.errors import LoginNeeded
from syncd.remotes.oauth import Application, Journey, arrive, depart

PATIENCE_SECONDS = 300
PAGE = b"<!doctype html><meta charset=utf-8><title>syncd</title><p>That is all: go back to the terminal."


class _Waiting(HTTPServer):
    """Waits for the browser to come back."""

    returned = ""


class _Arrival(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Keeps the address; other visitors, such as a favicon, get the page too."""
        if isinstance(self.server, _Waiting) and ("code=" in self.path or "error=" in self.path):
            self.server.returned = self.path
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        """Says nothing: the address holds the code."""


def by_browser(application: Application) -> tuple[Journey, str]:
    """Opens the server's page and waits for the browser to come back; answers the journey and its code."""
    with _Waiting(("127.0.0.1", 0), _Arrival) as waiting:
        waiting.timeout = 1
        journey = depart(application, redirect=f"http://127.0.0.1:{waiting.server_port}/")
        warn(f"Opening this address in your browser; answer there:\n  {journey.address}")
        webbrowser.open(journey.address)
        until = monotonic() + PATIENCE_SECONDS
        while not waiting.returned and monotonic() < until:
            waiting.handle_request()
        if not waiting.returned:
            raise LoginNeeded("the browser did not come back", remedy="Try again, or with --no-browser.")
        return journey, arrive(journey, waiting.returned)


def by_hand(application: Application) -> tuple[Journey, str]:
    """Prints the address and reads what the browser ended up at, or the code alone."""
    journey = depart(application, redirect="http://127.0.0.1:8766/")
    warn(
        f"Open this address in any browser, and answer there:\n  {journey.address}\n"
        "It then fails to open a page of 127.0.0.1. Paste that page's whole address here (or only its code):"
    )
    answer = sys.stdin.readline().strip()
    if not answer:
        raise LoginNeeded("no answer was pasted", remedy="Run `syncd login --no-browser` again, or use --token-file.")
    return journey, arrive(journey, answer) if "?" in answer else answer
