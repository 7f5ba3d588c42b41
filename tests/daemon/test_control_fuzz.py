"""Whatever a client sends, it is answered in JSON, and never by a bug."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncd.daemon.control.api import NAMES
from syncd.daemon.control.described import DESCRIBED
from tests.daemon.home import Home
from tests.daemon.wire import ask

# What would change the mirror or take long is left out; its arguments are parsed by the same few lines.
LOOKS = sorted({"status", "held", "conflicts", "trash", "history", "why", "show", "link", "ls", "resume"})
ARGUMENTS = [*sorted({name for each in DESCRIBED.values() for name in (*each.needs, *each.takes)}), "", "x" * 300]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from(["..", "/", "Art/../..", "a\0b", "\ud800", "Fox.txt"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@RELAXED
@given(st.sampled_from(LOOKS), st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=3))
def test_any_arguments(daemon_at_home: Home, name: str, given_arguments: dict[str, object]) -> None:
    body = json.dumps(given_arguments)
    status, answer, _ = ask(daemon_at_home.settings.paths.socket, "POST", f"/v1/mirrors/stash/{name}", body)
    assert status in (200, 400), answer
    assert set(answer) == ({"document", "exit_code"} if status == 200 else {"message", "errors"})


@RELAXED
@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_any_body(daemon_at_home: Home, name: str, body: bytes) -> None:
    socket = daemon_at_home.settings.paths.socket
    status, answer, _ = ask(socket, "POST", f"/v1/mirrors/stash/{name}", b"[" + body)
    assert status == 400, answer
    assert set(answer) == {"message", "errors"}


@RELAXED
@example("status/")
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_any_path(daemon_at_home: Home, path: str) -> None:
    target = "/v1/" + path.replace("#", "")
    status, answer, _ = ask(daemon_at_home.settings.paths.socket, "GET", target)
    assert status in (404, 405), answer
