"""The control API as others use it: what is asked, what happens as a stream, and what a wrong request is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from syncd.core.events import ActionEnded, Event, Outcome, WorkPlanned
from syncd.daemon import Wiring, perform
from syncd.daemon.address import connected
from syncd.daemon.control import stream
from tests.daemon.home import Home, build_remote, until
from tests.daemon.wire import ask, followed

POST = "/v1/mirrors/stash/"


def socket_of(at_home: Home) -> Path:
    return at_home.settings.paths.socket


def refusal(answer: Any) -> str:
    """What a refused request is told; always of one shape."""
    assert set(answer) == {"message", "errors"}
    (error,) = answer["errors"]
    assert set(error) == {"path", "itemid", "error", "message", "remedy", "retry_at"}
    return str(answer["message"])


def test_status_of_all_and_of_one(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        path = socket_of(at_home)
        status, whole, response = ask(path, "GET", "/v1/status")
        assert (status, whole["daemon"], [each["name"] for each in whole["mirrors"]]) == (200, "running", ["stash"])
        assert response.headers["server"] is None
        assert ask(path, "GET", "/v1/mirrors/stash")[1]["state"] == "settled"
        assert ask(path, "GET", "/v1/mirrors/nowhere")[0] == 404


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "words"),
    [
        ("GET", "/", None, 404, "there is no /"),
        ("GET", "/v2/status", None, 404, "there is no /v2/status"),
        ("POST", "/v1/status", "{}", 405, "Method Not Allowed"),
        ("GET", POST + "held", None, 405, "Method Not Allowed"),
        ("HEAD", "/v1/events", None, 405, ""),
        ("POST", POST + "dance", "{}", 404, "there is no"),
        ("POST", "/v1/mirrors/nowhere/held", "{}", 404, "there is no"),
        ("POST", "/v1/mirrors/held", "{}", 405, "Method Not Allowed"),
        ("POST", POST + "held", "{", 400, "no JSON"),
        ("POST", POST + "held", "[]", 400, "must be a JSON object"),
        ("POST", POST + "held", b"\xff", 400, "no JSON"),
        ("POST", POST + "held", "[" * 100_000, 400, "no JSON"),
        ("POST", POST + "pause", '{"for": NaN}', 400, "NaN is no number"),
        ("POST", POST + "pause", '{"for": -1}', 400, "for must be a number"),
        ("POST", POST + "pause", '{"for": 1e300}', 400, "for must be a number"),
        ("POST", POST + "pause", '{"for": "1h"}', 400, "for must be a number"),
        ("POST", POST + "resume", '{"for": 1}', 400, "unknown: for"),
        ("POST", POST + "held-confirm", "{}", 400, "id is missing"),
        ("POST", POST + "conflicts-resolve", '{"path": "x", "keep": "mine"}', 400, "mine"),
        ("POST", POST + "why", '{"path": "\\ud800"}', 400, "path must be a text"),
        ("POST", POST + "why", '{"path": "a\\u0000b"}', 400, "path must be a text"),
        ("POST", POST + "history", '{"limit": 1e30}', 400, "limit must be a number"),
        ("POST", POST + "held", b" " * (2**20 + 1), 413, "longer than"),
        ("GET", "/v1/events?mirror=nowhere", None, 400, "there is no mirror"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    daemon_at_home: Home, method: str, target: str, body: str | bytes | None, status: int, words: str
) -> None:
    found, answer, _ = ask(socket_of(daemon_at_home), method, target, body)
    assert found == status
    if method != "HEAD":
        assert words in refusal(answer)


def test_other_mistakes_of_a_request(daemon_at_home: Home) -> None:
    path = socket_of(daemon_at_home)
    status, answer, _ = ask(path, "POST", POST + "held", "a: 1", {"Content-Type": "application/yaml"})
    assert (status, refusal(answer)) == (415, "the arguments must be application/json, not application/yaml")
    status, answer, _ = ask(path, "POST", POST + "sync", "{}", {"X-Syncd-Ticket": "a b"})
    assert status == 400 and "X-Syncd-Ticket" in refusal(answer)
    with connected(path, 10) as raw:
        raw.sendall(b"this is no HTTP\r\n\r\n")
        answered = raw.makefile("rb").read()
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["message"] == "Invalid HTTP request received."


def test_what_happens_is_streamed_and_can_be_had_again_by_its_id(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        path = socket_of(at_home)
        with followed(path) as events:
            at_home.write("Fox.txt", b"the fox")
            first = next(event for event in events if event["event"] == "work_planned")
            action = next(event for event in events if event["event"] == "action_ended")
            next(event for event in events if event["event"] == "cycle_ended" and "id" in event)
        told = json.loads(action["data"])
        assert (told["mirror"], told["action"], told["path"], told["outcome"]) == ("stash", "upload", "Fox.txt", "done")
        with followed(path, "/v1/events?mirror=stash", last=first["id"]) as events:
            again = next(event for event in events if "id" in event)
        assert again == action
        with followed(path, last="0-7") as events:
            assert next(events)["event"] == "missed"


def test_the_stream_ends_with_the_daemon_and_says_so(at_home: Home) -> None:
    running = at_home.running()
    running.__enter__()
    with followed(socket_of(at_home)) as events:
        running.__exit__(None, None, None)
        assert [event["event"] for event in events][-1] == "daemon_stopping"


def test_a_silent_stream_has_a_heartbeat(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.EventStream.__init__, "__kwdefaults__", {"heartbeat": 0.05})
    with at_home.running(), connected(socket_of(at_home), 20) as raw:
        raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: syncd\r\n\r\n")
        received = b""
        while b": heartbeat\n\n" not in received:
            received += raw.recv(4096)


def test_a_client_that_takes_nothing_is_cut_off(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.2)
    with at_home.running() as worker, connected(socket_of(at_home), 20) as raw:
        raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: syncd\r\n\r\n")
        raw.recv(1)
        metrics = socket_of(at_home)

        def clients() -> int:
            worker.voice.told(ActionEnded("upload", "x" * 50_000, None, Outcome.DONE, "new here"))
            text = ask(metrics, "GET", "/metrics")[1].decode()
            return int(float(text.partition("\nsyncd_event_clients ")[2].partition("\n")[0]))

        until(lambda: clients() == 0, "cut off")


def test_following_clients_are_bounded(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.daemon.feed.Feed.__init__.__kwdefaults__", {"ring": 10, "queue": 10, "most": 1})
    with at_home.running():
        path = socket_of(at_home)
        with followed(path):
            status, answer, _ = ask(path, "GET", "/v1/events")
            assert (status, refusal(answer)) == (503, "too many clients follow the events")


def test_status_is_answered_while_many_wait_for_a_mirror(at_home: Home) -> None:
    at_home.upload_kib = 30
    with at_home.running():
        until(at_home.is_settled, "settled")
        at_home.write("Fox.bin", bytes(60_000))
        until(lambda: at_home.status()["state"] == "syncing", "under way")
        with ThreadPoolExecutor(12) as pool:
            answers = [pool.submit(ask, socket_of(at_home), "POST", POST + "verify", "{}") for _ in range(12)]
            assert ask(socket_of(at_home), "GET", "/v1/status")[0] == 200
            assert {answer.result()[0] for answer in answers} == {200}


def test_all_mirrors_are_paused_and_resumed_at_once(at_home: Home) -> None:
    at_home.more = f'[mirror.other]\nfolder = "{at_home.path}/Other"\nserver = "{at_home.login.server}"\n'
    with at_home.running():
        path = socket_of(at_home)
        with followed(path) as events:
            assert ask(path, "POST", "/v1/mirrors/pause", {"for": 60})[1]["document"]["paused"] is True
            paused = [json.loads(next(e for e in events if e["event"] == "paused")["data"]) for _ in range(2)]
            assert {each["mirror"] for each in paused} == {"stash", "other"}
            states = {each["state"] for each in ask(path, "GET", "/v1/status")[1]["mirrors"]}
            assert "paused" in states  # (the other one may want a login first)
            assert ask(path, "POST", "/v1/mirrors/resume")[1]["document"] == {"paused": False}
            assert next(e for e in events if e["event"] == "resumed")


class Seen:
    """A listener that keeps what it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def told(self, event: Event) -> None:
        self.events.append(event)


def test_a_sync_through_the_daemon_tells_how_it_goes_and_nothing_else(at_home: Home) -> None:
    at_home.poll = at_home.poll_max = 3600
    with at_home.running():
        until(at_home.is_settled, "settled")
        assert at_home.ask("pause").exit_code == 0
        at_home.write("Fox.txt", b"the fox")
        at_home.put("Owl", b"the owl")
        seen = Seen()
        wiring = Wiring(build_remote, listener=seen)
        answer = perform(at_home.settings, wiring, "stash", "sync", {})
        assert answer.exit_code == 0
        actions: Any = answer.document["actions"]
        ended = [event for event in seen.events if isinstance(event, ActionEnded)]
        assert [(event.action, event.path) for event in ended] == [(each["action"], each["path"]) for each in actions]
        assert len(ended) == 2
        assert any(isinstance(event, WorkPlanned) for event in seen.events)
        seen.events.clear()
        perform(at_home.settings, Wiring(build_remote), "stash", "sync", {})
        assert not seen.events


def test_curl_gets_status_and_events(at_home: Home) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl")
    with at_home.running():
        until(at_home.is_settled, "settled")
        path = str(socket_of(at_home))
        told = subprocess.run(
            [curl, "-sS", "--unix-socket", path, "http://syncd/v1/status"], capture_output=True, check=True
        )
        assert json.loads(told.stdout)["daemon"] == "running"
        command = [curl, "-sSN", "--unix-socket", path, "http://syncd/v1/events"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
            assert following.stdout is not None
            timer = threading.Timer(20, following.kill)
            timer.start()
            assert following.stdout.readline() == "retry: 2000\n"
            paused = [curl, "-sS", "--unix-socket", path, "-d", '{"for": 1}', "http://syncd/v1/mirrors/stash/pause"]
            assert subprocess.run(paused, capture_output=True, check=True).stdout.startswith(b'{"document":')
            assert any(line == "event: paused\n" for line in following.stdout)
            timer.cancel()
            following.kill()
