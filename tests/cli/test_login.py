"""Logging in and out, against a server on the loopback."""

from __future__ import annotations

import io
import json
import re
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from syncd.cli import journey
from syncd.cli.command_line import run
from syncd.server import Login, serving
from syncd.server.run import Serving
from tests.store.test_keyring import Library


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A server, and a configuration for it."""
    for name in ("STATE", "RUNTIME"):
        monkeypatch.setenv(f"SYNCD_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "config.toml"))
    with serving(tmp_path / "server") as serving_now:
        login = serving_now.login
        (tmp_path / "config.toml").write_text(
            f'[mirror.stash]\nfolder = "{tmp_path}/Stash"\nserver = "{login.server}"\n'
            f'client_id = "{login.client_id}"\nclient_secret = "{login.client_secret}"\n'
        )
        yield serving_now


def token(tmp_path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((tmp_path / "state" / "stash" / "token.json").read_text())
    return found


def consent(address: str) -> str:
    """What somebody does in the browser; answers where the server sends it."""
    with httpx.Client(trust_env=False) as http:
        page = http.get(address).text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        answer = http.post(address.partition("?")[0], data={**fields, "user": "artist", "answer": "allow"})
        return answer.headers["location"]


def accepted(served: Serving, access: str) -> bool:
    headers = {"Authorization": f"Bearer {access}", "User-Agent": "test", "Accept-Encoding": "gzip"}
    return httpx.get(f"{served.server}/api/v1/oauth2/placebo", headers=headers, trust_env=False).status_code == 200


def test_a_file_of_tokens_is_imported(served: Serving, tmp_path: Path) -> None:
    served.login.write(tmp_path / "token.json")
    assert run(["login", "--token-file", str(tmp_path / "token.json")]) == 0
    assert token(tmp_path)["access_token"] == served.login.access_token
    assert (tmp_path / "state" / "stash" / "token.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["{", "[]", '{"access_token": ""}', '{"access_token": "x"}', '{"refresh_token": "x"}'])
def test_a_file_that_is_no_token_is_78_and_changes_nothing(served: Serving, tmp_path: Path, text: str) -> None:
    (tmp_path / "token.json").write_text(text)
    code = run(["login", "--token-file", str(tmp_path / "token.json")])
    assert code == (0 if text == '{"access_token": "x"}' else 78)
    assert (tmp_path / "state" / "stash" / "token.json").exists() is (code == 0)
    assert run(["login", "--token-file", str(tmp_path / "nowhere.json")]) == 78


ANY_PORT = "http://127.0.0.1:0/"


def browse(monkeypatch: pytest.MonkeyPatch, *answers: Callable[[str], str]) -> list[str]:
    """A browser that goes where each answer says, given the address it was opened with; answers the opened ones."""
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)

        def visit() -> None:
            for answer in answers:
                httpx.get(answer(address), trust_env=False)

        threading.Thread(target=visit, daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_it)
    return opened


def redirect_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["redirect_uri"][0]


def test_in_the_browser(served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = browse(monkeypatch, consent)
    assert run(["login", "--redirect", ANY_PORT]) == 0
    assert accepted(served, token(tmp_path)["access_token"])
    asked = parse_qs(urlsplit(opened[0]).query)
    assert (asked["code_challenge_method"], asked["scope"]) == (["S256"], ["basic stash user"])
    assert len(asked["state"][0]) >= 43


def test_strangers_at_the_port_are_not_taken_for_the_answer(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse(
        monkeypatch,
        lambda address: f"{redirect_of(address)}favicon.ico",
        lambda address: f"{redirect_of(address)}?code=theirs&state=theirs",
        lambda address: f"{redirect_of(address)}?code=theirs",
        consent,
    )
    assert run(["login", "--redirect", ANY_PORT]) == 0
    assert accepted(served, token(tmp_path)["access_token"])


def test_a_visitor_who_says_nothing_does_not_keep_the_browser_waiting(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey._Arrival, "timeout", 0.05)
    silent: list[socket.socket] = []

    def connect(address: str) -> str:
        parts = urlsplit(redirect_of(address))
        silent.append(socket.create_connection((parts.hostname or "", parts.port or 0)))
        return consent(address)

    browse(monkeypatch, connect)
    assert run(["login", "--redirect", ANY_PORT]) == 0
    silent[0].close()


def test_a_refusal_in_the_browser_is_77_with_the_servers_words(
    served: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browse(monkeypatch, lambda address: f"{redirect_of(address)}?error=access_denied&error_description=Not+you")
    assert run(["login", "--redirect", ANY_PORT]) == 77
    assert "Not you" in capsys.readouterr().err


def test_a_browser_that_does_not_come_back_is_77_after_the_time_that_was_given(
    served: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _address: False)
    assert run(["login", "--redirect", ANY_PORT, "--wait", "1s"]) == 77
    told = capsys.readouterr().err
    assert "No browser could be opened" in told
    assert "did not come back within 1 s" in told


def test_the_registered_address_is_asked_for_as_it_is(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    opened = browse(monkeypatch, consent)
    address = f"http://localhost:{port}/callback"
    assert run(["login", "--redirect", address]) == 0
    assert redirect_of(opened[0]) == address


def test_a_port_that_is_taken_is_78(served: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["login", "--redirect", f"http://127.0.0.1:{taken.getsockname()[1]}/"]) == 78
    assert "--redirect" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:1/",
        "http://example.com:80/",
        "http://127.0.0.1/",
        "http://127.0.0.1:1/?x=1",
        "x",
        "http://[::1:5/",
    ],
)
def test_an_address_elsewhere_is_78(served: Serving, address: str) -> None:
    assert run(["login", "--redirect", address]) == 78


def test_a_grant_without_the_stash_is_77(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def less(address: str) -> str:
        return consent(
            address.replace("basic+stash+user", "basic+user").replace("basic%20stash%20user", "basic%20user")
        )

    browse(monkeypatch, less)
    assert run(["login", "--redirect", ANY_PORT]) == 77
    assert "not to stash" in capsys.readouterr().err
    assert not (tmp_path / "state" / "stash" / "token.json").exists()


@pytest.mark.parametrize("whole", [True, False])
def test_without_a_browser_the_address_or_its_code_is_pasted(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], whole: bool
) -> None:
    class Person(io.StringIO):
        def readline(self, _size: int = -1) -> str:  # type: ignore[override]
            (address,) = re.findall(r"(http://\S+/authorize\S+)", capsys.readouterr().err)
            back = consent(address)
            return (back if whole else parse_qs(urlsplit(back).query)["code"][0]) + "\n"

    monkeypatch.setattr("sys.stdin", Person())
    assert run(["login", "--no-browser"]) == 0
    assert accepted(served, token(tmp_path)["access_token"])


def test_no_answer_is_77(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(["login", "--no-browser"]) == 77


def test_logging_out_revokes_and_forgets(served: Serving, tmp_path: Path) -> None:
    served.login.write(tmp_path / "token.json")
    run(["login", "--token-file", str(tmp_path / "token.json")])
    assert accepted(served, served.login.access_token)
    assert run(["logout"]) == 0
    assert not accepted(served, served.login.access_token)
    assert not (tmp_path / "state" / "stash" / "token.json").exists()
    assert run(["logout"]) == 0


def given(login: Login) -> str:
    return json.dumps({"access_token": login.access_token, "refresh_token": login.refresh_token, "expires_at": 9e9})


def test_a_token_from_the_environment_needs_no_login_and_stays_logged_out(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_TOKEN_STASH", given(served.login))
    assert run(["sync"]) == 0
    assert token(tmp_path)["access_token"] == served.login.access_token
    assert run(["logout"]) == 0
    assert not accepted(served, served.login.access_token)
    assert run(["sync"]) == 77
    assert run(["status"]) == 0


def test_a_refreshed_credential_is_durable_and_the_spent_one_is_not_asked_for_again(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    spent = json.loads(given(served.login)) | {"access_token": "expired"}
    (credentials / "stash.token").write_text(json.dumps(spent))
    (credentials / "stash.token").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert run(["sync"]) == 0
    renewed = token(tmp_path)
    assert renewed["refresh_token"] != served.login.refresh_token
    assert run(["sync"]) == 0
    assert token(tmp_path)["access_token"] == renewed["access_token"]


def test_a_login_wins_over_a_credential_that_was_used_up(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_TOKEN_STASH", json.dumps({"access_token": "gone", "refresh_token": "gone"}))
    assert run(["sync"]) == 77
    served.login.write(tmp_path / "token.json")
    monkeypatch.delenv("SYNCD_TOKEN_STASH")
    assert run(["login", "--token-file", str(tmp_path / "token.json")]) == 0
    monkeypatch.setenv("SYNCD_TOKEN_STASH", json.dumps({"access_token": "gone", "refresh_token": "gone"}))
    assert run(["sync"]) == 0


def test_a_keyring_that_cannot_be_asked_is_75_and_no_logout(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served.login.write(tmp_path / "token.json")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert run(["login", "--keyring", "--token-file", str(tmp_path / "token.json")]) == 75
    assert not (tmp_path / "state" / "stash" / "token.json").exists()
    (tmp_path / "state" / "stash").mkdir(parents=True, exist_ok=True)
    (tmp_path / "state" / "stash" / "token.json").write_text('{"keyring": "stash"}')
    assert run(["sync"]) == 75
    capsys.readouterr()
    assert run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mirrors"][0]["state"] != "login-needed"
    assert run(["login", "--no-keyring", "--token-file", str(tmp_path / "token.json")]) == 0
    assert run(["sync"]) == 0


def test_tokens_kept_in_a_keyring_work_and_are_nowhere_else(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library()
    monkeypatch.setitem(sys.modules, "keyring", library)
    served.login.write(tmp_path / "token.json")
    assert run(["login", "--keyring", "--token-file", str(tmp_path / "token.json")]) == 0
    assert set(token(tmp_path)) == {"keyring"}
    assert run(["sync"]) == 0
    assert len(library.kept) == 1
    assert run(["logout"]) == 0
    assert library.kept == {}
    assert not accepted(served, served.login.access_token)
